/** Attention: onnxruntime's two ops to ours, and ours to the nodes of opset 17 that it is made of. */
import { boolean, number, numbers } from '../../ops/op.ts';
import { int, ints } from '../attributes.ts';
import type { ExportNode, ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRules } from '../import-rule.ts';

/** Inputs that hold keys and values of earlier runs, by position. */
type Past = Readonly<Record<number, string>>;

function rejectPast(node: ImportNode, past: Past, outputs: readonly string[]): void {
  for (const [index, name] of Object.entries(past))
    if (node.hasInput(Number(index))) node.reject(`${name} is not supported`);
  for (const [i, name] of outputs.entries())
    if (node.hasOutput(i + 1)) node.reject(`the output ${name} is not supported`);
}

/** What all masks together add to scores [B, heads, S, T]; `keys` is 1 where a key is seen, and 0 adds `filter`. */
function maskOf(node: ImportNode, keys: number, bias: number): readonly string[] {
  const added = node.hasInput(bias) ? node.inputs[bias] : undefined;
  if (!node.hasInput(keys)) return added === undefined ? [] : [added];
  const filter = node.attributes.get('mask_filter_value', 'float', -10000);
  const mask = node.inputs[keys];
  const rank = node.shape(mask)?.length;
  if (rank !== 2 && rank !== 3)
    return node.reject(
      `want a mask [batch, keys] or [batch, queries, keys], got ${rank === undefined ? 'an open rank' : `rank ${rank}`}`,
    );
  const float = node.emit('cast', [mask], { to: 'float32' });
  const filtered = node.emit('mul', [node.emit('sub', [node.number(1), float]), node.number(filter)]);
  const spread = node.emit('unsqueeze', [filtered], { axes: rank === 2 ? [1, 2] : [1] });
  return [added === undefined ? spread : node.emit('add', [spread, added])];
}

/** The attributes that both ops have. */
function settingsOf({ attributes }: ImportNode, heads: number) {
  return {
    heads,
    scale: attributes.get('scale', 'float', 0),
    causal: attributes.get('unidirectional', 'int', 0) !== 0,
  };
}

const equalHeads = (heads: number, sizes: readonly number[]) =>
  heads >= 1 && sizes.every((size) => Number.isInteger(size / heads));

/** Features of queries, keys and values, over all heads. */
function sizesOf(node: ImportNode, heads: number): readonly number[] {
  const all = node.shape(node.inputs[1])?.[1];
  const told = node.attributes.get('qkv_hidden_sizes', 'ints', []);
  if (told.length !== 0 && told.length !== 3) node.reject(`want three qkv_hidden_sizes, got [${told.join(', ')}]`);
  if (told.length === 0 && all === undefined) node.reject('want weights of fixed extents, got open ones');
  const sizes = told.length > 0 ? told : [1, 2, 3].map(() => Number(all) / 3);
  if (!equalHeads(heads, sizes) || sizes[0] !== sizes[1])
    node.reject(`want queries, keys and values in ${heads} equal heads, got features [${sizes.join(', ')}]`);
  return sizes;
}

/** y = attention of the thirds of x · weights + bias */
function importAttention(node: ImportNode): void {
  const { attributes, inputs } = node;
  rejectPast(node, { 4: 'past', 6: 'past_sequence_length' }, ['present']);
  if (attributes.get('do_rotary', 'int', 0) !== 0) node.reject('want do_rotary 0, got 1');
  const heads = attributes.get('num_heads', 'int');
  const [q, k, v] = sizesOf(node, heads);
  const [x, weights, bias] = inputs;
  const mask = maskOf(node, 3, 5);
  const qkv = node.emit('matmul', node.hasInput(2) ? [x, weights, bias] : [x, weights]);
  node.finish('attention', [qkv, qkv, qkv, ...mask], {
    ...settingsOf(node, heads),
    headSizes: [q / heads, v / heads],
    starts: [0, q, q + k],
  });
}

function importMultiHead(node: ImportNode): void {
  rejectPast(node, { 6: 'past_key', 7: 'past_value', 8: 'past_sequence_length', 9: 'cache_indirection' }, [
    'present_key',
    'present_value',
    'qk',
  ]);
  const heads = node.attributes.get('num_heads', 'int');
  const operands = node.inputs.slice(0, 3);
  const ranks = [0, 1, 2].map((i) => (node.hasInput(i) ? (node.shape(node.inputs[i])?.length ?? 'open') : 'none'));
  if (ranks.some((rank) => rank !== 3))
    node.reject(`want query, key and value apart, [batch, tokens, features] each, got ranks ${ranks.join(', ')}`);
  const sizes = operands.map((operand) => node.shape(operand)?.[2]);
  const known = sizes.filter((size) => size !== undefined);
  if (known.length < 3 || !equalHeads(heads, known) || known[0] !== known[1])
    node.reject(`want queries, keys and values in ${heads} equal heads, got features [${sizes.join(', ')}]`);
  const mask = maskOf(node, 4, 5);
  const biased = operands.map((operand, i) => {
    if (!node.hasInput(3)) return operand;
    const start = known.slice(0, i).reduce((sum, size) => sum + size, 0);
    const own = node.emit('slice', [node.inputs[3]], { starts: [start], ends: [start + known[i]], axes: [0] });
    return node.emit('add', [operand, own]);
  });
  node.finish('attention', [...biased, ...mask], settingsOf(node, heads));
}

export const attentionImports: ImportRules = {
  Attention: {
    inputs: [2, 7],
    optional: true,
    outputs: 2,
    attributes: {
      do_rotary: 'int',
      mask_filter_value: 'float',
      num_heads: 'int',
      past_present_share_buffer: 'int',
      qkv_hidden_sizes: 'ints',
      rotary_embedding_dim: 'int',
      scale: 'float',
      unidirectional: 'int',
    },
    run: importAttention,
  },
  MultiHeadAttention: {
    inputs: [1, 10],
    optional: true,
    outputs: 4,
    attributes: { mask_filter_value: 'float', num_heads: 'int', scale: 'float', unidirectional: 'int' },
    run: importMultiHead,
  },
};

/** softmax(scale · Q Kᵀ + mask) V of [n, heads, tokens, features], the heads side by side again. */
function exportAttention(node: ExportNode): void {
  const { attributes, inputs } = node;
  const heads = number(attributes, 'heads');
  const tokensFirst = boolean(attributes, 'tokensFirst');
  const widths = inputs.slice(0, 3).map((input) => node.shape(input)[2]);
  if (widths.some((width) => typeof width !== 'number'))
    node.reject(`want q, k and v with a known number of features, got [${widths.join(', ')}]`);
  const told = numbers(attributes, 'headSizes');
  const [size, valueSize] = told.length > 0 ? told : [Number(widths[0]) / heads, Number(widths[2]) / heads];
  const starts = numbers(attributes, 'starts');
  const [n, s] = tokensFirst ? [1, 0] : [0, 1];
  const apart = (i: number, perm: readonly number[]) => {
    const own = i === 2 ? valueSize : size;
    const start = starts[i] ?? 0;
    const range = (name: string, at: number) => node.integers(name, [at]);
    const part =
      start === 0 && heads * own === widths[i]
        ? inputs[i]
        : node.emit('Slice', [
            inputs[i],
            ...[range('starts', start), range('ends', start + heads * own), range('axes', 2)],
          ]);
    const split = node.emit('Reshape', [part, node.integers('heads', [0, 0, heads, own])]);
    return node.emit('Transpose', [split], { perm: ints(perm) });
  };
  const products = node.emit('MatMul', [apart(0, [n, 2, s, 3]), apart(1, [n, 2, 3, s])]);
  const dtype = node.dtype(inputs[0]);
  const scale = number(attributes, 'scale') || 1 / Math.sqrt(size);
  let scores = node.emit('Mul', [products, node.scalar(scale, dtype)]);
  if (node.hasInput(3)) scores = node.emit('Add', [scores, inputs[3]]);
  if (boolean(attributes, 'causal')) {
    const extents = node.emit('Shape', [scores], { start: int(2) });
    const lower = node.emit('Trilu', [node.emit('Expand', [node.scalar(1, dtype), extents])], { upper: int(0) });
    const seen = node.emit('Equal', [lower, node.scalar(1, dtype)]);
    scores = node.emit('Where', [seen, scores, node.scalar(Number.NEGATIVE_INFINITY, dtype)]);
  }
  const mixed = node.emit('MatMul', [node.emit('Softmax', [scores], { axis: int(-1) }), apart(2, [n, 2, s, 3])]);
  // From [n, heads, s, features].
  const together = node.emit('Transpose', [mixed], { perm: ints(tokensFirst ? [2, 0, 1, 3] : [0, 2, 1, 3]) });
  node.finish('Reshape', [together, node.integers('features', [0, 0, heads * valueSize])]);
}

export const attentionExports: ExportRules = { attention: exportAttention };
