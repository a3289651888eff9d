/** Dense matrix products. */
import type { Attributes } from '../core/attributes.ts';
import { broadcast, broadcastStrides, format, type Shape, sizeOf } from '../core/shape.ts';
import { gemmCost } from './cost.ts';
import { type Bounds, biasAt, EPILOGUE, epilogueOf, epilogueReads, finishCalls } from './epilogue.ts';
import { COLUMNS, nearParts, type Part, ROWS, WIDE_COLUMNS } from './gemm-parts.ts';
import { type Addresses, type Call, isPlain, type Kernel, type Match, type Request, type Split } from './kernel.ts';
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
}

/** The transposes of a matmul, or the reason why they are none. */
export function transposesOf(attributes: Attributes): { transposeA: boolean; transposeB: boolean } | string {
  const { transposeA = false, transposeB = false } = attributes;
  if (typeof transposeA !== 'boolean') return `transposeA wants a boolean, got ${transposeA}`;
  if (typeof transposeB !== 'boolean') return `transposeB wants a boolean, got ${transposeB}`;
  return { transposeA, transposeB };
}

/** Sizes of a matmul of [..., m, k] and [..., k, n], or why it is none. */
export function productOf(attributes: Attributes, a: Shape, b: Shape): Product | string {
  if (a.length < 2 || b.length < 2 || a.length > 8 || b.length > 8)
    return `wants operands of rank 2 to 8, got ${format(a)} x ${format(b)}`;
  const transposes = transposesOf(attributes);
  if (typeof transposes === 'string') return transposes;
  const [m, k] = transposes.transposeA ? a.slice(-2).reverse() : a.slice(-2);
  const [depth, n] = transposes.transposeB ? b.slice(-2).reverse() : b.slice(-2);
  if (k !== depth)
    return `wants [..., m, k] x [..., k, n], got ${format(a)} x ${format(b)} (${JSON.stringify(transposes)})`;
  return { m, n, k, ...transposes };
}

function match(request: Request): Match | string {
  const { attributes, inputs, engine } = request;
  const [a, b] = inputs;
  if (!isPlain(a) || !isPlain(b)) return 'wants two dense float32 operands';
  const product = productOf(attributes, a.shape, b.shape);
  if (typeof product === 'string') return product;
  const { n, k, transposeA, transposeB } = product;
  const epilogue = epilogueOf(request, n);
  if (typeof epilogue === 'string') return epilogue;
  const aStack = a.shape.slice(0, -2);
  const bStack = b.shape.slice(0, -2);

  // One B for all: the leading axes of A are only more rows.
  const fold = !transposeA && sizeOf(bStack) === 1;
  const m = fold ? product.m * sizeOf(aStack) : product.m;
  const runs = fold ? runsOf([], []) : runsOf(aStack, bStack);
  if (!runs) return `wants leading axes that broadcast, got ${format(a.shape)} x ${format(b.shape)}`;
  const bSize = Math.ceil(n / 8) * 8 * k;
  const call = (at: Addresses, { strides, starts }: Run, part: Part): Call[] => {
    const [aAt, bAt] = at.reads;
    const bias = biasAt(epilogue, at);
    const [[first, items], [row, rows], [column, columns]] = [part.batch, part.rows, part.columns];
    const aSteps = transposeA ? ([1, m] as const) : ([k, 1] as const);
    const item = (i: 0 | 1 | 2) => starts[i] + first * strides[i];
    const c = item(2) * m * n + row * n + column;
    const multiply = gemmCall({
      batch: items,
      ...{ m: rows, n: columns, k, bounds: epilogue.bounds },
      a: aAt + (item(0) * m * k + row * aSteps[0]) * 4,
      aStrides: [strides[0] * m * k, ...aSteps],
      b: bAt + (item(1) * bSize + column * k) * 4,
      bBatch: strides[1] * bSize,
      biasColumns: bias && bias + column * 4,
      c: at.writes[0] + c * 4,
      cBatch: strides[2] * m * n,
      cRow: n,
    });
    // Several items are whole matrices.
    const stretch = items > 1 ? { rows: items, n: m * n, row: strides[2] * m * n } : { rows, n: columns, row: n };
    return [multiply, ...finishCalls(epilogue, at, { first: c, ...stretch })];
  };
  const calls = (at: Addresses, run: Run, part: Partial<Part>): Call[] => {
    const all: Part = { batch: [0, run.count], rows: [0, m], columns: [0, n], ...part };
    return (epilogue.finish ? nearParts(all, { m, n, k }) : [all]).flatMap((near) => call(at, run, near));
  };
  const axis = (key: keyof Part, extent: number, unit: number): Split => ({
    extent,
    unit,
    calls: (at, first, count) => runs.flatMap((run) => calls(at, run, { [key]: [first, count] })),
  });
  const byRun: Split = {
    extent: runs.length,
    unit: 1,
    calls: (at, first, count) => runs.slice(first, first + count).flatMap((run) => calls(at, run, {})),
  };
  return along(
    {
      reads: [
        { input: 0, layout: 'rows' },
        { input: 1, layout: transposeB ? 'columns8t' : 'columns8' },
        ...epilogueReads(epilogue),
      ],
      writes: ['rows'],
      microseconds: runs.reduce((sum, { count }) => sum + gemmCost(count, m, n, k, engine), epilogue.microseconds),
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

export const gemmKernels: readonly Kernel[] = [
  { name: 'f32_gemm_4x8', exports: ['f32_gemm_4x8', EPILOGUE], op: 'matmul', match },
];
