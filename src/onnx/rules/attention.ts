/** onnxruntime's Attention, as the products that it is made of. */
import type { ImportNode, ImportRules } from '../import-rule.ts';

interface Heads {
  readonly count: number;
  /** Features of queries, keys and values, over all heads. */
  readonly sizes: readonly [number, number, number];
}

function headsOf(node: ImportNode): Heads {
  const { attributes } = node;
  const count = attributes.get('num_heads', 'int');
  const all = node.shape(node.inputs[1])?.[1];
  const told = attributes.get('qkv_hidden_sizes', 'ints', []);
  if (told.length !== 0 && told.length !== 3) node.reject(`want three qkv_hidden_sizes, got [${told.join(', ')}]`);
  if (told.length === 0 && all === undefined) node.reject('want weights of fixed extents, got open ones');
  const sizes = told.length > 0 ? told : [1, 2, 3].map(() => Number(all) / 3);
  if (count < 1 || !sizes.every((size) => Number.isInteger(size / count)) || sizes[0] !== sizes[1])
    node.reject(`want queries, keys and values in ${count} equal heads, got features [${sizes.join(', ')}]`);
  return { count, sizes: sizes as unknown as Heads['sizes'] };
}

/** What is added to scores [B, heads, S, T] so that masked ones vanish: 0 where the mask is 1, else a large negative number. */
function maskOf(node: ImportNode, filter: number): string | undefined {
  if (!node.hasInput(3)) return undefined;
  const mask = node.inputs[3];
  const rank = node.shape(mask)?.length;
  if (rank !== 2 && rank !== 3)
    return node.reject(
      `want mask_index [batch, keys] or [batch, queries, keys], got ${rank === undefined ? 'an open rank' : `rank ${rank}`}`,
    );
  const float = node.emit('cast', [mask], { to: 'float32' });
  const lacking = node.emit('sub', [node.number(1), float]);
  const added = node.emit('mul', [lacking, node.number(filter)]);
  return node.emit('unsqueeze', [added], { axes: rank === 2 ? [1, 2] : [1] });
}

/** The same for keys after the query, [1, 1, S, T] like one of the scores. */
function causalOf(node: ImportNode, scores: string, filter: number): string {
  const one = node.emit('slice', [scores], { starts: [0, 0], ends: [1, 1], axes: [0, 1] });
  const seen = node.emit('trilu', [node.emit('expandLike', [node.number(1), one])], { upper: false });
  return node.emit('mul', [node.emit('sub', [node.number(1), seen]), node.number(filter)]);
}

/**
 * q, k, v [B, heads, S, features of a head] = x · weights + bias, apart
 * y = softmax(q k^T · scale + masks) v, the heads side by side again
 */
function importAttention(node: ImportNode): void {
  const { attributes, inputs } = node;
  const absent = { 4: 'past', 6: 'past_sequence_length' } as const;
  for (const [index, name] of Object.entries(absent))
    if (node.hasInput(Number(index))) node.reject(`${name} is not supported`);
  if (node.hasOutput(1)) node.reject('the output present is not supported');
  if (attributes.get('do_rotary', 'int', 0) !== 0) node.reject('want do_rotary 0, got 1');
  const { count, sizes } = headsOf(node);
  const filter = attributes.get('mask_filter_value', 'float', -10000);
  const features = sizes[0] / count;
  const scale = attributes.get('scale', 'float', 0) || 1 / Math.sqrt(features);

  const [x, weights, bias] = inputs;
  const projected = node.emit('matmul', node.hasInput(2) ? [x, weights, bias] : [x, weights]);
  const part = (index: number, perm: readonly number[]) => {
    const start = sizes.slice(0, index).reduce((sum, size) => sum + size, 0);
    const own = node.emit('slice', [projected], { starts: [start], ends: [start + sizes[index]], axes: [2] });
    const apart = node.emit('reshape', [own], { shape: [0, 0, count, sizes[index] / count] });
    return node.emit('transpose', [apart], { perm });
  };
  const queries = node.emit('mul', [part(0, [0, 2, 1, 3]), node.number(scale)]);
  let scores = node.emit('matmul', [queries, part(1, [0, 2, 3, 1])]);
  if (node.hasInput(5)) scores = node.emit('add', [scores, inputs[5]]);
  if (attributes.get('unidirectional', 'int', 0) !== 0)
    scores = node.emit('add', [scores, causalOf(node, scores, filter)]);
  const mask = maskOf(node, filter);
  if (mask !== undefined) scores = node.emit('add', [scores, mask]);
  const mixed = node.emit('matmul', [node.emit('softmax', [scores], { axis: -1 }), part(2, [0, 2, 1, 3])]);
  const together = node.emit('transpose', [mixed], { perm: [0, 2, 1, 3] });
  node.finish('reshape', [together], { shape: [0, 0, sizes[2]] });
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
};
