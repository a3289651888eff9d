/** Checks that shape rules share: whole numbers, axes, ranks and element types, each complaint naming the node. */
import { isInteger } from '../core/dtype.ts';
import { format, MAX_RANK, type Shape, sameShape } from '../core/shape.ts';
import { numbers, type OpCall, reject, type TensorType, typeAt } from './op.ts';

export interface WholeNumbers {
  /** How many there must be; absent: any count. */
  readonly count?: number;
  readonly least?: number;
  readonly most?: number;
}

/** A list attribute whose entries are whole numbers within bounds. */
export function wholeNumbers(call: OpCall, name: string, { count, least, most }: WholeNumbers = {}): readonly number[] {
  const values = numbers(call.attributes, name);
  const [low, high] = [least ?? Number.NEGATIVE_INFINITY, most ?? Number.POSITIVE_INFINITY];
  if (
    (count !== undefined && values.length !== count) ||
    !values.every((v) => Number.isInteger(v) && v >= low && v <= high)
  ) {
    const bounds = least === undefined && most === undefined ? '' : ` in [${low}, ${high}]`;
    reject(call.node, `${name} as ${count ?? 'a list of'} whole numbers${bounds}`, format(values));
  }
  return values;
}

/** A possibly negative axis, counted from the back, as 0..rank-1. */
export function axisOf(call: OpCall, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (rank === 0) reject(call.node, 'a tensor with at least one axis', 'a scalar');
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank)
    reject(call.node, `an axis in [${-rank}, ${rank - 1}]`, String(axis));
  return normal;
}

/** Axes as 0..rank-1, in the order given, each at most once. */
export function axesOf(call: OpCall, axes: readonly number[], rank: number): number[] {
  const normal = axes.map((axis) => axisOf(call, axis, rank));
  if (new Set(normal).size !== normal.length) reject(call.node, 'every axis at most once', format(axes));
  return normal;
}

/** The shape, if its rank is one that Lacewing handles. */
export function ranked(call: OpCall, shape: Shape): Shape {
  if (shape.length > MAX_RANK) reject(call.node, `a result of rank <= ${MAX_RANK}`, format(shape));
  return shape;
}

/** The type of a required input that must hold floats. */
export function floatAt(call: OpCall, input: number): TensorType {
  const type = typeAt(call, input);
  if (isInteger(type.dtype)) reject(call.node, `floats as input ${input}`, type.dtype);
  return type;
}

/** Complains unless input `input` has this shape and the element type of input `like`. */
export function wantLike(call: OpCall, input: number, shape: Shape, like: number): void {
  const got = typeAt(call, input);
  const { dtype } = typeAt(call, like);
  if (got.dtype === dtype && sameShape(got.shape, shape)) return;
  reject(call.node, `input ${input} as ${dtype} ${format(shape)}`, `${got.dtype} ${format(got.shape)}`);
}
