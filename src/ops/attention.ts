import { broadcast, broadcastStrides, format, type Shape, sameShape } from '../core/shape.ts';
import { floatAt, wantLike, wholeNumbers } from './checks.ts';
import {
  boolean,
  type Gradient,
  type GradientContext,
  number,
  numbers,
  type Op,
  type OpCall,
  reject,
  shapesOf,
  typeAt,
} from './op.ts';

/** Sizes of one attention, and where its heads lie. */
export interface Heads {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  /** Features of a head of q and k, and of v. */
  readonly size: number;
  readonly valueSize: number;
  /** The first feature of q, k and v in their tokens. */
  readonly starts: readonly number[];
  readonly scale: number;
  readonly causal: boolean;
  readonly tokensFirst: boolean;
}

function wantCount(call: OpCall, what: string, got: number): number {
  return Number.isInteger(got) && got >= 1 ? got : reject(call.node, `${what} as a whole number >= 1`, String(got));
}

/** The attention that a call computes. Throws UsageError where its operands do not fit. */
export function headsOf(call: OpCall): Heads {
  const { attributes } = call;
  const shapes = [0, 1, 2].map((input) => floatAt(call, input).shape);
  const tokensFirst = boolean(attributes, 'tokensFirst');
  const [tokens, batch] = tokensFirst ? [0, 1] : [1, 0];
  const [q, k, v] = shapes;
  const alike = k[batch] === q[batch] && v[batch] === q[batch] && v[tokens] === k[tokens];
  if (!shapes.every((shape) => shape.length === 3) || !alike) {
    const wanted = tokensFirst ? ['s, n', 't, n', 't, n'] : ['n, s', 'n, t', 'n, t'];
    reject(call.node, wanted.map((axes) => `[${axes}, features]`).join(' x '), shapesOf(call));
  }
  const heads = wantCount(call, 'heads', number(attributes, 'heads'));
  const told = numbers(attributes, 'headSizes');
  const [size, valueSize] =
    told.length === 0 ? [q[2] / heads, v[2] / heads] : wholeNumbers(call, 'headSizes', { count: 2, least: 1 });
  wantCount(call, 'the features of a head of q', size);
  wantCount(call, 'the features of a head of v', valueSize);
  const starts =
    numbers(attributes, 'starts').length === 0 ? [0, 0, 0] : wholeNumbers(call, 'starts', { count: 3, least: 0 });
  const ends = [size, size, valueSize].map((features, i) => starts[i] + heads * features);
  if (ends.some((end, i) => end > shapes[i][2]))
    reject(call.node, `q, k and v of at least ${ends.join(', ')} features`, shapesOf(call));
  if (told.length === 0 && k[2] !== q[2])
    reject(call.node, 'k with as many features as q, or headSizes', shapesOf(call));
  const scale = number(attributes, 'scale') || 1 / Math.sqrt(size);
  if (!Number.isFinite(scale)) reject(call.node, 'a finite scale', String(scale));
  return {
    ...{ batch: q[batch], heads, queries: q[tokens], keys: k[tokens], size, valueSize, starts, scale, tokensFirst },
    causal: boolean(attributes, 'causal'),
  };
}

/** Elements between the items, heads and tokens of an operand or result whose tokens have `width` features. */
export function headStrides(
  { batch, tokensFirst }: Pick<Heads, 'batch' | 'tokensFirst'>,
  tokens: number,
  width: number,
): { readonly item: number; readonly token: number } {
  return tokensFirst ? { item: width, token: batch * width } : { item: tokens * width, token: width };
}

const scoresOf = ({ batch, heads, queries, keys }: Heads): Shape => [batch, heads, queries, keys];

/**
 * Scaled dot-product attention of several heads (Vaswani et al. 2017; ONNX 23 Attention):
 *
 *     y = softmax(scale · Q Kᵀ + mask) V     for each head, the heads side by side
 *
 * q is [n, s, features], k and v [n, t, features], y [n, s, heads · features of a head of v]; with `tokensFirst` the first two
 * axes of all are swapped. Head h has the features starts[i] + h · size of each: q, k and v may be one value, made by one
 * product. `headSizes` are the features of a head of q and k, and of v; by default the heads share all features evenly.
 * mask broadcasts to [n, heads, s, t]. `scale` 0 stands for 1/√size. With `causal`, query i sees the keys j <= i.
 */
export const attention: Op = {
  name: 'attention',
  inputs: ['q', 'k', 'v', 'mask?'],
  outputs: ['y'],
  attributes: {
    heads: { type: 'number' },
    headSizes: { type: 'numbers', default: [] },
    starts: { type: 'numbers', default: [] },
    scale: { type: 'number', default: 0 },
    causal: { type: 'boolean', default: false },
    tokensFirst: { type: 'boolean', default: false },
  },
  infer(call) {
    const sizes = headsOf(call);
    const { dtype } = typeAt(call, 0);
    for (const input of [1, 2]) wantLike(call, input, typeAt(call, input).shape, 0);
    const mask = call.types[3];
    const scores = scoresOf(sizes);
    const joint = mask && broadcast(mask.shape, scores);
    if (mask && (mask.dtype !== dtype || !joint || !sameShape(joint, scores)))
      reject(
        call.node,
        `a mask of ${dtype} that broadcasts to ${format(scores)}`,
        `${mask.dtype} ${format(mask.shape)}`,
      );
    const { batch, heads, queries, valueSize, tokensFirst } = sizes;
    const leading = tokensFirst ? [queries, batch] : [batch, queries];
    return [{ dtype, shape: [...leading, heads * valueSize] }];
  },
  reference(call, [q, k, v, mask], [output]) {
    if (!q || !k || !v) throw new Error('inputs are checked by infer');
    const sizes = headsOf(call);
    const { batch, heads, queries, keys, size, valueSize, starts, scale, causal } = sizes;
    const [qAt, kAt, vAt] = [q, k, v].map((x, i) => {
      const { item, token } = headStrides(sizes, i === 0 ? queries : keys, x.shape[2]);
      const features = i === 2 ? valueSize : size;
      return (n: number, h: number, t: number) => n * item + t * token + starts[i] + h * features;
    });
    const { item, token } = headStrides(sizes, queries, output.shape[2]);
    const added = mask && broadcastStrides(mask.shape, scoresOf(sizes));
    const y = new Float64Array(output.shape.reduce((a, b) => a * b, 1));
    const scores = new Float64Array(keys);
    for (let n = 0; n < batch; n++)
      for (let h = 0; h < heads; h++)
        for (let i = 0; i < queries; i++) {
          for (let j = 0; j < keys; j++) {
            let dot = 0;
            for (let d = 0; d < size; d++) dot += q.data[qAt(n, h, i) + d] * k.data[kAt(n, h, j) + d];
            const more = added ? mask.data[n * added[0] + h * added[1] + i * added[2] + j * added[3]] : 0;
            scores[j] = causal && j > i ? Number.NEGATIVE_INFINITY : scale * dot + more;
          }
          const top = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
          const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
          for (let d = 0; d < valueSize; d++) {
            let sum = 0;
            for (let j = 0; j < keys; j++)
              if (!causal || j <= i) sum += (Math.exp(scores[j] - top) / total) * v.data[vAt(n, h, j) + d];
            y[n * item + i * token + h * valueSize + d] = sum;
          }
        }
    return [y];
  },
  gradient: attentionGradient,
  multiplyAdds(call) {
    const { batch, heads, queries, keys, size, valueSize } = headsOf(call);
    return batch * heads * queries * keys * (size + valueSize);
  },
};

/** Probabilities are made anew from ordinary products, and so are the gradients. */
function attentionGradient(context: GradientContext): readonly Gradient[] {
  const { attributes, inputs, emit, wants, scalar, node, shape } = context;
  const dy = context.outputGradients[0];
  if (dy === undefined) return [];
  const { heads, causal, tokensFirst, headSizes, starts: told, scale: given } = attributes as unknown as Settings;
  const widths = [0, 1, 2].map((i) => shape(inputs[i])[2]);
  if (!widths.every((width) => typeof width === 'number'))
    return reject(node, 'q, k and v with a known number of features', widths.join(', '));
  const [size, valueSize] = headSizes.length > 0 ? headSizes : [widths[0] / heads, widths[2] / heads];
  const starts = told.length > 0 ? told : [0, 0, 0];
  const scale = given || 1 / Math.sqrt(size);
  const perm = tokensFirst ? [1, 2, 0, 3] : [0, 2, 1, 3];
  const back = tokensFirst ? [2, 0, 1, 3] : [0, 2, 1, 3];

  const part = (i: number) => {
    const features = heads * (i === 2 ? valueSize : size);
    const whole = starts[i] === 0 && features === widths[i];
    return whole ? undefined : { starts: [starts[i]], ends: [starts[i] + features], axes: [2], steps: [1] };
  };
  /** [n, heads, tokens, features] of a value whose heads lie side by side. */
  const apart = (value: string, features: number) =>
    emit('transpose', [emit('reshape', [value], { shape: [0, 0, heads, features] })], { perm });
  const operand = (i: number) => {
    const range = part(i);
    return apart(range ? emit('slice', [inputs[i]], range) : inputs[i], i === 2 ? valueSize : size);
  };
  const together = (value: string, i: number) => {
    const features = heads * (i === 2 ? valueSize : size);
    const side = emit('reshape', [emit('transpose', [value], { perm: back })], { shape: [0, 0, features] });
    const range = part(i);
    return range ? emit('sliceGrad', [side, inputs[i]], range) : side;
  };
  const product = (a: string, b: string, transposeA = false, transposeB = false) =>
    emit('matmul', [a, b], { transposeA, transposeB });

  const [q, k, v] = [0, 1, 2].map(operand);
  const mask = inputs[3] ?? '';
  let scores = emit('mul', [product(q, k, false, true), scalar(scale)]);
  if (mask !== '') scores = emit('add', [scores, mask]);
  if (causal) scores = emit('where', [seen(context, scores), scores, scalar(Number.NEGATIVE_INFINITY)]);
  const probabilities = emit('softmax', [scores], { axis: -1 });
  const dOut = apart(dy, valueSize);
  const dv = wants(2) ? together(product(probabilities, dOut, true), 2) : undefined;
  if (!wants(0) && !wants(1) && !(mask !== '' && wants(3))) return [undefined, undefined, dv];
  const dScores = emit('softmaxGrad', [product(dOut, v, false, true), probabilities], { axis: -1 });
  const dDots = emit('mul', [dScores, scalar(scale)]);
  return [
    wants(0) ? together(product(dDots, k), 0) : undefined,
    wants(1) ? together(product(dDots, q, true), 1) : undefined,
    dv,
    ...(mask !== '' ? [wants(3) ? emit('sumLike', [dScores, mask]) : undefined] : []),
  ];
}

interface Settings {
  readonly heads: number;
  readonly headSizes: readonly number[];
  readonly starts: readonly number[];
  readonly scale: number;
  readonly causal: boolean;
  readonly tokensFirst: boolean;
}

/** Which keys a query sees, [1, 1, s, t] of bool. */
function seen({ emit, scalar }: GradientContext, scores: string): string {
  const one = emit('slice', [scores], { starts: [0, 0], ends: [1, 1], axes: [0, 1], steps: [] });
  const lower = emit('trilu', [emit('expandLike', [scalar(1), one])], { upper: false, k: 0 });
  return emit('cast', [lower], { to: 'bool' });
}
