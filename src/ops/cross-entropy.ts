import { format, leading, sameShape } from '../core/shape.ts';
import { floatAt, wantLike } from './checks.ts';
import { type NdArray, type Op, type OpCall, reject, shapesOf, type TensorType, typeAt } from './op.ts';
import { dataOf } from './operands.ts';

/** Checks labels [...] against scores [..., C]. */
function checkLabels(call: OpCall, scores: TensorType, labels: TensorType): void {
  if (scores.shape.length === 0) reject(call.node, 'scores of shape [..., classes]', format(scores.shape));
  if (labels.dtype !== 'int32' && labels.dtype !== 'int64') reject(call.node, 'labels of int32 or int64', labels.dtype);
  if (!sameShape(labels.shape, scores.shape.slice(0, -1)))
    reject(call.node, 'scores [..., classes] and labels [...]', shapesOf(call));
}

/** Row count, class count and label numbers; throws on a label that is no class. */
function rowsOf(call: OpCall, scores: NdArray, labels: NdArray) {
  const classes = scores.shape.at(-1) as number;
  labels.data.forEach((label, row) => {
    if (label < 0 || label >= classes) reject(call.node, `labels in [0, ${classes})`, `${label} at position ${row}`);
  });
  return { rows: leading(scores.shape, 1), classes };
}

/**
 * The mean over all rows of -log softmax(logits)[label], and the softmax itself, [..., C]. The mean over no rows is NaN.
 * Throws UsageError when it runs on a label outside [0, C).
 */
export const crossEntropy: Op = {
  name: 'crossEntropy',
  inputs: ['logits', 'labels'],
  outputs: ['loss', 'probabilities?'],
  attributes: {},
  infer(call) {
    const logits = floatAt(call, 0);
    checkLabels(call, logits, typeAt(call, 1));
    return [
      { dtype: logits.dtype, shape: [] },
      { dtype: logits.dtype, shape: logits.shape },
    ];
  },
  reference(call, [logits, labels]) {
    if (!logits || !labels) throw new Error('inputs are checked by infer');
    const { rows, classes } = rowsOf(call, logits, labels);
    const probabilities = new Float64Array(rows * classes);
    let loss = 0;
    for (let row = 0; row < rows; row++) {
      const x = logits.data.subarray(row * classes, (row + 1) * classes);
      const top = x.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
      const sum = x.reduce((total, value) => total + Math.exp(value - top), 0);
      loss -= x[labels.data[row]] - top - Math.log(sum);
      probabilities.set(
        x.map((value) => Math.exp(value - top) / sum),
        row * classes,
      );
    }
    return [Float64Array.of(loss / rows), probabilities];
  },
  gradient({ emit, inputs: [logits, labels], outputs, outputGradients: [dloss, dprobabilities] }) {
    const probabilities = outputs[1] || emit('softmax', [logits]);
    const terms: string[] = [];
    if (dloss !== undefined) terms.push(emit('crossEntropyGrad', [dloss, probabilities, labels]));
    if (dprobabilities !== undefined) terms.push(emit('softmaxGrad', [dprobabilities, probabilities]));
    return [terms.length === 2 ? emit('add', terms) : terms[0]];
  },
};

/** dloss · (probabilities - one at the label) / rows. dloss is a scalar. */
export const crossEntropyGrad: Op = {
  name: 'crossEntropyGrad',
  inputs: ['dloss', 'probabilities', 'labels'],
  outputs: ['dlogits'],
  attributes: {},
  infer(call) {
    const probabilities = floatAt(call, 1);
    wantLike(call, 0, [], 1);
    checkLabels({ ...call, types: call.types.slice(1) }, probabilities, typeAt(call, 2));
    return [{ dtype: probabilities.dtype, shape: probabilities.shape }];
  },
  reference(call, inputs) {
    const [, probabilities, labels] = inputs;
    if (!probabilities || !labels) throw new Error('inputs are checked by infer');
    const [[dloss]] = dataOf(inputs);
    const { rows, classes } = rowsOf(call, probabilities, labels);
    const dlogits = probabilities.data.slice();
    for (let row = 0; row < rows; row++) dlogits[row * classes + labels.data[row]] -= 1;
    return [dlogits.map((value) => (value * dloss) / rows)];
  },
};
