/** Attention over heads that lie side by side: no operand is transposed, and no score leaves its block. */
import { broadcastStrides, type Shape } from '../core/shape.ts';
import { attentionCost } from './cost.ts';
import { isPlain, type Kernel, type Match, type Operand, type Request } from './kernel.ts';
import { flagOf, listOf, numberOf, readRows, wanted } from './match.ts';
import { along } from './split.ts';

const KERNEL = 'f32_attention';

interface Sizes {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly size: number;
  readonly valueSize: number;
}

/** The most rows of scores that f32_attention makes at a time, and about how many floats these may be. */
const MOST_ROWS = 48;
const LEAST_ROWS = 12;
const BLOCK_FLOATS = 16384;

/** Panels of keys and values of one head, a block of scores, and two numbers for each of its rows. */
function scratchFloats({ queries, keys, size, valueSize }: Sizes): number {
  const up = (n: number) => Math.ceil(n / 8) * 8;
  const pitch = up(keys);
  const rows = Math.min(queries, MOST_ROWS, Math.max(LEAST_ROWS, Math.floor(BLOCK_FLOATS / Math.max(8, pitch))));
  return pitch * size + up(valueSize) * keys + rows * (pitch + 2);
}

/** An operand [items, tokens, features], or with the first two axes swapped: floats from one item and token to the next. */
function stridesOf({ shape }: Operand, tokensFirst: boolean): readonly [item: number, token: number] {
  const [, second, width] = shape;
  return tokensFirst ? [width, second * width] : [second * width, width];
}

function match(request: Request): Match | string {
  const { attributes, engine } = request;
  const [q, k, v, mask] = request.inputs;
  if (!isPlain(q) || !isPlain(k) || !isPlain(v) || (mask && !isPlain(mask)))
    return wanted('plain float32 q, k, v and perhaps mask', request.inputs);
  const tokensFirst = flagOf(attributes, 'tokensFirst', false);
  const heads = numberOf(attributes, 'heads');
  const [tokens, items] = tokensFirst ? [0, 1] : [1, 0];
  const told = listOf(attributes, 'headSizes', []);
  const [size, valueSize] = told.length > 0 ? told : [q.shape[2] / heads, v.shape[2] / heads];
  const sizes = { batch: q.shape[items], heads, queries: q.shape[tokens], keys: k.shape[tokens], size, valueSize };
  const starts = listOf(attributes, 'starts', []);
  const scale = numberOf(attributes, 'scale', 0) || 1 / Math.sqrt(size);
  const causal = flagOf(attributes, 'causal', false);
  const scores: Shape = [sizes.batch, heads, sizes.queries, sizes.keys];
  const added = mask ? broadcastStrides(mask.shape, scores) : [0, 0, 0, 0];
  const strides = [q, k, v].map((operand) => stridesOf(operand, tokensFirst));
  const [outItem, outToken] = tokensFirst
    ? [heads * valueSize, sizes.batch * heads * valueSize]
    : [sizes.queries * heads * valueSize, heads * valueSize];
  const pairs = sizes.queries === 0 || valueSize === 0 ? 0 : sizes.batch * heads;
  return along(
    {
      reads: mask ? readRows(0, 1, 2, 3) : readRows(0, 1, 2),
      writes: ['rows'],
      microseconds: attentionCost(pairs, sizes, engine) * (causal ? 0.6 : 1),
      scratchBytes: scratchFloats(sizes) * 4,
    },
    {
      extent: pairs,
      unit: 1,
      calls: ({ reads, writes, scratch }, first, count) => [
        {
          kernel: KERNEL,
          args: [
            ...[first, count, heads, sizes.queries, sizes.keys, size, valueSize, scale, Number(causal)],
            ...[0, 1, 2].flatMap((i) => [reads[i] + (starts[i] ?? 0) * 4, ...strides[i]]),
            ...[reads[3] ?? 0, ...added],
            ...[writes[0], outItem, outToken, scratch],
          ],
        },
      ],
    },
  );
}

export const attentionKernels: readonly Kernel[] = [{ name: KERNEL, exports: [KERNEL], op: 'attention', match }];
