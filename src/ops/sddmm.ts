import { format, leading, sameShape } from '../core/shape.ts';
import type { SparseConstant } from '../formats/constant.ts';
import { STICK_OUT, storedPositions } from '../formats/positions.ts';
import { floatAt } from './checks.ts';
import { number, type Op, type OpCall, reject, shapesOf, typeAt } from './op.ts';

/** The weight and how it lies: [K, N], or [N, K] when its output axis is 0. */
function weightOf(call: OpCall): { readonly w: SparseConstant; readonly k: number; readonly n: number } {
  const w = call.constants[2];
  if (!w || w.encoding === 'dense')
    reject(call.node, 'a sparse constant as w', w ? `dense ${format(w.shape)}` : 'a computed value');
  if (w.shape.length !== 2) reject(call.node, 'a weight of rank 2', format(w.shape));
  const wanted = number(call.attributes, 'outputAxis');
  if (wanted !== -1 && wanted !== w.outputAxis)
    reject(call.node, `a weight encoded along output axis ${wanted}`, `output axis ${w.outputAxis}`);
  return { w, k: w.shape[1 - w.outputAxis], n: w.shape[w.outputAxis] };
}

/**
 * Sampled dense-dense product: the gradient of the stored values of w for y = x · W. x [..., K], dy [..., N], w a sparse
 * constant [K, N] or, by its output axis, [N, K], of which only the pattern is read. Result [stored], in the order of
 * w's encoding, 0 for what sticks out. `outputAxis` is the axis that the product read as output features; where it is
 * given (not -1), a weight encoded along the other axis is refused.
 */
export const sddmm: Op = {
  name: 'sddmm',
  inputs: ['x', 'dy', 'w'],
  outputs: ['dw'],
  attributes: { outputAxis: { type: 'number', default: -1 } },
  infer(call) {
    const { w, k, n } = weightOf(call);
    const [x, dy] = [floatAt(call, 0), floatAt(call, 1)];
    if (x.dtype !== dy.dtype) reject(call.node, 'operands of one type', `${x.dtype} and ${dy.dtype}`);
    if (x.shape.at(-1) !== k || dy.shape.at(-1) !== n || !sameShape(x.shape.slice(0, -1), dy.shape.slice(0, -1)))
      reject(call.node, `[..., ${k}] x [..., ${n}] for w ${format(w.shape)}`, shapesOf(call));
    return [{ dtype: x.dtype, shape: [typeAt(call, 2).stored ?? w.values.length] }];
  },
  reference(call, [x, dy]) {
    if (!x || !dy) throw new Error('inputs are checked by infer');
    const { w, k, n } = weightOf(call);
    const items = leading(x.shape, 1);
    const dw = Float64Array.from(storedPositions(w), (at) => {
      if (at === STICK_OUT) return 0;
      const [row, column] = [Math.floor(at / w.shape[1]), at % w.shape[1]];
      const [feature, output] = w.outputAxis === 1 ? [row, column] : [column, row];
      let sum = 0;
      for (let t = 0; t < items; t++) sum += x.data[t * k + feature] * dy.data[t * n + output];
      return sum;
    });
    return [dw];
  },
  shapeOnly: [2],
  multiplyAdds(call) {
    const { k, n } = weightOf(call);
    return leading(floatAt(call, 0).shape, 1) * k * n;
  },
};
