/**
 * The values of a plan and the layouts they exist in. A step asks for a value in the layout it reads; if it is not there
 * yet, a conversion is planned: into the prologue for constants that never change, before the step for all else.
 */
import { bytesPerElement, type TypedArray } from '../core/dtype.ts';
import { invariant } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';
import { densified } from '../formats/densify.ts';
import { formOf } from '../kernels/forms.ts';
import type { Conversion, Layout, Match, Operand } from '../kernels/kernel.ts';
import { conversionsTo, layoutBytes } from '../kernels/layouts.ts';
import type { TensorType } from '../ops/op.ts';
import { aligned } from './arena.ts';
import { piecesOf } from './pieces.ts';
import type { Buffer, Place, Step } from './plan.ts';

export interface Value {
  readonly name: string;
  readonly type: TensorType;
  readonly constant?: Constant;
  /** Constants that updates or the caller may change: nothing derived from them outlasts a run. */
  readonly mutable: boolean;
  /** Layouts it exists in, with the buffer of each; the first is the one it was made in. */
  readonly buffers: Map<Layout, Buffer>;
}

/** Buffers that serve one step alone, and into how many pieces it is cut. */
export type Working = Pick<Step, 'scratch' | 'table' | 'pieces'>;

export interface Values {
  get(name: string): Value;
  /** The value if it is there already. */
  find(name: string): Value | undefined;
  define(value: Value): void;
  /** The buffer that holds the value in this layout; plans whatever makes it. */
  materialize(value: Value, layout: Layout): Buffer;
  /** The names whose numbers lie in this buffer: a value and the views of it. */
  holders(buffer: Buffer): readonly string[];
  /** Predicted cost of materialize, without doing it. */
  price(value: Value, layout: Layout): number;
  /** Allocates the scratch and the table that a kernel asks for, and cuts its work. */
  working(match: Match, label: string): Working;
  allocate(place: Place, bytes: number, label: string, extra?: Partial<Buffer>): Buffer;
  /** Numbers that are known now, placed like a kernel's table. */
  place(numbers: TypedArray, label: string): Buffer;
  readonly buffers: readonly Buffer[];
  readonly prologue: readonly Step[];
  readonly steps: Step[];
}

export function operandOf(value: Value): Operand {
  const { dtype, shape } = value.type;
  const layout = value.buffers.keys().next().value ?? homeLayout(value);
  return { dtype, shape, layout, ...(value.constant && { constant: value.constant, mutable: value.mutable }) };
}

/** The operand a conversion starts from: rows of a sparse constant are its zeros written out. */
function sourceOf(value: Value, from: Layout): Operand {
  const operand = operandOf(value);
  if (from !== 'rows' || !value.constant) return operand;
  return { ...operand, layout: from, constant: densified(value.constant) };
}

/** Where a constant's numbers are kept and updated. */
export function homeLayout({ constant }: Pick<Value, 'constant'>): Layout {
  return constant && constant.encoding !== 'dense' ? 'values' : 'rows';
}

/** Bytes of a value in its natural, row-major layout. */
export function rowsBytes({ dtype, shape }: TensorType): number {
  return sizeOf(shape) * bytesPerElement(dtype);
}

/** @param threads how many may share the work of a step */
export function createValues(threads = 1): Values {
  const values = new Map<string, Value>();
  const buffers: Buffer[] = [];
  const prologue: Step[] = [];
  const steps: Step[] = [];
  const holders = new Map<Buffer, string[]>();

  function hold(value: Value, layout: Layout, buffer: Buffer): void {
    value.buffers.set(layout, buffer);
    holders.set(buffer, [...(holders.get(buffer) ?? []), value.name]);
  }

  function allocate(place: Place, bytes: number, label: string, extra: Partial<Buffer> = {}): Buffer {
    const buffer: Buffer = {
      id: buffers.length,
      place,
      bytes,
      label,
      offset: 0,
      first: steps.length,
      last: steps.length,
      ...extra,
    };
    buffers.push(buffer);
    return buffer;
  }

  function place(numbers: TypedArray, label: string): Buffer {
    const table = new Int32Array(Math.max(1, Math.ceil(numbers.byteLength / 4)));
    new Uint8Array(table.buffer).set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
    return allocate('table', table.byteLength, label, { table });
  }

  /** A constant's own numbers or a form the host packs; undefined when only a kernel can make it. */
  function fromHost(value: Value, layout: Layout): Buffer | undefined {
    const { constant, name } = value;
    if (!constant || !reachableFromHost(value, layout)) return undefined;
    const form = constant.encoding === 'dense' ? undefined : formOf(layout);
    const bytes = form ? form.build(constant).byteLength : rowsBytes(value.type);
    return allocate('constant', bytes, `${name}@${layout}`, { constant: name, layout });
  }

  /** The cheapest conversion into `layout` from a layout the value has or, being a constant, can have. */
  function route(value: Value, layout: Layout): { conversion: Conversion; match: Match; cost: number } | undefined {
    let best: { conversion: Conversion; match: Match; cost: number } | undefined;
    for (const conversion of conversionsTo(layout, value.buffers.keys())) {
      const reachable = value.buffers.has(conversion.from) || reachableFromHost(value, conversion.from);
      const viaRows = !reachable && conversion.from === 'rows' && value.buffers.size > 0;
      if (!reachable && !viaRows) continue;
      const match = conversion.match(sourceOf(value, conversion.from));
      if (typeof match === 'string') continue;
      const cost = match.microseconds + (viaRows ? (route(value, 'rows')?.cost ?? Number.POSITIVE_INFINITY) : 0);
      if (!best || cost < best.cost) best = { conversion, match, cost };
    }
    return best;
  }

  function reachableFromHost({ constant, mutable }: Value, layout: Layout): boolean {
    if (!constant) return false;
    if (constant.encoding === 'dense') return layout === 'rows';
    return formOf(layout) !== undefined || (layout === 'rows' && !mutable);
  }

  function materialize(value: Value, layout: Layout): Buffer {
    const existing = value.buffers.get(layout);
    if (existing) return existing;
    const packed = fromHost(value, layout);
    if (packed) {
      hold(value, layout, packed);
      return packed;
    }
    const found = route(value, layout);
    invariant(found, `no way to make ${value.name} in layout ${layout} from ${[...value.buffers.keys()].join(', ')}`);
    const { conversion, match } = found;
    const once = value.constant !== undefined && !value.mutable;
    const reads = match.reads.map((read) => materialize(value, read.layout));
    const bytes = layoutBytes(layout, sourceOf(value, conversion.from));
    const extra = once ? { constant: value.name, layout } : {};
    const target = allocate(once ? 'packed' : 'arena', bytes, `${value.name}@${layout}`, extra);
    const list = once ? prologue : steps;
    list.push({
      title: value.name,
      op: once ? 'pack' : 'convert',
      kernel: conversion.name,
      reads: reads.map((buffer) => buffer.id),
      writes: [target.id],
      layouts: { reads: match.reads.map((read) => read.layout), writes: [layout] },
      ...working(match, value.name),
      microseconds: match.microseconds,
      reason: once ? 'packed once' : `${conversion.from} to ${layout}`,
      match,
    });
    hold(value, layout, target);
    return target;
  }

  function working(match: Match, label: string): Working {
    const pieces = piecesOf(match, threads);
    const bytes = pieces > 1 ? threads * aligned(match.scratchBytes ?? 0) : match.scratchBytes;
    const scratch = bytes ? allocate('arena', bytes, `${label}@scratch`).id : undefined;
    const table = match.table
      ? allocate('table', match.table.byteLength, `${label}@table`, { table: match.table }).id
      : undefined;
    return {
      ...(scratch !== undefined && { scratch }),
      ...(table !== undefined && { table }),
      ...(pieces > 1 && { pieces }),
    };
  }

  return {
    get(name) {
      const value = values.get(name);
      invariant(value, `value "${name}" is used before it is made`);
      return value;
    },
    find: (name) => values.get(name),
    define(value) {
      values.set(value.name, value);
      for (const [layout, buffer] of value.buffers) hold(value, layout, buffer);
    },
    holders: (buffer) => holders.get(buffer) ?? [],
    materialize,
    working,
    price(value, layout) {
      if (value.buffers.has(layout) || reachableFromHost(value, layout)) return 0;
      const found = route(value, layout);
      if (!found) return Number.POSITIVE_INFINITY;
      return value.constant && !value.mutable ? 0 : found.cost;
    },
    allocate,
    place,
    buffers,
    prologue,
    steps,
  };
}
