import { UsageError } from '../core/errors.ts';
import { format, MAX_ELEMENTS, sizeOf } from '../core/shape.ts';
import { wholeNumbers } from './checks.ts';
import { type Op, type OpCall, reject, type TensorType, typeAt, where } from './op.ts';
import { numericAt } from './operands.ts';
import { openWindowAttributes, perAxis } from './window.ts';

/** The type that maxPool read if nothing was left over behind its last window. */
function unpooled(call: OpCall): TensorType {
  const { dtype, shape } = numericAt(call, 0);
  const kernel = wholeNumbers(call, 'kernel', { least: 1, most: MAX_ELEMENTS });
  const axes = kernel.length;
  if (shape.length !== axes + 2)
    reject(call.node, '[N, C, ...] and a kernel over the axes behind C', `${format(shape)} and ${format(kernel)}`);
  const [strides, pads] = [perAxis(call, 'strides', axes, 1, 1), perAxis(call, 'pads', 2 * axes, 0, 0)];
  const extents = kernel.map(
    (taps, axis) => (shape[axis + 2] - 1) * strides[axis] + taps - pads[axis] - pads[axis + axes],
  );
  if (extents.some((extent) => extent < 0)) reject(call.node, 'extents >= 0', format(extents));
  return { dtype, shape: [shape[0], shape[1], ...extents] };
}

function outputOf(call: OpCall): TensorType {
  const own = unpooled(call);
  const given = wholeNumbers(call, 'outputShape', { least: 0, most: MAX_ELEMENTS });
  if (given.length === 0) return own;
  if (given.length !== own.shape.length) reject(call.node, `outputShape of rank ${own.shape.length}`, format(given));
  return { dtype: own.dtype, shape: given };
}

/**
 * Puts every x where `indices`, int64, say, and 0 elsewhere. They count as maxPool's with `indices` `tensor` do, in the result:
 * `outputShape`, or what a window reads that nothing of its input is left over.
 */
export const maxUnpool: Op = {
  name: 'maxUnpool',
  inputs: ['x', 'indices'],
  outputs: ['y'],
  attributes: {
    kernel: { type: 'numbers' },
    strides: openWindowAttributes.strides,
    pads: openWindowAttributes.pads,
    outputShape: { type: 'numbers', default: [] },
  },
  infer(call) {
    const [x, indices] = [typeAt(call, 0), typeAt(call, 1)];
    if (indices.dtype !== 'int64' || format(indices.shape) !== format(x.shape))
      reject(call.node, `indices as int64 ${format(x.shape)}`, `${indices.dtype} ${format(indices.shape)}`);
    return [outputOf(call)];
  },
  reference(call, [x, indices], [output]) {
    if (!x || !indices) throw new Error('inputs are checked by infer');
    const y = new Float64Array(sizeOf(output.shape));
    x.data.forEach((value, i) => {
      const at = indices.data[i];
      if (at < 0 || at >= y.length)
        throw new UsageError(`${where(call.node)}: want indices in [0, ${y.length}), got ${at}`);
      y[at] = value;
    });
    return [y];
  },
};
