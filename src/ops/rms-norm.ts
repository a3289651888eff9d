import { sizeOf } from '../core/shape.ts';
import { axisOf, floatAt, wantLike } from './checks.ts';
import { type GradientContext, number, type Op, type OpCall, reject } from './op.ts';
import { dataOf } from './operands.ts';

/** x seen as rows: all elements along the axes from `axis` on. */
function rowsOf(call: OpCall) {
  const { shape } = floatAt(call, 0);
  const axis = axisOf(call, number(call.attributes, 'axis'), shape.length);
  const normalized = shape.slice(axis);
  return {
    normalized,
    statistics: shape.map((extent, i) => (i < axis ? extent : 1)),
    rows: sizeOf(shape.slice(0, axis)),
    columns: sizeOf(normalized),
  };
}

/** x · invStd · scale, where invStd = 1 / √(mean of x² + epsilon) is that of each row; scale has the shape x.shape[axis..]. */
export const rmsNorm: Op = {
  name: 'rmsNorm',
  inputs: ['x', 'scale'],
  outputs: ['y', 'invStd?'],
  attributes: { axis: { type: 'number', default: -1 }, epsilon: { type: 'number', default: 1e-5 } },
  infer(call) {
    const { dtype, shape } = floatAt(call, 0);
    const { normalized, statistics } = rowsOf(call);
    wantLike(call, 1, normalized, 0);
    return [
      { dtype, shape },
      { dtype, shape: statistics },
    ];
  },
  reference(call, inputs) {
    const [x, scale] = dataOf(inputs);
    const { rows, columns } = rowsOf(call);
    const [y, invStd] = [new Float64Array(x.length), new Float64Array(rows)];
    for (let row = 0; row < rows; row++) {
      const values = x.subarray(row * columns, (row + 1) * columns);
      const square = values.reduce((sum, value) => sum + value * value, 0) / columns;
      invStd[row] = 1 / Math.sqrt(square + number(call.attributes, 'epsilon'));
      values.forEach((value, i) => {
        y[row * columns + i] = value * invStd[row] * scale[i];
      });
    }
    return [y, invStd];
  },
  gradient: rmsNormGradient,
};

/** With n = x · invStd and g = dy · scale: dx = invStd · (g - n · mean(g · n)), dscale the sum of dy · n over the rows. */
function rmsNormGradient(context: GradientContext) {
  const {
    node,
    attributes,
    inputs: [x, scale],
    outputs,
    outputGradients: [dy, dinvStd],
    shape,
    emit,
    emitMany,
    wants,
  } = context;
  if (dinvStd !== undefined) reject(node, 'a loss that depends on y alone', 'one that depends on invStd');
  if (dy === undefined) return [];
  const rank = shape(x).length;
  const axis = number(attributes, 'axis');
  const from = axis < 0 ? axis + rank : axis;
  const invStd = outputs[1] || emitMany('rmsNorm', [x, scale], 2, attributes)[1];
  const normal = emit('mul', [x, invStd]);
  const g = emit('mul', [dy, scale]);
  const axes = Array.from({ length: rank - from }, (_, i) => from + i);
  const along = emit('reduceMean', [emit('mul', [g, normal])], { axes, keepDims: true });
  const dx = wants(0) ? emit('mul', [invStd, emit('sub', [g, emit('mul', [normal, along])])]) : undefined;
  const dscale = wants(1) ? emit('sumLike', [emit('mul', [dy, normal]), scale]) : undefined;
  return [dx, dscale];
}
