import { format, MAX_ELEMENTS, type Shape, sizeOf, stridesOf } from '../core/shape.ts';
import { axesOf, floatAt, wantLike, wholeNumbers } from './checks.ts';
import { type AttributeRule, number, numbers, type Op, type OpCall, reject, string, typeAt } from './op.ts';
import { dataOf } from './operands.ts';
import { walk } from './walk.ts';

const attributes: Readonly<Record<string, AttributeRule>> = {
  pads: { type: 'numbers' },
  axes: { type: 'numbers', default: [] },
  mode: { type: 'string', default: 'constant', oneOf: ['constant', 'reflect', 'edge', 'wrap'] },
};

/** What is put before and behind each axis of `shape`; negative: how much is cut off. */
function padsOf(call: OpCall, shape: Shape): { readonly before: readonly number[]; readonly after: readonly number[] } {
  const asked = numbers(call.attributes, 'axes');
  const axes = asked.length > 0 ? axesOf(call, asked, shape.length) : [...shape.keys()];
  const pads = wholeNumbers(call, 'pads', { count: 2 * axes.length, least: -MAX_ELEMENTS, most: MAX_ELEMENTS });
  const [before, after] = [new Array<number>(shape.length).fill(0), new Array<number>(shape.length).fill(0)];
  axes.forEach((axis, i) => {
    before[axis] = pads[i];
    after[axis] = pads[axes.length + i];
  });
  return { before, after };
}

function paddedShape(call: OpCall, shape: Shape): number[] {
  const { before, after } = padsOf(call, shape);
  const kept = shape.map((extent, axis) => extent + Math.min(0, before[axis]) + Math.min(0, after[axis]));
  if (kept.some((extent) => extent < 0))
    reject(call.node, 'pads that crop no more than there is', `${format([...before, ...after])} for ${format(shape)}`);
  const padded = shape.map((extent, axis) => before[axis] + extent + after[axis]);
  if (string(call.attributes, 'mode') !== 'constant' && padded.some((extent, axis) => extent > 0 && kept[axis] === 0))
    reject(call.node, `something to ${string(call.attributes, 'mode')}`, format(shape));
  return padded;
}

/** The position within an axis of `extent` that stands at `i`; undefined where it is the constant. */
function sourceOf(mode: string, i: number, extent: number): number | undefined {
  if (i >= 0 && i < extent) return i;
  switch (mode) {
    case 'edge':
      return i < 0 ? 0 : extent - 1;
    case 'wrap':
      return ((i % extent) + extent) % extent;
    case 'reflect': {
      if (extent === 1) return 0;
      const period = 2 * (extent - 1);
      const at = ((i % period) + period) % period;
      return at < extent ? at : period - at;
    }
    default:
      return undefined;
  }
}

/** Visits every element of the padded tensor with the one of x that stands there, or undefined. */
function visit(call: OpCall, shape: Shape, padded: Shape, each: (y: number, x: number | undefined) => void): void {
  const { before, after } = padsOf(call, shape);
  const mode = string(call.attributes, 'mode');
  const strides = stridesOf(shape);
  // What is cropped is gone before anything is reflected. Per axis and position: the offset in x, or undefined.
  const offsets = padded.map((extent, axis) => {
    const cut = Math.max(0, -before[axis]);
    const kept = shape[axis] - cut - Math.max(0, -after[axis]);
    return Array.from({ length: extent }, (_, i) => {
      const from = sourceOf(mode, i - Math.max(0, before[axis]), kept);
      return from === undefined ? undefined : (from + cut) * strides[axis];
    });
  });
  walk(padded, (index, flat) => {
    let at: number | undefined = 0;
    for (let axis = 0; axis < index.length && at !== undefined; axis++) {
      const offset: number | undefined = offsets[axis][index[axis]];
      at = offset === undefined ? undefined : at + offset;
    }
    each(flat, at);
  });
}

/**
 * Surrounds x: with `value`, with its mirror image (without the edge), with its edge, or with itself again. pads are [begin
 * of each axis..., end of each axis...] as in ONNX, of all axes or of `axes`; a negative one crops.
 */
export const pad: Op = {
  name: 'pad',
  inputs: ['x'],
  outputs: ['y'],
  attributes: { ...attributes, value: { type: 'number', default: 0 } },
  infer(call) {
    const { dtype, shape } = typeAt(call, 0);
    return [{ dtype, shape: paddedShape(call, shape) }];
  },
  reference(call, inputs, [output]) {
    const [x] = dataOf(inputs);
    const y = new Float64Array(sizeOf(output.shape));
    const value = number(call.attributes, 'value');
    visit(call, typeAt(call, 0).shape, output.shape, (to, from) => {
      y[to] = from === undefined ? value : x[from];
    });
    return [y];
  },
  gradient({ attributes: settings, inputs: [x], outputGradients: [dy], emit }) {
    if (dy === undefined) return [];
    const { pads, axes, mode } = settings;
    if (mode !== 'constant') return [emit('padGrad', [dy, x], { pads, axes, mode })];
    const widths = numbers(settings, 'pads');
    const half = widths.length / 2;
    let dx = dy;
    if (widths.some((width) => width > 0)) {
      const starts = widths.slice(0, half).map((width) => Math.max(width, 0));
      const ends = widths.slice(half).map((width) => (width > 0 ? -width : MAX_ELEMENTS));
      dx = emit('slice', [dx], { starts, ends, axes });
    }
    if (widths.some((width) => width < 0))
      dx = emit('pad', [dx], { pads: widths.map((width) => Math.max(-width, 0)), axes });
    return [dx];
  },
};

/** The gradient of pad where it repeats x: dy added up over the copies. x gives its shape only. */
export const padGrad: Op = {
  name: 'padGrad',
  inputs: ['dy', 'x'],
  outputs: ['dx'],
  attributes,
  infer(call) {
    const { dtype, shape } = floatAt(call, 1);
    wantLike(call, 0, paddedShape(call, shape), 1);
    return [{ dtype, shape }];
  },
  reference(call, inputs, [output]) {
    const [dy] = dataOf(inputs.slice(0, 1));
    const dx = new Float64Array(sizeOf(output.shape));
    visit(call, output.shape, typeAt(call, 0).shape, (from, to) => {
      if (to !== undefined) dx[to] += dy[from];
    });
    return [dx];
  },
  shapeOnly: [1],
};
