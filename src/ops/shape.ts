import { sizeOf } from '../core/shape.ts';
import { number, type Op, typeAt } from './op.ts';

/** Extents from `start` to before `end`, which count from the back where negative and are clamped to the rank. */
export const shape: Op = {
  name: 'shape',
  inputs: ['x'],
  outputs: ['shape'],
  attributes: { start: { type: 'number', default: 0 }, end: { type: 'number', default: Number.MAX_SAFE_INTEGER } },
  infer: (call) => [{ dtype: 'int64', shape: [extentsOf(call).length] }],
  reference: (call) => [Float64Array.from(extentsOf(call))],
  shapeOnly: [0],
};

function extentsOf(call: Parameters<Op['infer']>[0]): readonly number[] {
  const { shape } = typeAt(call, 0);
  const at = (position: number) =>
    Math.min(Math.max(position < 0 ? position + shape.length : position, 0), shape.length);
  return shape.slice(at(number(call.attributes, 'start')), at(number(call.attributes, 'end')));
}

/** How many elements x has. */
export const size: Op = {
  name: 'size',
  inputs: ['x'],
  outputs: ['size'],
  attributes: {},
  infer: () => [{ dtype: 'int64', shape: [] }],
  reference: (call) => [Float64Array.of(sizeOf(typeAt(call, 0).shape))],
  shapeOnly: [0],
};
