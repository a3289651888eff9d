/**
 * The tables that strided kernels walk, merged into as few and as long axes as the strides allow:
 *
 *     [dims: rank][strides of operand 0: rank][strides of operand 1: rank] ...     i32, in elements
 */
import { broadcastStrides, type Shape, stridesOf } from '../core/shape.ts';

export interface Geometry {
  readonly dims: readonly number[];
  /** One row per operand. */
  readonly strides: readonly (readonly number[])[];
}

/** Drops axes of extent 1 and merges neighbours that every operand walks as one. At least one axis is left. */
export function collapse(dims: readonly number[], strides: readonly (readonly number[])[]): Geometry {
  const kept: number[] = [];
  const rows: number[][] = strides.map(() => []);
  for (let axis = 0; axis < dims.length; axis++) {
    const extent = dims[axis];
    if (extent === 1) continue;
    const last = kept.length - 1;
    if (last >= 0 && rows.every((row, i) => row[last] === strides[i][axis] * extent)) {
      kept[last] *= extent;
      rows.forEach((row, i) => {
        row[last] = strides[i][axis];
      });
    } else {
      kept.push(extent);
      rows.forEach((row, i) => {
        row.push(strides[i][axis]);
      });
    }
  }
  return kept.length > 0 ? { dims: kept, strides: rows } : { dims: [1], strides: rows.map(() => [1]) };
}

/** The operands broadcast to a contiguous output. */
export function broadcastGeometry(output: Shape, inputs: readonly Shape[]): Geometry {
  return collapse(
    output,
    inputs.map((shape) => broadcastStrides(shape, output)),
  );
}

/**
 * A copy of `dims` elements between two strided views. The order of the axes is free, so the one that is contiguous in the
 * output goes innermost and the one that is contiguous in the input beside it: there the kernel turns 4x4 blocks.
 */
export function copyGeometry(dims: Shape, from: readonly number[], to: readonly number[]): Geometry {
  const axes = dims.map((_, axis) => axis).sort((a, b) => Math.abs(to[b]) - Math.abs(to[a]));
  const pick = (row: readonly number[]) => axes.map((axis) => row[axis]);
  const merged = collapse(pick(dims), [pick(from), pick(to)]);
  const last = merged.dims.length - 1;
  const contiguous = merged.strides[0].indexOf(1);
  if (contiguous < 0 || contiguous >= last - 1) return merged;
  const order = merged.dims.map((_, axis) => axis).filter((axis) => axis !== contiguous);
  order.splice(last - 1, 0, contiguous);
  const move = (row: readonly number[]) => order.map((axis) => row[axis]);
  return { dims: move(merged.dims), strides: merged.strides.map(move) };
}

/** A contiguous copy of n elements. */
export function flatCopy(n: number): Geometry {
  return { dims: [n], strides: [[1], [1]] };
}

/** Moves `axis` to the end; the output is contiguous. */
export function axisToEnd(shape: Shape, axis: number): Geometry {
  const order = [...shape.keys()].filter((a) => a !== axis).concat(axis);
  const own = stridesOf(shape);
  const dims = order.map((a) => shape[a]);
  return copyGeometry(
    dims,
    order.map((a) => own[a]),
    stridesOf(dims),
  );
}

/** The same copy the other way. */
export function reversed({ dims, strides: [from, to] }: Geometry): Geometry {
  return copyGeometry(dims, to, from);
}

/** Several geometries in one table, with the byte offset of each. */
export function tableOf(geometries: readonly Geometry[]): {
  readonly table: Int32Array;
  readonly offsets: readonly number[];
} {
  const words: number[] = [];
  const offsets = geometries.map(({ dims, strides }) => {
    const offset = words.length * 4;
    words.push(...dims, ...strides.flat());
    return offset;
  });
  return { table: Int32Array.from(words), offsets };
}

/** A stretch of a geometry's outermost axis. */
export interface Stretch {
  /** Which of `geometries`. */
  readonly geometry: number;
  /** Where it starts on the axis. */
  readonly first: number;
}

/** No more stretches than this are made of one geometry. */
const STRETCHES = 16;

/**
 * Cuts a geometry along its outermost axis: stretches of one length and a shorter last one, which need two tables in all.
 * A single axis is cut at whole cache lines, others at multiples of 4, where 4x4 blocks end.
 */
export function stretchesOf({ dims, strides }: Geometry): {
  readonly geometries: readonly Geometry[];
  readonly stretches: readonly Stretch[];
} {
  const [extent, ...inner] = dims;
  const unit = inner.length === 0 ? 64 : extent < 4 * STRETCHES ? 1 : 4;
  const length = Math.max(1, Math.ceil(extent / STRETCHES / unit)) * unit;
  const count = Math.ceil(extent / length);
  const of = (outermost: number): Geometry => ({ dims: [outermost, ...inner], strides });
  return {
    geometries: [of(length), of(extent - (count - 1) * length)],
    stretches: Array.from({ length: count }, (_, i) => ({ geometry: i < count - 1 ? 0 : 1, first: i * length })),
  };
}
