import { format } from '../core/shape.ts';
import { axesOf, ranked } from './checks.ts';
import { numbers, type Op, reject, typeAt } from './op.ts';
import { view } from './reshape.ts';

/** Drops axes of extent 1: those in `axes`, or all of them where the list is empty. */
export const squeeze: Op = view({
  name: 'squeeze',
  inputs: ['x'],
  attributes: { axes: { type: 'numbers', default: [] } },
  shapeOf(call) {
    const { shape } = typeAt(call, 0);
    const asked = numbers(call.attributes, 'axes');
    if (asked.length === 0) return shape.filter((extent) => extent !== 1);
    const axes = axesOf(call, asked, shape.length);
    if (axes.some((axis) => shape[axis] !== 1)) reject(call.node, `axes ${format(asked)} of extent 1`, format(shape));
    return shape.filter((_, axis) => !axes.includes(axis));
  },
});

/** Inserts axes of extent 1, so that in the result they stand at `axes`. */
export const unsqueeze: Op = view({
  name: 'unsqueeze',
  inputs: ['x'],
  attributes: { axes: { type: 'numbers' } },
  shapeOf(call) {
    const { shape } = typeAt(call, 0);
    const asked = numbers(call.attributes, 'axes');
    const result = ranked(call, new Array<number>(shape.length + asked.length).fill(1));
    const axes = axesOf(call, asked, result.length);
    let from = 0;
    return result.map((_, axis) => (axes.includes(axis) ? 1 : shape[from++]));
  },
});
