/** What the rows of the table share: reading attributes, predicting time, and the words for operands they cannot take. */
import type { Attributes } from '../core/attributes.ts';
import { invariant } from '../core/errors.ts';
import { format, leading, type Shape, sizeOf } from '../core/shape.ts';
import type { Layout, Operand, Read } from './kernel.ts';
import { isPlanes, planesFloats, planesOf } from './planes.ts';

/** Microseconds to move so many bytes through the caches, and the price of a step. */
export function traffic(bytes: number): number {
  return 0.2 + bytes / 8000;
}

/** Microseconds for n elements at so many nanoseconds each. */
export function arithmetic(n: number, nanoseconds: number): number {
  return 0.2 + (n * nanoseconds) / 1000;
}

/** The given inputs, all row-major. */
export function readRows(...inputs: readonly number[]): Read[] {
  return inputs.map((input) => ({ input, layout: 'rows' }));
}

/** Operands as a reason can name them: `float32 [2, 3], absent, csr float32 [4, 4]`. */
export function describe(operands: readonly (Operand | undefined)[]): string {
  const one = (o: Operand | undefined) => {
    if (!o) return 'absent';
    const encoding = o.constant && o.constant.encoding !== 'dense' ? `${o.constant.encoding} ` : '';
    return `${encoding}${o.dtype} ${format(o.shape)}`;
  };
  return operands.map(one).join(', ');
}

/** Why a kernel cannot do a node: what it wants, and what came. */
export function wanted(what: string, operands: readonly (Operand | undefined)[]): string {
  return `want ${what}, got ${describe(operands)}`;
}

export function isPanels(layout: Layout): boolean {
  return /^panels\d+$/.test(layout);
}

/** Floats that a value takes in a layout: panels hold padding lanes, planes a border. */
export function storedElements(shape: Shape, layout: Layout): number {
  const planes = isPlanes(layout) ? planesOf(layout, shape) : undefined;
  if (planes) return planesFloats(planes, shape);
  if (!isPanels(layout)) return sizeOf(shape);
  const width = Number(layout.slice('panels'.length));
  const rows = leading(shape, 1);
  return Math.ceil(rows / width) * width * shape[shape.length - 1];
}

export function numberOf(attributes: Attributes, name: string, fallback?: number): number {
  const value = attributes[name] ?? fallback;
  invariant(typeof value === 'number', `attribute ${name} is a number, not ${value}`);
  return value;
}

export function textOf(attributes: Attributes, name: string, fallback?: string): string {
  const value = attributes[name] ?? fallback;
  invariant(typeof value === 'string', `attribute ${name} is a string, not ${value}`);
  return value;
}

export function flagOf(attributes: Attributes, name: string, fallback?: boolean): boolean {
  const value = attributes[name] ?? fallback;
  invariant(typeof value === 'boolean', `attribute ${name} is a boolean, not ${value}`);
  return value;
}

export function listOf(attributes: Attributes, name: string, fallback?: readonly number[]): readonly number[] {
  const value = attributes[name] ?? fallback;
  invariant(Array.isArray(value), `attribute ${name} is a list of numbers, not ${value}`);
  return value;
}
