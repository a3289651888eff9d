/** Dense matrix products. */
import type { Attributes } from '../core/attributes.ts';
import { broadcast, broadcastStrides, format, type Shape, sizeOf } from '../core/shape.ts';
import { gemmCost } from './cost.ts';
import { type Bounds, boundsOf } from './epilogue.ts';
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
import { along, finest } from './split.ts';

/** The arguments of f32_gemm_4x8 by name; strides in floats. */
export interface Gemm {
  readonly batch?: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: number;
  readonly aStrides: readonly [batch: number, row: number, column: number];
  readonly b: number;
  readonly bBatch?: number;
  readonly biasRows?: number;
  readonly biasColumns?: number;
  readonly bounds: Bounds;
  readonly accumulate?: boolean;
  readonly c: number;
  readonly cBatch?: number;
  readonly cRow: number;
}

export function gemmCall(g: Gemm): Call {
  return {
    kernel: 'f32_gemm_4x8',
    args: [
      ...[g.batch ?? 1, g.m, g.n, g.k, g.a, ...g.aStrides, g.b, g.bBatch ?? 0],
      ...[g.biasRows ?? 0, g.biasColumns ?? 0, g.bounds.lo, g.bounds.hi, g.accumulate ? 1 : 0],
      ...[g.c, g.cBatch ?? 0, g.cRow],
    ],
  };
}

/** A run of matrices with uniform strides, and where it starts; all in matrices. */
export interface Run {
  readonly count: number;
  readonly strides: readonly [a: number, b: number, c: number];
  readonly starts: readonly [a: number, b: number, c: number];
}

interface Axis {
  readonly extent: number;
  readonly strides: readonly [number, number, number];
}

/** The NumPy broadcast of two stacks of matrices as few runs of uniform stride; undefined when the stacks do not fit. */
export function runsOf(aStack: Shape, bStack: Shape): Run[] | undefined {
  const stack = broadcast(aStack, bStack);
  if (!stack) return undefined;
  const a = broadcastStrides(aStack, stack);
  const b = broadcastStrides(bStack, stack);
  const axes: Axis[] = [];
  let inner = 1;
  for (let i = stack.length - 1; i >= 0; i--) {
    const extent = stack[i];
    if (extent === 0) return [];
    if (extent === 1) continue;
    const last = axes[axes.length - 1];
    // An axis that goes on where the one inside it ends becomes one with it.
    if (last && a[i] === last.strides[0] * last.extent && b[i] === last.strides[1] * last.extent)
      axes[axes.length - 1] = { extent: last.extent * extent, strides: last.strides };
    else axes.push({ extent, strides: [a[i], b[i], inner] });
    inner *= extent;
  }
  const longest = axes.reduce((best, axis) => (axis.extent > best.extent ? axis : best), {
    extent: 1,
    strides: [0, 0, 0],
  } as Axis);
  let starts: Run['starts'][] = [[0, 0, 0]];
  for (const axis of axes) {
    if (axis === longest) continue;
    const [da, db, dc] = axis.strides;
    starts = Array.from({ length: axis.extent }, (_, i) =>
      starts.map(([x, y, z]): Run['starts'] => [x + i * da, y + i * db, z + i * dc]),
    ).flat();
  }
  return starts.map((start) => ({ count: longest.extent, strides: longest.strides, starts: start }));
}

export interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly bounds: Bounds;
}

/** The transposes of a matmul, or the reason why they are none. */
export function transposesOf(attributes: Attributes): { transposeA: boolean; transposeB: boolean } | string {
  const { transposeA = false, transposeB = false } = attributes;
  if (typeof transposeA !== 'boolean') return `transposeA wants a boolean, got ${transposeA}`;
  if (typeof transposeB !== 'boolean') return `transposeB wants a boolean, got ${transposeB}`;
  return { transposeA, transposeB };
}

/** Sizes and epilogue of a matmul of [..., m, k] and [..., k, n], or why it is none. The bias, if any, is [n]. */
export function productOf(attributes: Attributes, a: Shape, b: Shape, bias: Operand | undefined): Product | string {
  if (a.length < 2 || b.length < 2 || a.length > 8 || b.length > 8)
    return `wants operands of rank 2 to 8, got ${format(a)} x ${format(b)}`;
  const transposes = transposesOf(attributes);
  const bounds = boundsOf(attributes);
  if (typeof transposes === 'string') return transposes;
  if (typeof bounds === 'string') return bounds;
  const [m, k] = transposes.transposeA ? a.slice(-2).reverse() : a.slice(-2);
  const [depth, n] = transposes.transposeB ? b.slice(-2).reverse() : b.slice(-2);
  if (k !== depth)
    return `wants [..., m, k] x [..., k, n], got ${format(a)} x ${format(b)} (${JSON.stringify(transposes)})`;
  if (bias && !isPlain(bias)) return 'wants a dense float32 bias';
  if (bias && (sizeOf(bias.shape) !== n || bias.shape[bias.shape.length - 1] !== n))
    return `wants a bias [${n}], got ${format(bias.shape)}`;
  return { m, n, k, ...transposes, bounds };
}

function match({ attributes, inputs: [a, b, bias], engine }: Request): Match | string {
  if (!isPlain(a) || !isPlain(b)) return 'wants two dense float32 operands';
  const product = productOf(attributes, a.shape, b.shape, bias);
  if (typeof product === 'string') return product;
  const { n, k, transposeA, transposeB, bounds } = product;
  const aStack = a.shape.slice(0, -2);
  const bStack = b.shape.slice(0, -2);

  // One B for all: the leading axes of A are only more rows.
  const fold = !transposeA && sizeOf(bStack) === 1;
  const m = fold ? product.m * sizeOf(aStack) : product.m;
  const runs = fold ? runsOf([], []) : runsOf(aStack, bStack);
  if (!runs) return `wants leading axes that broadcast, got ${format(a.shape)} x ${format(b.shape)}`;
  const bSize = Math.ceil(n / 8) * 8 * k;
  const all: Part = { batch: [0, runs[0]?.count ?? 0], rows: [0, m], columns: [0, n] };
  const call = (at: Addresses, { count, strides, starts }: Run, part: Part): Call => {
    const [aAt, bAt, biasAt] = at.reads;
    const [items, [row, rows], [column, columns]] = [part.batch, part.rows, part.columns];
    const aSteps = transposeA ? ([1, m] as const) : ([k, 1] as const);
    const item = (i: 0 | 1 | 2) => starts[i] + items[0] * strides[i];
    return gemmCall({
      batch: Math.min(count, items[1]),
      ...{ m: rows, n: columns, k, bounds },
      a: aAt + (item(0) * m * k + row * aSteps[0]) * 4,
      aStrides: [strides[0] * m * k, ...aSteps],
      b: bAt + (item(1) * bSize + column * k) * 4,
      bBatch: strides[1] * bSize,
      biasColumns: biasAt ? biasAt + column * 4 : 0,
      c: at.writes[0] + (item(2) * m * n + row * n + column) * 4,
      cBatch: strides[2] * m * n,
      cRow: n,
    });
  };
  const whole = runs.length === 1 ? all : { ...all, batch: [0, Number.POSITIVE_INFINITY] as const };
  const axis = (key: keyof Part, extent: number, unit: number): Split => ({
    extent,
    unit,
    calls: (at, first, count) => runs.map((run) => call(at, run, { ...whole, [key]: [first, count] })),
  });
  const byRun: Split = {
    extent: runs.length,
    unit: 1,
    calls: (at, first, count) => runs.slice(first, first + count).map((run) => call(at, run, whole)),
  };
  return along(
    {
      reads: [
        { input: 0, layout: 'rows' },
        { input: 1, layout: transposeB ? 'columns8t' : 'columns8' },
        ...(bias ? [{ input: 2, layout: 'rows' }] : []),
      ],
      writes: ['rows'],
      microseconds: runs.reduce((sum, { count }) => sum + gemmCost(count, m, n, k, engine), 0),
    },
    runs.length !== 1
      ? byRun
      : finest([
          axis('batch', runs[0].count, 1),
          axis('columns', n, m === 1 ? WIDE_COLUMNS : COLUMNS),
          ...(m % ROWS === 1 ? [] : [axis('rows', m, ROWS)]),
        ]),
  );
}

/** Of a product [batch][rows][columns] in each axis the first and how many. */
interface Part {
  readonly batch: readonly [number, number];
  readonly rows: readonly [number, number];
  readonly columns: readonly [number, number];
}

/**
 * Where the kernel's sums do not depend on where it began: rows in fours, columns in panels of 8 (two, to end with a cache
 * line), or four panels when there is one row. A last row alone would take the way of a single row, so m = 4 i + 1 is not
 * cut by rows.
 */
const ROWS = 4;
const COLUMNS = 16;
const WIDE_COLUMNS = 32;

export const gemmKernels: readonly Kernel[] = [
  { name: 'f32_gemm_4x8', exports: ['f32_gemm_4x8'], op: 'matmul', match },
];
