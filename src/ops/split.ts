import { format, sizeOf, stridesOf } from '../core/shape.ts';
import { axisOf, wholeNumbers } from './checks.ts';
import { boolean, number, numbers, type Op, type OpCall, reject, typeAt } from './op.ts';
import { flatIndex, walk } from './walk.ts';

function partsOf(call: OpCall): { readonly axis: number; readonly sizes: readonly number[] } {
  const { shape } = typeAt(call, 0);
  const axis = axisOf(call, number(call.attributes, 'axis'), shape.length);
  const count = call.node.outputs.length;
  if (numbers(call.attributes, 'sizes').length === 0) {
    const size = boolean(call.attributes, 'uneven') ? Math.ceil(shape[axis] / count) : shape[axis] / count;
    if (!Number.isInteger(size)) reject(call.node, `an axis ${axis} that ${count} equal parts fill`, format(shape));
    const sizes = Array.from({ length: count }, (_, i) => Math.max(0, Math.min(size, shape[axis] - i * size)));
    return { axis, sizes };
  }
  const sizes = wholeNumbers(call, 'sizes', { count, least: 0 });
  if (sizes.reduce((sum, size) => sum + size, 0) !== shape[axis])
    reject(call.node, `sizes that add up to ${shape[axis]}, the extent of axis ${axis}`, format(sizes));
  return { axis, sizes };
}

/**
 * Consecutive parts along `axis`, of the given sizes or, where these are empty, as many equal ones as there are outputs. If
 * `uneven` the last ones may be smaller.
 */
export const split: Op = {
  name: 'split',
  inputs: ['x'],
  outputs: ['outputs...'],
  attributes: {
    axis: { type: 'number', default: 0 },
    sizes: { type: 'numbers', default: [] },
    uneven: { type: 'boolean', default: false },
  },
  infer(call) {
    const { dtype, shape } = typeAt(call, 0);
    const { axis, sizes } = partsOf(call);
    return sizes.map((size) => ({ dtype, shape: shape.with(axis, size) }));
  },
  reference(call, [x], outputs) {
    if (!x) throw new Error('inputs are checked by infer');
    const { axis } = partsOf(call);
    const strides = stridesOf(x.shape);
    let offset = 0;
    return outputs.map(({ shape }) => {
      const part = new Float64Array(sizeOf(shape));
      walk(shape, (index, flat) => {
        part[flat] = x.data[flatIndex(index, strides) + offset * strides[axis]];
      });
      offset += shape[axis];
      return part;
    });
  },
  gradient({ attributes: { axis, sizes, uneven }, inputs, outputs, outputGradients, emit, emitMany, scalar }) {
    // A part that nobody differentiates counts as zeros, in the shape of that part; one without a name is made anew.
    let parts = outputs;
    if (outputs.some((output, i) => output === '' && outputGradients[i] === undefined))
      parts = emitMany('split', inputs, outputs.length, { axis, sizes, uneven });
    const gradients = parts.map((part, i) => outputGradients[i] ?? emit('expandLike', [scalar(0), part]));
    return [emit('concat', gradients, { axis })];
  },
};
