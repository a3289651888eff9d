import { format, MAX_ELEMENTS, sizeOf, stridesOf } from '../core/shape.ts';
import { wholeNumbers } from './checks.ts';
import { number, numbers, type Op, type OpCall, reject, typeAt } from './op.ts';
import { flatIndex, walk } from './walk.ts';

function padsOf(call: OpCall): readonly number[] {
  const { shape } = typeAt(call, 0);
  return wholeNumbers(call, 'pads', { count: 2 * shape.length, least: -MAX_ELEMENTS, most: MAX_ELEMENTS });
}

/**
 * Surrounds x with `value`. pads are [begin of each axis..., end of each axis...] as in ONNX; a negative one crops.
 * mode 'constant' is the only one so far.
 */
export const pad: Op = {
  name: 'pad',
  inputs: ['x'],
  outputs: ['y'],
  attributes: {
    pads: { type: 'numbers' },
    mode: { type: 'string', default: 'constant', oneOf: ['constant'] },
    value: { type: 'number', default: 0 },
  },
  infer(call) {
    const { dtype, shape } = typeAt(call, 0);
    const pads = padsOf(call);
    const padded = shape.map((extent, axis) => pads[axis] + extent + pads[axis + shape.length]);
    const cropped = shape.map((_, axis) => Math.max(0, -pads[axis]) + Math.max(0, -pads[axis + shape.length]));
    if (shape.some((extent, axis) => cropped[axis] > extent))
      reject(call.node, 'pads that crop no more than there is', `${format(pads)} for ${format(shape)}`);
    return [{ dtype, shape: padded }];
  },
  reference(call, [x], [output]) {
    if (!x) throw new Error('inputs are checked by infer');
    const pads = padsOf(call);
    const strides = stridesOf(x.shape);
    const y = new Float64Array(sizeOf(output.shape));
    walk(output.shape, (index, flat) => {
      const from = index.map((i, axis) => i - pads[axis]);
      const inside = from.every((i, axis) => i >= 0 && i < x.shape[axis]);
      y[flat] = inside ? x.data[flatIndex(from, strides)] : number(call.attributes, 'value');
    });
    return [y];
  },
  gradient({ attributes, outputGradients: [dy], emit }) {
    if (dy === undefined) return [];
    const pads = numbers(attributes, 'pads');
    const rank = pads.length / 2;
    let dx = dy;
    if (pads.some((width) => width > 0)) {
      const starts = pads.slice(0, rank).map((width) => Math.max(width, 0));
      const ends = pads.slice(rank).map((width) => (width > 0 ? -width : MAX_ELEMENTS));
      dx = emit('slice', [dx], { starts, ends });
    }
    if (pads.some((width) => width < 0)) dx = emit('pad', [dx], { pads: pads.map((width) => Math.max(-width, 0)) });
    return [dx];
  },
};
