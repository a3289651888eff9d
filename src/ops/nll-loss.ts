/** The negative log-likelihood of targets, and its gradient. */
import { format, sameShape, sizeOf } from '../core/shape.ts';
import { floatAt, wantLike } from './checks.ts';
import {
  type AttributeRule,
  type GradientContext,
  type NdArray,
  number,
  type Op,
  type OpCall,
  reject,
  shapesOf,
  string,
  type TensorType,
  typeAt,
} from './op.ts';

const attributes: Readonly<Record<string, AttributeRule>> = {
  reduction: { type: 'string', default: 'mean', oneOf: ['none', 'sum', 'mean'] },
  // The class of targets that count nothing; infinite: there is none.
  ignoreIndex: { type: 'number', default: Number.NEGATIVE_INFINITY },
};

/** Checks scores [N, C, ...], targets [N, ...] and weights [C], which are inputs `first` and following. */
function check(call: OpCall, first: number): TensorType {
  const scores = floatAt(call, first);
  const targets = typeAt(call, first + 1);
  if (scores.shape.length < 2) reject(call.node, 'scores of shape [N, classes, ...]', format(scores.shape));
  if (targets.dtype !== 'int32' && targets.dtype !== 'int64')
    reject(call.node, 'targets of int32 or int64', targets.dtype);
  if (!sameShape(targets.shape, scores.shape.toSpliced(1, 1)))
    reject(call.node, 'scores [N, classes, ...] and targets [N, ...]', shapesOf(call));
  if (call.types[first + 2]) wantLike(call, first + 2, [scores.shape[1]], first);
  return scores;
}

function lossShape(call: OpCall, targets: TensorType): readonly number[] {
  return string(call.attributes, 'reduction') === 'none' ? targets.shape : [];
}

/** Per target the flat position of its score and its weight, which is 0 for one that is ignored, and what to divide by. */
function picks(call: OpCall, scores: TensorType, targets: NdArray, weights: NdArray | undefined) {
  const [, classes, ...rest] = scores.shape;
  const inner = sizeOf(rest);
  const ignored = number(call.attributes, 'ignoreIndex');
  let total = 0;
  const each = Array.from(targets.data, (target, i) => {
    if (target === ignored) return { at: -1, weight: 0 };
    if (target < 0 || target >= classes) reject(call.node, `targets in [0, ${classes})`, `${target} at position ${i}`);
    const weight = weights ? weights.data[target] : 1;
    total += weight;
    return { at: (Math.floor(i / inner) * classes + target) * inner + (i % inner), weight };
  });
  return { each, divisor: string(call.attributes, 'reduction') === 'mean' ? total : 1 };
}

/**
 * -weights[t] · scores[n, t, ...] for the targets t [N, ...]; by `reduction` each, their sum, or their sum divided by that of
 * the weights. Throws UsageError when it runs on a target outside [0, C) that is not `ignoreIndex`.
 */
export const nllLoss: Op = {
  name: 'nllLoss',
  inputs: ['scores', 'targets', 'weights?'],
  outputs: ['loss'],
  attributes,
  infer(call) {
    const { dtype } = check(call, 0);
    return [{ dtype, shape: lossShape(call, typeAt(call, 1)) }];
  },
  reference(call, [scores, targets, weights]) {
    if (!scores || !targets) throw new Error('inputs are checked by infer');
    const { each, divisor } = picks(call, scores, targets, weights);
    const losses = Float64Array.from(each, ({ at, weight }) => (at < 0 ? 0 : -weight * scores.data[at]));
    if (string(call.attributes, 'reduction') === 'none') return [losses];
    return [Float64Array.of(losses.reduce((sum, loss) => sum + loss, 0) / divisor)];
  },
  gradient({ emit, emitMany, attributes, inputs, wants, outputGradients: [dloss] }: GradientContext) {
    if (dloss === undefined) return [];
    const all = [dloss, ...inputs];
    if (!inputs[2] || !wants(2)) return [emit('nllLossGrad', all, attributes)];
    const [dscores, dweights] = emitMany('nllLossGrad', all, 2, attributes);
    return [dscores, undefined, dweights];
  },
};

/** The gradient of nllLoss by its scores, and by the weights. */
export const nllLossGrad: Op = {
  name: 'nllLossGrad',
  inputs: ['dloss', 'scores', 'targets', 'weights?'],
  outputs: ['dscores', 'dweights?'],
  attributes,
  infer(call) {
    const { dtype, shape } = check(call, 1);
    wantLike(call, 0, lossShape(call, typeAt(call, 2)), 1);
    return [
      { dtype, shape },
      { dtype, shape: [shape[1]] },
    ];
  },
  reference(call, [dloss, scores, targets, weights]) {
    if (!dloss || !scores || !targets) throw new Error('inputs are checked by infer');
    const { each, divisor } = picks(call, scores, targets, weights);
    const mean = string(call.attributes, 'reduction') === 'mean';
    const total = each.reduce((sum, { at, weight }) => (at < 0 ? sum : sum - weight * scores.data[at]), 0);
    // A weight also counts in what a mean is divided by.
    const shift = mean ? total / divisor : 0;
    const dscores = new Float64Array(scores.data.length);
    const dweights = new Float64Array(scores.shape[1]);
    each.forEach(({ at, weight }, i) => {
      if (at < 0) return;
      const dy = dloss.data[dloss.shape.length === 0 ? 0 : i] / divisor;
      dscores[at] = -weight * dy;
      dweights[targets.data[i]] -= (scores.data[at] + shift) * dy;
    });
    return [dscores, dweights];
  },
};
