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
    const own = [n * inputs, (n + 1) * inputs] as const;
    const [w, mask, out] = [weights.subarray(...own), keep.subarray(...own), solution.weights.subarray(...own)];
    let count = 0;
    for (let k = 0; k < inputs; k++) if (mask[k]) kept[count++] = k;
    const at = kept.subarray(0, count);
    const old = Float64Array.from(at, (k) => w[k]);
    system.keep(at);
    // What is left of the wanted products when the weights stay as they are.
    const rest = system.multiply(old);
    let energy = yy[n];
    for (let i = 0; i < count; i++) {
      const want = xy[n * stride + at[i]];
      rest[i] = want - rest[i];
      energy -= old[i] * (want + rest[i]);
    }
    const change = system.solve(rest);
    for (let i = 0; i < count; i++) {
      out[at[i]] = old[i] + change[i];
      change[i] = out[at[i]] - old[i];
    }
    const moved = system.multiply(change);
    let gained = 0;
    for (let i = 0; i < count; i++) gained += change[i] * (2 * rest[i] - moved[i]);
    if (!(gained > 0)) {
      gained = 0;
      for (const k of at) out[k] = w[k];
    }
    const offset = bias ? offsetOf(w, at, x, y[n], rows) : 0;
    if (bias) solution.shifts[n] = offsetOf(out, at, x, y[n], rows);
    wanted += yy[n];
    before += Math.max(0, energy) + rows * offset * offset;
    after += Math.max(0, energy - gained);
    const wait = pause();
    if (wait) await wait;
  }
  return { ...solution, before, after, wanted };
}

/** How far the mean output lies below the wanted one. */
function offsetOf(w: ArrayLike<number>, at: Uint32Array, x: Float64Array, y: number, rows: number): number {
  let sum = y;
  for (const k of at) sum -= w[k] * x[k];
  return rows === 0 ? 0 : sum / rows;
}

/** XX at the kept places of a row. */
interface System {
  keep(at: Uint32Array): void;
  multiply(p: Float64Array): Float64Array;
  /** Solves (XX + λ) · x = b. */
  solve(b: Float64Array): Float64Array;
}

/**
 * The numbers at the kept places are gathered into one matrix: its upper triangle stays what it is, the lower one with the
 * diagonal becomes the factor. Without any λ a little is added, so that inputs that never vary do no harm.
 */
function systemOf(xx: Float64Array, stride: number, lambda: number, mean: number): System {
  let matrix = new Float64Array();
  let diagonal = new Float64Array();
  let of = new Uint32Array();
  let factored = false;
  const gather = () => {
    const n = of.length;
    if (matrix.length < n * n) matrix = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      const row = of[i] * stride;
      for (let j = 0; j < n; j++) matrix[i * n + j] = xx[row + of[j]];
    }
    diagonal = Float64Array.from(of, (_, i) => matrix[i * n + i]);
  };
  const factor = () => {
    const n = of.length;
    for (let shift = Math.max(lambda, 1e-12 * mean); ; shift = Math.max(10 * shift, 1e-9 * mean), gather()) {
      for (let i = 0; i < n; i++) matrix[i * n + i] += shift;
      if (factorize(matrix, n)) return;
    }
  };
  return {
    keep(at) {
      if (at.length === of.length && at.every((k, i) => k === of[i])) return;
      of = at.slice();
      factored = false;
      gather();
    },
    multiply: (p) => multiply(matrix, diagonal, 0, p),
    solve(b) {
      const n = of.length;
      if (n === 0 || !(mean > 0)) return new Float64Array(n);
      if (n > DIRECT) return descend((p) => multiply(matrix, diagonal, lambda, p), diagonal, lambda, b);
      if (!factored) factor();
      factored = true;
      const change = b.slice();
      substitute(matrix, n, change);
      return change;
    },
  };
}

/** Where the squares of what is left, scaled, have fallen to TOLERANCE² of what they were, little is to be gained. */
const TOLERANCE = 1e-3;
const MAX_STEPS = 300;

/** Conjugate gradients, scaled by the diagonal. Every step lowers what is minimised: it may stop anywhere. */
function descend(
  product: (p: Float64Array) => Float64Array,
  diagonal: Float64Array,
  lambda: number,
  b: Float64Array,
): Float64Array {
  const n = b.length;
  const x = new Float64Array(n);
  const r = b.slice();
  const scaled = (i: number) => (diagonal[i] + lambda > 0 ? r[i] / (diagonal[i] + lambda) : 0);
  const p = Float64Array.from(r, (_, i) => scaled(i));
  let rz = dot(r, p);
  const enough = TOLERANCE * TOLERANCE * rz;
  for (let step = 0; step < MAX_STEPS && rz > enough; step++) {
    const ap = product(p);
    const pap = dot(p, ap);
    if (!(pap > 0)) break;
    const alpha = rz / pap;
    let next = 0;
    for (let i = 0; i < n; i++) {
      x[i] += alpha * p[i];
      r[i] -= alpha * ap[i];
      next += r[i] * scaled(i);
    }
    for (let i = 0; i < n; i++) p[i] = scaled(i) + (next / rz) * p[i];
    rz = next;
  }
  return x;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * (A + λ) · p of a symmetric matrix by its upper triangle and its diagonal, four rows at a time: each number that is read
 * serves its row and its column.
 */
function multiply(a: Float64Array, diagonal: Float64Array, lambda: number, p: Float64Array): Float64Array {
  const n = p.length;
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) out[i] = (diagonal[i] + lambda) * p[i];
  for (let i = 0; i < n; i += 4) {
    const height = Math.min(4, n - i);
    for (let row = i; row < i + height; row++)
      for (let j = row + 1; j < i + height; j++) {
        out[row] += a[row * n + j] * p[j];
        out[j] += a[row * n + j] * p[row];
      }
    if (height < 4) break;
    const [p0, p1, p2, p3] = [p[i], p[i + 1], p[i + 2], p[i + 3]];
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let j = i + 4, at = i * n + j; j < n; j++, at++) {
      const [a0, a1, a2, a3] = [a[at], a[at + n], a[at + 2 * n], a[at + 3 * n]];
      const value = p[j];
      s0 += a0 * value;
      s1 += a1 * value;
      s2 += a2 * value;
      s3 += a3 * value;
      out[j] += a0 * p0 + a1 * p1 + a2 * p2 + a3 * p3;
    }
    out[i] += s0;
    out[i + 1] += s1;
    out[i + 2] += s2;
    out[i + 3] += s3;
  }
  return out;
}
