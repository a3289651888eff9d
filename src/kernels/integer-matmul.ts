/**
 * Products of matrices of 8-bit numbers, exact in i32:
 *
 *     A [m, k] as rows of i16 pairs     B [k, n] as panels (layout pairs8)     sums [m, n]
 *
 * A has lost its zero point; that of B is taken out of the sums afterwards.
 */

import { sizeOf } from '../core/shape.ts';
import { type Product, productOf, type Run, runsOf } from './gemm.ts';
import type { Addresses, Call, Kernel, Match, Operand, Read, Request } from './kernel.ts';
import { PAIRS, pairsOf } from './layouts.ts';
import { wanted } from './match.ts';
import { isBytes, signOf } from './quantize.ts';

/** Products of pairs and sums of them in a microsecond. */
const MULTIPLY_ADDS = 12_000;

export const integerCost = (m: number, n: number, k: number) => 0.2 + (m * n * k) / MULTIPLY_ADDS + (m * k) / 500;

/** One number for all, or one for each of `count`: how far apart they lie. */
export function stepOf(parameter: Operand | undefined, count: number): number | undefined {
  if (!parameter || sizeOf(parameter.shape) === 1) return 0;
  return parameter.shape.length === 1 && parameter.shape[0] === count ? 1 : undefined;
}

/** Where the operands of a product stand among the inputs. */
interface Places {
  readonly a: number;
  readonly b: number;
  readonly aZero: number;
  readonly bZero: number;
}

interface Matrices extends Product {
  readonly runs: readonly Run[];
  readonly aStep: number;
  readonly bStep: number;
}

/** The product as runs of matrices, or why it is none. */
function matricesOf({ inputs }: Request, places: Places): Matrices | string {
  const [a, b] = [inputs[places.a], inputs[places.b]];
  if (!isBytes(a) || !isBytes(b)) return wanted('uint8 or int8 operands', [a, b]);
  const product = productOf({}, a.shape, b.shape);
  if (typeof product === 'string') return product;
  const [aStack, bStack] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  // One B for all: the leading axes of A are only more rows.
  const fold = sizeOf(bStack) === 1;
  const runs = fold ? runsOf([], []) : runsOf(aStack, bStack);
  const m = fold ? product.m * sizeOf(aStack) : product.m;
  const aStep = stepOf(inputs[places.aZero], a.shape.length === 2 ? m : Number.NaN);
  const bStep = stepOf(inputs[places.bZero], product.n);
  if (!runs || aStep === undefined || bStep === undefined)
    return wanted('zero points for all, rows of a matrix, or columns', inputs);
  return { ...product, m, runs, aStep, bStep };
}

/** Address of an input of the node that is among the reads; 0 for one that is absent. */
export function addressOf(reads: readonly Read[], at: Addresses, input: number): number {
  const place = reads.findIndex((read) => read.input === input);
  return place < 0 ? 0 : at.reads[place];
}

/** Working memory: A packed, and the sums of its rows. */
export const packedBytes = (m: number, k: number) => m * pairsOf(k) * 4;

/** The calls that make the sums at `out`. */
function multiply(
  request: Request,
  places: Places,
  sizes: Matrices,
  find: (input: number) => number,
  at: { scratch: number; out: number },
): Call[] {
  const { m, n, k, runs, aStep, bStep } = sizes;
  const [a, b] = [request.inputs[places.a], request.inputs[places.b]] as readonly [Operand, Operand];
  const bZero = find(places.bZero);
  const totals = at.scratch + packedBytes(m, k);
  const panelBytes = Math.ceil(n / 8) * pairsOf(k) * 32;
  return runs.flatMap(({ count, strides, starts }) =>
    Array.from({ length: count }, (_, i): Call[] => {
      const item = (operand: 0 | 1 | 2) => starts[operand] + i * strides[operand];
      const out = at.out + item(2) * m * n * 4;
      const from = find(places.a) + item(0) * m * k;
      const pack = [m, k, signOf(a), from, find(places.aZero), aStep, at.scratch, bZero && totals];
      const centre = { kernel: 'i32_centre_columns', args: [m, n, signOf(b), totals, bZero, bStep, out] };
      return [
        { kernel: 'i16_pack_rows', args: pack },
        { kernel: 'i16_gemm_4x8', args: [m, n, k, at.scratch, find(places.b) + item(1) * panelBytes, out] },
        ...(bZero ? [centre] : []),
      ];
    }).flat(),
  );
}

/** Predicted microseconds, and those in which the rows of A are packed, about as many as moving them. */
function costOf({ m, n, k, runs }: Matrices): Pick<Match, 'microseconds' | 'repacking'> {
  const count = runs.reduce((sum, run) => sum + run.count, 0);
  const whole = integerCost(m, n, k);
  return { microseconds: count * whole, repacking: count * Math.min(whole, (m * k) / 2000) };
}

const matrixExports = ['i16_gemm_4x8', 'i16_pack_rows', 'i32_centre_columns'];

/** All inputs as rows but B. */
export function readsOf({ inputs }: Request, b: number): Read[] {
  return inputs.flatMap((input, i) => (input ? [{ input: i, layout: i === b ? PAIRS : 'rows' }] : []));
}

const matmulInteger: Kernel = {
  name: 'i16_gemm_4x8',
  exports: matrixExports,
  op: 'matmulInteger',
  match(request) {
    const places = { a: 0, b: 1, aZero: 2, bZero: 3 };
    const sizes = matricesOf(request, places);
    if (typeof sizes === 'string') return sizes;
    const { m, k } = sizes;
    const reads = readsOf(request, places.b);
    return {
      reads,
      writes: ['rows'],
      ...costOf(sizes),
      scratchBytes: packedBytes(m, k) + m * 4,
      calls: (at) =>
        multiply(request, places, sizes, (input) => addressOf(reads, at, input), {
          scratch: at.scratch,
          out: at.writes[0],
        }),
    };
  },
};

const qlinearMatmul: Kernel = {
  name: 'i16_gemm_4x8',
  exports: [...matrixExports, 'i32_requantize'],
  op: 'qlinearMatmul',
  match(request) {
    const { inputs, outputs } = request;
    const places = { a: 0, b: 3, aZero: 2, bZero: 5 };
    const sizes = matricesOf(request, places);
    if (typeof sizes === 'string') return sizes;
    const { m, n, k } = sizes;
    const [aScale, bScale] = [stepOf(inputs[1], inputs[0]?.shape.length === 2 ? m : Number.NaN), stepOf(inputs[4], n)];
    if (aScale === undefined || bScale === undefined || stepOf(inputs[6], 1) !== 0 || stepOf(inputs[7], 1) !== 0)
      return wanted('scales for all, rows of a matrix, or columns', inputs);
    const reads = readsOf(request, places.b);
    const rows = sizeOf(outputs[0].shape) / Math.max(1, n);
    const sums = rows * n * 4;
    return {
      reads,
      writes: ['rows'],
      ...costOf(sizes),
      scratchBytes: sums + packedBytes(m, k) + m * 4,
      calls(at) {
        const find = (input: number) => addressOf(reads, at, input);
        const scales = [find(1), aScale, find(4), bScale, find(6), find(7)];
        return [
          ...multiply(request, places, sizes, find, { scratch: at.scratch + sums, out: at.scratch }),
          { kernel: 'i32_requantize', args: [rows, n, signOf(outputs[0]), at.scratch, 0, ...scales, at.writes[0]] },
        ];
      },
    };
  },
};

export const integerMatmulKernels: readonly Kernel[] = [matmulInteger, qlinearMatmul];
