import { describe, expect, it } from 'vitest';
import { normal, random, uniform } from '../../../src/core/random.ts';
import { factorize, substitute } from '../../../src/train/reconstruct/cholesky.ts';
import { addRows, CHUNK, columnStart, panels, type Sums, sumsOf } from '../../../src/train/reconstruct/gram.ts';
import { solve } from '../../../src/train/reconstruct/least-squares.ts';
import { eliminate } from './plain.ts';

const never = () => undefined;

/** Positive definite: X·Xᵀ of noise, and some of the identity. */
function definite(n: number, seed: number): Float64Array {
  const x = Float64Array.from({ length: n * n }, noise(seed));
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = i === j ? 0.1 : 0;
    for (let p = 0; p < n; p++) sum += x[i * n + p] * x[j * n + p];
    return sum;
  });
}

function noise(seed: number): () => number {
  const generator = random(seed);
  return () => normal(generator);
}

/** Rows of x in the chunks that the sums want, with outputs that follow x but for some noise. */
function filled(inputs: number, outputs: number, rows: number): { sums: Sums; x: Float64Array; y: Float64Array } {
  const draw = noise(inputs + rows);
  const x = Float64Array.from({ length: rows * inputs }, () => 1 + draw());
  const y = Float64Array.from({ length: rows * outputs }, (_, i) => x[Math.floor(i / outputs) * inputs] + draw());
  const sums = sumsOf(inputs, outputs);
  const [xs, ys] = [panels(inputs), panels(outputs)];
  for (let from = 0; from < rows; from += CHUNK) {
    const count = Math.min(CHUNK, rows - from);
    for (let row = 0; row < count; row++) {
      for (let k = 0; k < inputs; k++) xs.data[columnStart(k) + 4 * row] = x[(from + row) * inputs + k];
      for (let n = 0; n < outputs; n++) ys.data[columnStart(n) + 4 * row] = y[(from + row) * outputs + n];
    }
    addRows(sums, xs, ys, count);
  }
  return { sums, x, y };
}

describe('factorize', () => {
  it.each([1, 2, 3, 4, 5, 7, 8, 30])('%i: solves what it factors, and leaves the upper triangle alone', (n) => {
    const a = definite(n, n);
    const l = a.slice();
    expect(factorize(l, n)).toBe(true);
    const b = Float64Array.from({ length: n }, noise(2));
    const rows = Array.from({ length: n }, (_, i) => [...a.subarray(i * n, (i + 1) * n)]);
    const expected = eliminate(rows, [...b]);
    substitute(l, n, b);
    b.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 7));
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) expect(l[i * n + j]).toBe(a[i * n + j]);
  });

  it('refuses what is not positive definite', () => {
    expect(factorize(Float64Array.of(1, 2, 2, 1), 2)).toBe(false);
    expect(factorize(new Float64Array(25), 5)).toBe(false);
  });
});

describe('sums', () => {
  it.each([
    [5, 3, 300],
    [4, 4, 128],
    [1, 1, 1],
  ])('of %i inputs and %i outputs over %i rows', (inputs, outputs, rows) => {
    const { sums, x, y } = filled(inputs, outputs, rows);
    expect(sums.rows).toBe(rows);
    const over = (f: (row: number) => number) =>
      Array.from({ length: rows }, (_, row) => f(row)).reduce((a, b) => a + b);
    for (let i = 0; i < inputs; i++) {
      expect(sums.x[i]).toBeCloseTo(
        over((row) => x[row * inputs + i]),
        8,
      );
      for (let j = 0; j <= i; j++)
        expect(sums.xx[i * sums.stride + j]).toBeCloseTo(
          over((row) => x[row * inputs + i] * x[row * inputs + j]),
          8,
        );
      for (let n = 0; n < outputs; n++)
        expect(sums.xy[n * sums.stride + i]).toBeCloseTo(
          over((row) => x[row * inputs + i] * y[row * outputs + n]),
          8,
        );
    }
    for (let n = 0; n < outputs; n++)
      expect(sums.yy[n]).toBeCloseTo(
        over((row) => y[row * outputs + n] ** 2),
        8,
      );
  });
});

describe('solve', () => {
  const shape = { inputs: 12, outputs: 3 };
  const start = () => Float64Array.from({ length: 36 }, noise(3));
  const keep = Uint8Array.from({ length: 36 }, (_, i) => (i % 3 === 0 ? 0 : 1));

  it('says by how much the error falls', async () => {
    for (const bias of [true, false]) {
      const { sums, x, y } = filled(shape.inputs, shape.outputs, 200);
      const weights = start();
      const found = await solve(sums, { weights, keep, ridge: 0.01, bias, pause: never });
      const error = (w: ArrayLike<number>, shifts: ArrayLike<number>) => {
        let sum = 0;
        for (let row = 0; row < 200; row++)
          for (let n = 0; n < 3; n++) {
            let output = shifts[n];
            for (let k = 0; k < 12; k++) output += keep[n * 12 + k] * w[n * 12 + k] * x[row * 12 + k];
            sum += (output - y[row * 3 + n]) ** 2;
          }
        return sum;
      };
      expect(found.before).toBeCloseTo(error(weights, [0, 0, 0]), 6);
      expect(found.after).toBeCloseTo(error(found.weights, found.shifts), 6);
      expect(found.after).toBeLessThan(found.before);
      if (!bias) expect([...found.shifts]).toEqual([0, 0, 0]);
    }
  });

  it('leaves alone what cannot be known: inputs that never vary, no inputs, no rows', async () => {
    const sums = sumsOf(3, 1);
    const [xs, ys] = [panels(3), panels(1)];
    const generator = random(4);
    for (let row = 0; row < CHUNK; row++) {
      xs.data[columnStart(0) + 4 * row] = uniform(generator);
      xs.data[columnStart(1) + 4 * row] = 7;
      ys.data[4 * row] = 2 * xs.data[4 * row];
    }
    addRows(sums, xs, ys, CHUNK);
    const weights = Float64Array.of(1, 5, 6);
    const problem = { weights, keep: Uint8Array.of(1, 1, 1), ridge: 0, bias: true, pause: never };
    const found = await solve(sums, problem);
    expect(found.weights[0]).toBeCloseTo(2, 5);
    expect([...found.weights.subarray(1)]).toEqual([5, 6]);
    expect(found.shifts[0]).toBeCloseTo(-35, 3);

    const none = await solve(sumsOf(3, 1), problem);
    expect([...none.weights]).toEqual([1, 5, 6]);
    expect(none).toMatchObject({ before: 0, after: 0 });
    expect((await solve(sumsOf(3, 1), { ...problem, keep: new Uint8Array(3) })).weights).toEqual(new Float32Array(3));
  });

  it('many kept weights come out the same by conjugate gradients', async () => {
    const [inputs, kept] = [680, 660];
    const mask = Uint8Array.from({ length: inputs }, (_, i) => (i < kept ? 1 : 0));
    const weights = Float64Array.from({ length: inputs }, noise(5));
    const { sums, x, y } = filled(inputs, 1, 720);
    const found = await solve(sums, { weights, keep: mask, ridge: 0.01, bias: false, pause: never });
    const a = Float64Array.from({ length: kept * kept }, () => 0);
    const b = new Float64Array(kept);
    let lambda = 0;
    for (let row = 0; row < 720; row++) for (let k = 0; k < inputs; k++) lambda += x[row * inputs + k] ** 2;
    lambda *= 0.01 / inputs;
    for (let i = 0; i < kept; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = i === j ? lambda : 0;
        for (let row = 0; row < 720; row++) sum += x[row * inputs + i] * x[row * inputs + j];
        a[i * kept + j] = sum;
      }
      b[i] = lambda * weights[i];
      for (let row = 0; row < 720; row++) b[i] += x[row * inputs + i] * y[row];
    }
    const factor = a.slice();
    expect(factorize(factor, kept)).toBe(true);
    substitute(factor, kept, b);
    // By how much weights miss the least that there is.
    const missed = (w: ArrayLike<number>) => {
      let sum = 0;
      for (let i = 0; i < kept; i++)
        for (let j = 0; j <= i; j++) sum += (i === j ? 1 : 2) * a[i * kept + j] * (w[i] - b[i]) * (w[j] - b[j]);
      return sum;
    };
    expect(missed(found.weights) / missed(weights)).toBeLessThan(1e-4);
    expect(found.weights.subarray(kept).every((weight) => weight === 0)).toBe(true);
  });
});
