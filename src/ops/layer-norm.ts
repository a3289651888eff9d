import { type Shape, sizeOf } from '../core/shape.ts';
import { axisOf, floatAt, wantLike } from './checks.ts';
import { type AttributeRule, number, type Op, type OpCall, reject } from './op.ts';
import { dataOf } from './operands.ts';

const axisRule: AttributeRule = { type: 'number', default: -1 };

interface Rows {
  /** [..., 1, ..., 1]: the shape of mean and invStd. */
  readonly statistics: Shape;
  /** x.shape[axis..]: the shape of scale and bias. */
  readonly normalized: Shape;
  readonly rows: number;
  readonly columns: number;
}

/** x, which is input `input`, seen as rows that are normalised each. */
function rowsOf(call: OpCall, input: number): Rows {
  const { shape } = floatAt(call, input);
  const axis = axisOf(call, number(call.attributes, 'axis'), shape.length);
  const normalized = shape.slice(axis);
  const statistics = shape.map((extent, i) => (i < axis ? extent : 1));
  return { statistics, normalized, rows: sizeOf(statistics), columns: sizeOf(normalized) };
}

/**
 * (x - mean) · invStd · scale + bias, where mean and invStd = 1 / √(variance + epsilon) are those of each row, a row
 * being all elements along the axes from `axis` on. scale and bias have the shape x.shape[axis..], mean and invStd that
 * of x with the normalised axes as 1. The gradient flows through y only.
 */
export const layerNorm: Op = {
  name: 'layerNorm',
  inputs: ['x', 'scale', 'bias?'],
  outputs: ['y', 'mean?', 'invStd?'],
  attributes: { axis: axisRule, epsilon: { type: 'number', default: 1e-5 } },
  infer(call) {
    const { dtype, shape } = floatAt(call, 0);
    const { statistics, normalized } = rowsOf(call, 0);
    wantLike(call, 1, normalized, 0);
    if (call.types[2]) wantLike(call, 2, normalized, 0);
    return [
      { dtype, shape },
      { dtype, shape: statistics },
      { dtype, shape: statistics },
    ];
  },
  reference(call, [x, scale, bias]) {
    if (!x || !scale) throw new Error('inputs are checked by infer');
    const { rows, columns } = rowsOf(call, 0);
    const [y, mean, invStd] = [new Float64Array(rows * columns), new Float64Array(rows), new Float64Array(rows)];
    for (let row = 0; row < rows; row++) {
      const values = x.data.subarray(row * columns, (row + 1) * columns);
      mean[row] = values.reduce((sum, value) => sum + value, 0) / columns;
      const variance = values.reduce((sum, value) => sum + (value - mean[row]) ** 2, 0) / columns;
      invStd[row] = 1 / Math.sqrt(variance + number(call.attributes, 'epsilon'));
      values.forEach((value, i) => {
        y[row * columns + i] = (value - mean[row]) * invStd[row] * scale.data[i] + (bias?.data[i] ?? 0);
      });
    }
    return [y, mean, invStd];
  },
  gradient({ node, attributes, inputs, outputs, outputGradients, emitMany, wants }) {
    const [dy, dmean, dinvStd] = outputGradients;
    if (dmean !== undefined || dinvStd !== undefined)
      reject(node, 'a loss that depends on y alone', 'one that depends on mean or invStd');
    if (dy === undefined) return [];
    const [x, scale, bias] = inputs;
    const saved = outputs[1] && outputs[2] ? outputs : emitMany('layerNorm', inputs, 3, attributes);
    const { axis } = attributes;
    const [dx, dscale, dbias] = emitMany('layerNormGrad', [dy, x, scale, saved[1], saved[2]], 3, { axis });
    return [dx, dscale, bias && wants(2) ? dbias : undefined];
  },
};

/** dx, dscale, dbias of layerNorm: dx = invStd · (g - mean(g) - x̂ · mean(g · x̂)) with g = dy · scale, x̂ = (x - mean) · invStd. */
export const layerNormGrad: Op = {
  name: 'layerNormGrad',
  inputs: ['dy', 'x', 'scale', 'mean', 'invStd'],
  outputs: ['dx', 'dscale', 'dbias'],
  attributes: { axis: axisRule },
  infer(call) {
    const { dtype, shape } = floatAt(call, 1);
    const { statistics, normalized } = rowsOf(call, 1);
    wantLike(call, 0, shape, 1);
    wantLike(call, 2, normalized, 1);
    wantLike(call, 3, statistics, 1);
    wantLike(call, 4, statistics, 1);
    return [
      { dtype, shape },
      { dtype, shape: normalized },
      { dtype, shape: normalized },
    ];
  },
  reference(call, inputs) {
    const [dy, x, scale, mean, invStd] = dataOf(inputs);
    const { rows, columns } = rowsOf(call, 1);
    const [dx, dscale, dbias] = [new Float64Array(x.length), new Float64Array(columns), new Float64Array(columns)];
    for (let row = 0; row < rows; row++) {
      const hat = (i: number) => (x[row * columns + i] - mean[row]) * invStd[row];
      let [sum, product] = [0, 0];
      for (let i = 0; i < columns; i++) {
        const g = dy[row * columns + i];
        dscale[i] += g * hat(i);
        dbias[i] += g;
        sum += g * scale[i];
        product += g * scale[i] * hat(i);
      }
      for (let i = 0; i < columns; i++) {
        const at = row * columns + i;
        dx[at] = invStd[row] * (dy[at] * scale[i] - sum / columns - (hat(i) * product) / columns);
      }
    }
    return [dx, dscale, dbias];
  },
};
