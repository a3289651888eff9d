/** How a pruned weight is held while it trains, and how its pattern is found again afterwards. */
import { UsageError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import type { Constant, DenseConstant, SparseConstant } from '../formats/constant.ts';
import { densified } from '../formats/densify.ts';
import { placement } from '../formats/format.ts';
import { formats, keepOf } from '../formats/table.ts';
import { countKept } from './bits.ts';

/** What a sparse constant's encoding is, apart from which positions it stores. */
export type Pattern =
  | { readonly encoding: 'csr'; readonly outputAxis: number }
  | { readonly encoding: 'bsr'; readonly outputAxis: number; readonly block: readonly [number, number] }
  | {
      readonly encoding: 'nm';
      readonly outputAxis: number;
      readonly n: number;
      readonly m: number;
      readonly sharedRows: number;
    };

export interface PrunedWeight {
  readonly pattern: Pattern;
  /** 1 where the weight is kept, in the order of its shape. */
  readonly keep: Uint8Array;
}

/** From this share of zeros on, the sparse kernels beat dense ones with a mask in all three products of a step. */
const WORTH_SPARSE = 0.5;

export function patternOf(constant: SparseConstant): Pattern {
  const { outputAxis } = constant;
  if (constant.encoding === 'csr') return { encoding: 'csr', outputAxis };
  if (constant.encoding === 'bsr') return { encoding: 'bsr', outputAxis, block: constant.block };
  return { encoding: 'nm', outputAxis, n: constant.n, m: constant.m, sharedRows: constant.sharedRows };
}

export function samePattern(a: Pattern, b: Pattern | undefined): boolean {
  if (a.encoding !== b?.encoding || a.outputAxis !== b.outputAxis) return false;
  if (a.encoding === 'bsr') return b.encoding === 'bsr' && a.block[0] === b.block[0] && a.block[1] === b.block[1];
  if (a.encoding === 'nm') return b.encoding === 'nm' && a.n === b.n && a.m === b.m && a.sharedRows === b.sharedRows;
  return true;
}

export function encodeAs(pattern: Pattern, dense: DenseConstant, keep: Uint8Array): SparseConstant {
  const { shape } = dense;
  const data = dense.data as Float32Array;
  if (pattern.encoding === 'csr') return formats.csr.fromDense(data, shape, pattern.outputAxis, keep);
  if (pattern.encoding === 'bsr')
    return formats.bsr.fromDense(data, shape, pattern.outputAxis, keep, { block: pattern.block });
  const { n, m, sharedRows } = pattern;
  return formats.nm.fromDense(data, shape, pattern.outputAxis, keep, { n, m, sharedRows });
}

/** Throws UsageError unless the pattern can store exactly these positions of a weight of this shape, no more and no fewer. */
export function checkMask(name: string, shape: Shape, { pattern, keep }: PrunedWeight): void {
  let stored: Uint8Array | undefined;
  try {
    const zeros: DenseConstant = { encoding: 'dense', dtype: 'float32', shape, data: new Float32Array(keep.length) };
    // csr stores any positions: there is only the axis to check.
    if (pattern.encoding === 'csr') placement(shape, pattern.outputAxis);
    else if (pattern.encoding === 'nm') encodeAs(pattern, zeros, keep);
    else stored = keepOf(encodeAs(pattern, zeros, keep));
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`mask of "${name}": ${error.message}`);
    throw error;
  }
  const part = stored?.findIndex((bit, i) => bit !== keep[i]) ?? -1;
  if (part >= 0)
    throw new UsageError(`mask of "${name}": want whole blocks kept or pruned, got one in part at ${part}`);
}

export interface TrainingForm {
  /** Sparse when its zeros pay, else dense with zeros. */
  readonly constant: Constant;
  /** For a dense one: 1 where kept, 0 where not. */
  readonly mask?: DenseConstant;
}

/**
 * The form in which a pruned weight trains; 'N:M' weights train as csr, whose kernels take gradients at the positions. `dense`:
 * with a mask, however many zeros there are.
 */
export function trainingForm(constant: Constant, { pattern, keep }: PrunedWeight, dense = false): TrainingForm {
  const whole = densified(constant);
  if (keep.length !== whole.data.length)
    throw new UsageError(`mask: want ${whole.data.length} elements, got ${keep.length}`);
  const data = (whole.data as Float32Array).map((value, i) => (keep[i] ? value : 0));
  const plain: DenseConstant = { encoding: 'dense', dtype: 'float32', shape: whole.shape, data };
  // Rounding must not decide: pruned to just this share, a weight has up to half a zero less.
  if (dense || keep.length - countKept(keep) + 0.5 < WORTH_SPARSE * keep.length)
    return { constant: plain, mask: { ...plain, data: Float32Array.from(keep) } };
  const form: Pattern = pattern.encoding === 'nm' ? { encoding: 'csr', outputAxis: pattern.outputAxis } : pattern;
  return { constant: encodeAs(form, plain, keep) };
}

/** A weight with the mask of a constant. The mask is as long as the dense weight: it is made when first asked for. */
export function prunedAs(pattern: Pattern, constant: SparseConstant): PrunedWeight {
  let keep: Uint8Array | undefined;
  return {
    pattern,
    get keep() {
      keep ??= keepOf(constant);
      return keep;
    },
  };
}

/** The pruned weights of a graph as it comes. */
export function prunedOf(constants: ReadonlyMap<string, Constant>): Map<string, PrunedWeight> {
  const pruned = new Map<string, PrunedWeight>();
  for (const [name, constant] of constants)
    if (constant.encoding !== 'dense') pruned.set(name, { pattern: patternOf(constant), keep: keepOf(constant) });
  return pruned;
}
