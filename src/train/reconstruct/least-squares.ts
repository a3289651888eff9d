/** Least squares row by row: for each output feature its kept weights, and its bias, from the sums over all rows. */
import { factorize, substitute } from './cholesky.ts';
import { center, mirror, type Sums } from './gram.ts';

export interface Problem {
  /** [outputs][inputs]: where the weights should stay near. */
  readonly weights: Float64Array;
  /** [outputs][inputs]: 1 where there may be a weight. */
  readonly keep: Uint8Array;
  /** How much it costs to move a weight, as a share of the mean square of an input. */
  readonly ridge: number;
  /** Whether the bias may move too. */
  readonly bias: boolean;
  /** Awaited between rows, if there is something to await. */
  readonly pause: () => Promise<void> | undefined;
}

export interface Solution {
  /** [outputs][inputs], rounded to float32. */
  readonly weights: Float32Array;
  /** What to add to each bias. */
  readonly shifts: Float64Array;
  /** Sums of squares: of the error with the weights as they were, with the new ones, and of the wanted outputs. */
  readonly before: number;
  readonly after: number;
  readonly wanted: number;
}

/** Beyond this many kept weights a row is solved by conjugate gradients: a factor would cost the third power. */
const DIRECT = 640;

/**
 * Minimises |X w - y|² + λ |w - w₀|² over the kept weights of each row. Rows that keep the same weights as the row before
 * them share its factor. A row that comes out no better, for it was perfect or by rounding, stays as it was.
 *
 * @param sums centred here if the bias may move; they are of no use afterwards
 */
export async function solve(sums: Sums, { weights, keep, ridge, bias, pause }: Problem): Promise<Solution> {
  const { inputs, outputs, stride, rows, xx, xy, x, y, yy } = sums;
  if (bias) center(sums);
  else mirror(sums);
  const solution = { weights: new Float32Array(weights.length), shifts: new Float64Array(outputs) };
  let [before, after, wanted] = [0, 0, 0];
  let mean = 0;
  for (let i = 0; i < inputs; i++) mean += xx[i * stride + i] / inputs;
  const system = systemOf(xx, stride, ridge * mean, mean);

  const kept = new Uint32Array(inputs);
  for (let n = 0; n < outputs; n++) {
    const w = weights.subarray(n * inputs, (n + 1) * inputs);
    let count = 0;
    for (let k = 0; k < inputs; k++) if (keep[n * inputs + k]) kept[count++] = k;
    const at = kept.subarray(0, count);
    // What is left of the wanted products when the weights stay as they are.
    const rest = new Float64Array(count);
    let energy = yy[n];
    for (let i = 0; i < count; i++) {
      const row = at[i] * stride;
      let sum = 0;
      for (let j = 0; j < count; j++) sum += xx[row + at[j]] * w[at[j]];
      const want = xy[n * stride + at[i]];
      rest[i] = want - sum;
      energy -= w[at[i]] * (want + rest[i]);
    }
    const change = system(at, rest);
    const wait = pause();
    if (wait) await wait;
    const out = solution.weights.subarray(n * inputs, (n + 1) * inputs);
    for (let i = 0; i < count; i++) {
      out[at[i]] = w[at[i]] + change[i];
      change[i] = out[at[i]] - w[at[i]];
    }
    let gained = 0;
    for (let i = 0; i < count; i++) {
      const row = at[i] * stride;
      let sum = 0;
      for (let j = 0; j < count; j++) sum += xx[row + at[j]] * change[j];
      gained += change[i] * (2 * rest[i] - sum);
    }
    if (!(gained > 0)) {
      gained = 0;
      for (const k of at) out[k] = w[k];
    }
    const offset = bias ? offsetOf(w, at, x, y[n], rows) : 0;
    if (bias) solution.shifts[n] = offsetOf(out, at, x, y[n], rows);
    wanted += yy[n];
    before += Math.max(0, energy) + rows * offset * offset;
    after += Math.max(0, energy - gained);
  }
  return { ...solution, before, after, wanted };
}

/** How far the mean output lies below the wanted one. */
function offsetOf(w: ArrayLike<number>, at: Uint32Array, x: Float64Array, y: number, rows: number): number {
  let sum = y;
  for (const k of at) sum -= w[k] * x[k];
  return rows === 0 ? 0 : sum / rows;
}

/** Solves (XX + λ) at the kept places. Without any λ a little is added, so that inputs that never vary do no harm. */
function systemOf(xx: Float64Array, stride: number, lambda: number, mean: number) {
  let factor = new Float64Array();
  let of = new Uint32Array();
  const gather = (at: Uint32Array, shift: number) => {
    const n = at.length;
    if (factor.length !== n * n) factor = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      const row = at[i] * stride;
      for (let j = 0; j < n; j++) factor[i * n + j] = xx[row + at[j]];
      factor[i * n + i] += shift;
    }
  };
  return (at: Uint32Array, rest: Float64Array): Float64Array => {
    const n = at.length;
    if (n === 0 || !(mean > 0)) return new Float64Array(n);
    const same = n === of.length && at.every((k, i) => k === of[i]);
    let shift = Math.max(lambda, 1e-12 * mean);
    if (n > DIRECT) {
      if (!same) gather(at, shift);
      of = at.slice();
      return descend(factor, n, rest);
    }
    if (!same)
      for (gather(at, shift); !factorize(factor, n); gather(at, shift)) shift = Math.max(10 * shift, 1e-9 * mean);
    of = at.slice();
    const change = rest.slice();
    substitute(factor, n, change);
    return change;
  };
}

/** Conjugate gradients, scaled by the diagonal. Every step lowers what is minimised: it may stop anywhere. */
function descend(a: Float64Array, n: number, b: Float64Array): Float64Array {
  const x = new Float64Array(n);
  const r = b.slice();
  const z = new Float64Array(n);
  const p = new Float64Array(n);
  const ap = new Float64Array(n);
  let rz = 0;
  for (let i = 0; i < n; i++) {
    z[i] = r[i] / a[i * n + i];
    p[i] = z[i];
    rz += r[i] * z[i];
  }
  const enough = TOLERANCE * TOLERANCE * rz;
  for (let step = 0; step < MAX_STEPS && rz > enough; step++) {
    multiply(a, n, p, ap);
    let pap = 0;
    for (let i = 0; i < n; i++) pap += p[i] * ap[i];
    if (!(pap > 0)) break;
    const alpha = rz / pap;
    let next = 0;
    for (let i = 0; i < n; i++) {
      x[i] += alpha * p[i];
      r[i] -= alpha * ap[i];
      z[i] = r[i] / a[i * n + i];
      next += r[i] * z[i];
    }
    const beta = next / rz;
    for (let i = 0; i < n; i++) p[i] = z[i] + beta * p[i];
    rz = next;
  }
  return x;
}

const TOLERANCE = 1e-5;
const MAX_STEPS = 200;

/** out = A · p, four rows at a time. */
function multiply(a: Float64Array, n: number, p: Float64Array, out: Float64Array): void {
  let i = 0;
  for (; i + 3 < n; i += 4) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    const at = i * n;
    for (let j = 0; j < n; j++) {
      const value = p[j];
      s0 += a[at + j] * value;
      s1 += a[at + n + j] * value;
      s2 += a[at + 2 * n + j] * value;
      s3 += a[at + 3 * n + j] * value;
    }
    out[i] = s0;
    out[i + 1] = s1;
    out[i + 2] = s2;
    out[i + 3] = s3;
  }
  for (; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += a[i * n + j] * p[j];
    out[i] = sum;
  }
}
