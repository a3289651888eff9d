import { UsageError } from './errors.ts';

/** Concrete extents. The empty shape is a scalar. */
export type Shape = readonly number[];

/** An extent that may still be a name, such as `batch`, until the feeds arrive. */
export type Dim = number | string;

export const MAX_RANK = 8;
/** Above this a tensor could not be addressed in a 32-bit memory anyway. */
export const MAX_ELEMENTS = 2 ** 31 - 1;

/** Elements in a tensor of this shape. Throws on a negative or fractional extent, and past MAX_ELEMENTS. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  let empty = false;
  for (const extent of shape) {
    if (!Number.isInteger(extent) || extent < 0) throw new UsageError(`want extents >= 0, got ${format(shape)}`);
    if (extent === 0) empty = true;
    else size *= extent;
    if (size > MAX_ELEMENTS) throw new UsageError(`shape ${format(shape)} has more than ${MAX_ELEMENTS} elements`);
  }
  return empty ? 0 : size;
}

export function format(shape: readonly Dim[]): string {
  return `[${shape.join(', ')}]`;
}

export function sameShape(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((extent, i) => extent === b[i]);
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

/** The NumPy / ONNX broadcast of the shapes, or undefined when they do not fit. */
export function broadcast(...shapes: readonly Shape[]): number[] | undefined {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const at = rank - shape.length + i;
      const extent = shape[i];
      if (extent === 1) continue;
      if (out[at] !== 1 && out[at] !== extent) return undefined;
      out[at] = extent;
    }
  }
  return out;
}

/** Strides of `shape` seen as `target` by broadcasting: 0 along every repeated axis. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const own = stridesOf(shape);
  const lead = target.length - shape.length;
  return target.map((_, i) => (i < lead || shape[i - lead] === 1 ? 0 : own[i - lead]));
}

/** A possibly negative axis as 0..rank-1; `inclusive` admits rank itself (for an insertion point). */
export function normalizeAxis(axis: number, rank: number, inclusive = false): number {
  const limit = inclusive ? rank + 1 : rank;
  const normal = axis < 0 ? axis + limit : axis;
  if (!Number.isInteger(axis) || normal < 0 || normal >= limit)
    throw new UsageError(`want an axis in [${-limit}, ${limit - 1}], got ${axis}`);
  return normal;
}

/** All but the last `keep` extents multiplied up, e.g. the batch count of a matmul operand. */
export function leading(shape: Shape, keep: number): number {
  return sizeOf(shape.slice(0, Math.max(0, shape.length - keep)));
}
