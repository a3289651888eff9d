/** Ops that move elements without looking at them: any element type of 1, 4 or 8 bytes, always by strided copies. */
import { bytesPerElement, fromDoubles } from '../core/dtype.ts';
import { broadcastStrides, normalizeAxis, type Shape, sizeOf, stridesOf } from '../core/shape.ts';
import {
  type Addresses,
  type Call,
  isPlain,
  type Kernel,
  type Match,
  type Operand,
  type Request,
  type Split,
} from './kernel.ts';
import { listOf, numberOf, readRows, textOf, traffic, wanted } from './match.ts';
import { copyGeometry, type Geometry, stretchesOf, tableOf } from './strides.ts';

const elementBytes = [1, 4, 8] as const;
export type ElementBytes = (typeof elementBytes)[number];

/** `count` elements starting `from` elements into read `read`, to `to` elements into write `write`. */
export interface Move {
  readonly read: number;
  readonly write: number;
  readonly from: number;
  readonly to: number;
  readonly geometry: Geometry;
}

export interface Fill {
  readonly n: number;
  readonly value: number;
}

function fillCall(operand: Operand, { n, value }: Fill, out: number): Call {
  switch (operand.dtype) {
    case 'float32':
      return { kernel: 'f32_fill', args: [n, value, out] };
    case 'int32':
    case 'uint32':
      return { kernel: 'i32_fill', args: [n, value, out] };
    case 'int64':
    case 'uint64':
    case 'float64': {
      const words = new Int32Array(fromDoubles(operand.dtype, [value]).buffer);
      return { kernel: 'fill_8', args: [n, words[0], words[1], out] };
    }
    default:
      return { kernel: 'fill_1', args: [n, operand.dtype === 'bool' ? Number(value !== 0) : value, out] };
  }
}

/** First the fill, if any, then the moves. */
export function moving(bytes: ElementBytes, request: Request, moves: readonly Move[], fill?: Fill): Match {
  const real = moves.filter(({ geometry }) => geometry.dims.every((extent) => extent > 0));
  const cuts = real.map(({ geometry }) => stretchesOf(geometry));
  // Per move the tables of the whole, of a stretch, and of the last stretch.
  const { table, offsets } = tableOf(real.flatMap(({ geometry }, i) => [geometry, ...cuts[i].geometries]));
  const stretches = cuts.flatMap((cut, i) => cut.stretches.map((stretch) => ({ ...stretch, i })));
  const moved = real.reduce((sum, { geometry }) => sum + sizeOf(geometry.dims), 0);
  const reads = Math.max(0, ...moves.map((move) => move.read)) + 1;
  const copy = (at: Addresses, i: number, which: number, first: number): Call => {
    const { read, write, from, to, geometry } = real[i];
    const [source, target] = geometry.strides.map(([outermost]) => first * outermost);
    return {
      kernel: `copy_strided_${bytes}`,
      args: [
        ...[geometry.dims.length, at.table + offsets[3 * i + which]],
        ...[at.reads[read] + (from + source) * bytes, at.writes[write] + (to + target) * bytes],
      ],
    };
  };
  const calls = (at: Addresses): Call[] => {
    const copies = real.map((_, i) => copy(at, i, 0, 0));
    return fill && fill.n > 0 ? [fillCall(request.outputs[0], fill, at.writes[0]), ...copies] : copies;
  };
  // What is filled first must be filled before anything moves.
  const split: Split | undefined = fill
    ? undefined
    : {
        extent: stretches.length,
        unit: 1,
        calls: (at, first, count) =>
          stretches
            .slice(first, first + count)
            .map((stretch) => copy(at, stretch.i, 1 + stretch.geometry, stretch.first)),
      };
  return {
    reads: readRows(...new Array(reads).keys()),
    writes: request.outputs.map(() => 'rows'),
    microseconds: traffic(2 * bytes * moved) + (fill ? traffic(bytes * fill.n) : 0),
    table,
    calls,
    ...(split && { split }),
  };
}

export function movement(
  op: string,
  reads: 'first' | 'all',
  match: (request: Request, bytes: ElementBytes) => Match | string,
): Kernel[] {
  const fills = op === 'pad' || op === 'sliceGrad';
  return elementBytes.map((bytes): Kernel => {
    const fill = { 1: ['fill_1'], 4: ['f32_fill', 'i32_fill'], 8: ['fill_8'] }[bytes];
    const name = `copy_strided_${bytes}`;
    return {
      name,
      exports: fills ? [name, ...fill] : [name],
      op,
      match(request) {
        const moved = reads === 'all' ? request.inputs : request.inputs.slice(0, 1);
        const { dtype } = request.outputs[0];
        if (!moved.every((operand) => isPlain(operand, dtype)) || bytesPerElement(dtype) !== bytes)
          return wanted(`plain operands of ${bytes}-byte elements`, moved);
        return match(request, bytes);
      },
    };
  });
}

export const shapeOf = (request: Request): Shape => (request.inputs[0] as Operand).shape;

const transpose = movement('transpose', 'first', (request, bytes) => {
  const shape = shapeOf(request);
  const asked = listOf(request.attributes, 'perm', []);
  const perm = asked.length > 0 ? asked : [...shape.keys()].reverse();
  const own = stridesOf(shape);
  const dims = perm.map((axis) => shape[axis]);
  const geometry = copyGeometry(
    dims,
    perm.map((axis) => own[axis]),
    stridesOf(dims),
  );
  return moving(bytes, request, [{ read: 0, write: 0, from: 0, to: 0, geometry }]);
});

/** expand, and expandLike, whose second input is a shape only. */
const expanding = (op: string) =>
  movement(op, 'first', (request, bytes) => {
    const dims = request.outputs[0].shape;
    const geometry = copyGeometry(dims, broadcastStrides(shapeOf(request), dims), stridesOf(dims));
    return moving(bytes, request, [{ read: 0, write: 0, from: 0, to: 0, geometry }]);
  });

const concat = movement('concat', 'all', (request, bytes) => {
  const whole = request.outputs[0].shape;
  const axis = normalizeAxis(numberOf(request.attributes, 'axis'), whole.length);
  const strides = stridesOf(whole);
  let start = 0;
  const moves = request.inputs.map((operand, read): Move => {
    const { shape } = operand as Operand;
    const to = start * strides[axis];
    start += shape[axis];
    return { read, write: 0, from: 0, to, geometry: copyGeometry(shape, stridesOf(shape), strides) };
  });
  return moving(bytes, request, moves);
});

const split = movement('split', 'first', (request, bytes) => {
  const whole = shapeOf(request);
  const axis = normalizeAxis(numberOf(request.attributes, 'axis', 0), whole.length);
  const strides = stridesOf(whole);
  let start = 0;
  const moves = request.outputs.map(({ shape }, write): Move => {
    const from = start * strides[axis];
    start += shape[axis];
    return { read: 0, write, from, to: 0, geometry: copyGeometry(shape, strides, stridesOf(shape)) };
  });
  return moving(bytes, request, moves);
});

/** The slice of `whole` that the attributes describe: its first element and its strides there. Extents: see the part's shape. */
function sliceOf(
  { attributes }: Request,
  whole: Shape,
): { readonly offset: number; readonly strides: readonly number[] } {
  const starts = listOf(attributes, 'starts');
  const asked = listOf(attributes, 'axes', []);
  const axes = asked.length > 0 ? asked.map((axis) => normalizeAxis(axis, whole.length)) : [...starts.keys()];
  const given = listOf(attributes, 'steps', []);
  const strides = stridesOf(whole);
  let offset = 0;
  axes.forEach((axis, i) => {
    const extent = whole[axis];
    const step = given[i] ?? 1;
    const start = starts[i] < 0 ? starts[i] + extent : starts[i];
    // Going backwards the first element is at most the last one there is.
    offset += Math.min(Math.max(start, 0), step > 0 ? extent : extent - 1) * strides[axis];
    strides[axis] *= step;
  });
  return { offset, strides };
}

const slice = movement('slice', 'first', (request, bytes) => {
  const part = request.outputs[0].shape;
  const { offset, strides } = sliceOf(request, shapeOf(request));
  const geometry = copyGeometry(part, strides, stridesOf(part));
  return moving(bytes, request, [{ read: 0, write: 0, from: offset, to: 0, geometry }]);
});

const sliceGrad = movement('sliceGrad', 'first', (request, bytes) => {
  const part = shapeOf(request);
  const whole = request.outputs[0].shape;
  const { offset, strides } = sliceOf(request, whole);
  const geometry = copyGeometry(part, stridesOf(part), strides);
  const move = { read: 0, write: 0, from: 0, to: offset, geometry };
  return moving(bytes, request, [move], { n: sizeOf(whole), value: 0 });
});

/** As many copies of the whole as `repeats` says, each an axis in front of the one that it repeats. */
const tile = movement('tile', 'first', (request, bytes) => {
  const shape = shapeOf(request);
  const repeats = listOf(request.attributes, 'repeats');
  const [own, target] = [stridesOf(shape), stridesOf(request.outputs[0].shape)];
  const dims = shape.flatMap((extent, axis) => [repeats[axis], extent]);
  const from = own.flatMap((stride) => [0, stride]);
  const to = target.flatMap((stride, axis) => [stride * shape[axis], stride]);
  return moving(bytes, request, [{ read: 0, write: 0, from: 0, to: 0, geometry: copyGeometry(dims, from, to) }]);
});

/** Seen as [N, row, column, channel, H, W] or [N, channel, row, column, H, W], the axes of the deep tensor change places. */
const blocks = (op: 'depthToSpace' | 'spaceToDepth') =>
  movement(op, 'first', (request, bytes) => {
    const [shape, result] = [shapeOf(request), request.outputs[0].shape];
    const [deep, wide] = op === 'depthToSpace' ? [shape, result] : [result, shape];
    const block = numberOf(request.attributes, 'block');
    const [d, w] = [stridesOf(deep), stridesOf(wide)];
    // In the deep tensor channels are `each` planes apart, rows and columns of the block `row` and `column`.
    const crd = textOf(request.attributes, 'mode', 'DCR') === 'CRD';
    const column = crd ? 1 : wide[1];
    const each = crd ? block * block : 1;
    const dims = [wide[0], wide[1], block, block, deep[2], deep[3]];
    const inDeep = [d[0], each * d[1], block * column * d[1], column * d[1], d[2], d[3]];
    const inWide = [w[0], w[1], w[2], w[3], block * w[2], block * w[3]];
    const [from, to] = op === 'depthToSpace' ? [inDeep, inWide] : [inWide, inDeep];
    return moving(bytes, request, [{ read: 0, write: 0, from: 0, to: 0, geometry: copyGeometry(dims, from, to) }]);
  });

export const copy: readonly Kernel[] = [
  ...transpose,
  ...expanding('expand'),
  ...expanding('expandLike'),
  ...concat,
  ...split,
  ...slice,
  ...sliceGrad,
  ...tile,
  ...blocks('depthToSpace'),
  ...blocks('spaceToDepth'),
];
