import { leading, sizeOf } from '../core/shape.ts';
import { number, type Op, reject, typeAt } from './op.ts';
import { view } from './reshape.ts';

/** Two axes: those before `axis` multiplied up, and the rest. `axis` may be the rank itself; negative counts from the back. */
export const flatten: Op = view({
  name: 'flatten',
  inputs: ['x'],
  attributes: { axis: { type: 'number', default: 1 } },
  shapeOf(call) {
    const { shape } = typeAt(call, 0);
    const axis = number(call.attributes, 'axis');
    const rank = shape.length;
    if (!Number.isInteger(axis) || axis < -rank || axis > rank)
      reject(call.node, `an axis in [${-rank}, ${rank}]`, String(axis));
    const at = axis < 0 ? axis + rank : axis;
    return [leading(shape, rank - at), sizeOf(shape.slice(at))];
  },
});
