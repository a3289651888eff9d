import { describe, expect, it } from 'vitest';
import { norm } from '../../src/kernels/norm.ts';
import { builds, distance, gaussian, place } from './harness.ts';
import { testRows } from './run-row.ts';

/** Means and deviations of the rows of a matrix, in doubles. */
function statistics(rows: readonly Float32Array[], epsilon: number) {
  return rows.map((row) => {
    const mean = row.reduce((sum, x) => sum + x, 0) / row.length;
    const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / row.length;
    return { mean, variance, invStd: 1 / Math.sqrt(variance + epsilon) };
  });
}

describe.each(builds)('layer norm (%s)', (build) => {
  it.each([
    [1, 1],
    [3, 2],
    [4, 7],
    [7, 33],
    [2, 1030],
    [0, 4],
  ])('[%i, %i] far from zero', (rows, columns) => {
    const x = gaussian(1, rows * columns).map((v) => v + 100);
    const [scale, bias] = [gaussian(2, columns), gaussian(3, columns)];
    const like = new Float32Array(rows * columns);
    const bench = place(build, [scale, bias, new Float32Array(rows), new Float32Array(rows), like, x], 4);
    const [s, b, mean, invStd, out, at] = bench.at;
    bench.exports.f32_layer_norm(rows, columns, 1e-5, at, s, b, out, mean, invStd);
    bench.release();
    const matrix = Array.from({ length: rows }, (_, r) => x.subarray(r * columns, (r + 1) * columns));
    const want = statistics(matrix, Math.fround(1e-5));
    const y = like.map((_, i) => {
      const { mean: m, invStd: v } = want[Math.floor(i / columns)];
      return (x[i] - m) * v * scale[i % columns] + bias[i % columns];
    });
    expect(distance(bench.read(4, like), y)).toBeLessThan(1e-4);
    const means = bench.read(2, new Float32Array(rows));
    expect(
      distance(
        means,
        want.map((row) => row.mean),
      ),
    ).toBeLessThan(1e-6);
    // No bias, no statistics wanted, in place.
    bench.exports.f32_layer_norm(rows, columns, 1e-5, at, s, 0, at, 0, 0);
    bench.release();
    expect(
      distance(
        bench.read(5, like),
        y.map((v, i) => v - bias[i % columns]),
      ),
    ).toBeLessThan(1e-4);
  });
});

describe.each(builds)('batch norm (%s)', (build) => {
  it.each([
    [1, 1, 5],
    [2, 3, 1],
    [3, 2, 7],
    [2, 5, 33],
  ])('[%i, %i, %i] in training', (batch, channels, inner) => {
    const n = batch * channels * inner;
    const x = gaussian(1, n).map((v) => 3 * v + 10);
    const per = (seed: number) => gaussian(seed, channels);
    const empty = new Float32Array(channels);
    const operands = [per(2), per(3), per(4), per(5).map(Math.abs), new Float32Array(n), empty, empty, empty, empty, x];
    const bench = place(build, operands, 4);
    const [scale, bias, mean, variance, out, newMean, newVar, savedMean, savedInvStd, at] = bench.at;
    const sizes = [batch, channels, inner, 1e-5, 0.8];
    bench.exports.f32_batch_norm_training(
      ...sizes,
      at,
      scale,
      bias,
      mean,
      variance,
      out,
      newMean,
      newVar,
      savedMean,
      savedInvStd,
    );
    bench.release();
    const channelOf = (i: number) => Math.floor(i / inner) % channels;
    const matrix = Array.from({ length: channels }, (_, c) => x.filter((_, i) => channelOf(i) === c));
    const want = statistics(matrix, Math.fround(1e-5));
    const y = x.map((v, i) => {
      const c = channelOf(i);
      return (v - want[c].mean) * want[c].invStd * operands[0][c] + operands[1][c];
    });
    expect(distance(bench.read(4, y), y)).toBeLessThan(2e-5);
    expect(
      distance(
        bench.read(5, empty),
        want.map((row, c) => 0.8 * operands[2][c] + 0.2 * row.mean),
      ),
    ).toBeLessThan(1e-6);
    expect(
      distance(
        bench.read(6, empty),
        want.map((row, c) => 0.8 * operands[3][c] + 0.2 * row.variance),
      ),
    ).toBeLessThan(2e-6);
    // Inference by the statistics of the batch gives the same.
    bench.exports.f32_batch_norm(batch, channels, inner, 1e-5, at, scale, bias, savedMean, variance, at);
    const given = x.map((v, i) => {
      const c = channelOf(i);
      return ((v - want[c].mean) / Math.sqrt(operands[3][c] + 1e-5)) * operands[0][c] + operands[1][c];
    });
    expect(distance(bench.read(9, y), given)).toBeLessThan(2e-5);
    bench.release();
  });
});

testRows(norm, 2e-5);
