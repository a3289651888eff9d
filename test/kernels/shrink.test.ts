import { describe, expect, it } from 'vitest';
import { random, uniform } from '../../src/core/random.ts';
import { builds, place } from './harness.ts';

const lengths = [0, 1, 3, 15, 16, 17, 255, 4079, 4080, 4081, 9000];

interface Pattern {
  readonly block: readonly [number, number];
  readonly rows: number;
  readonly columns: number;
  /** Size of the axes behind that of the rows. */
  readonly after: number;
  readonly density: number;
}

const patterns: readonly Pattern[] = [
  { block: [1, 1], rows: 7, columns: 33, after: 1, density: 0.3 },
  { block: [1, 1], rows: 7, columns: 33, after: 33, density: 0.3 },
  { block: [1, 1], rows: 5, columns: 24, after: 4, density: 0.5 },
  { block: [1, 1], rows: 4, columns: 9, after: 1, density: 0 },
  { block: [1, 1], rows: 4, columns: 9, after: 9, density: 1 },
  { block: [4, 1], rows: 10, columns: 13, after: 1, density: 0.4 },
  { block: [2, 1], rows: 9, columns: 12, after: 12, density: 0.4 },
  { block: [1, 4], rows: 6, columns: 18, after: 1, density: 0.4 },
  { block: [3, 2], rows: 8, columns: 15, after: 5, density: 0.6 },
];

/** Row pointers and column indices of a random pattern, and what says where its weights are. */
function made({ block: [height, width], rows, columns, after, density }: Pattern, seed: number) {
  const generator = random(seed);
  const rowPointers = [0];
  const indices: number[] = [];
  for (let row = 0; row < rows; row += height) {
    for (let index = 0; index * width < columns; index++) if (uniform(generator) < density) indices.push(index);
    rowPointers.push(indices.length);
  }
  const rowOf = (entry: number) => height * (rowPointers.findIndex((pointer) => pointer > entry) - 1);
  /** Of each entry the weights: row, column, place in the tensor. */
  const weights = indices.map((index, entry) => {
    const own: { row: number; column: number; at: number; value: number }[] = [];
    for (let r = 0; r < height; r++)
      for (let c = 0; c < width; c++) {
        const [row, column] = [rowOf(entry) + r, index * width + c];
        if (row >= rows || column >= columns) continue;
        const at = (Math.floor(column / after) * rows + row) * after + (column % after);
        own.push({ row, column, at, value: (entry * height + r) * width + c });
      }
    return own;
  });
  return { rowPointers: Uint32Array.from(rowPointers), indices: Uint32Array.from(indices), weights, generator };
}

describe.each(builds)('mask_bits (%s)', (build) => {
  it.each(lengths)('of %i bytes', (n) => {
    const generator = random(n);
    for (const [align, kinds] of [
      [0, 2],
      [3, 256],
      [5, 1],
    ]) {
      const mask = Uint8Array.from({ length: n }, () => (kinds === 1 ? 255 : Math.floor(uniform(generator) * kinds)));
      const bench = place(build, [mask, Uint8Array.of(0)], align);
      const count = bench.exports.mask_bits(n, bench.at[0]);
      bench.release();
      const wanted = mask.map((byte) => Number(byte !== 0));
      expect(bench.read(0, mask)).toEqual(wanted);
      expect(count).toBe(wanted.reduce((sum, bit) => sum + bit, 0));
    }
  });
});

describe.each(builds)('select_kept (%s)', (build) => {
  const run = (pattern: Pattern, mask: Uint8Array, seed: number) => {
    const { rowPointers, indices } = made(pattern, seed);
    const total = mask.reduce((sum, bit) => sum + bit, 0);
    const { block, rows, columns, after } = pattern;
    const bench = place(build, [rowPointers, indices, mask, rowPointers.map(() => 77), indices.map(() => 77)]);
    const count = bench.exports.select_kept(...block, rows, columns, after, total, ...bench.at);
    bench.release();
    return { count, pointers: bench.read(3, rowPointers), kept: bench.read(4, indices) };
  };

  it.each(patterns.map((pattern, seed) => ({ ...pattern, seed })))(
    'blocks $block of [$rows, $columns] before $after',
    ({ seed, ...pattern }) => {
      const { rowPointers, weights, generator } = made(pattern, seed);
      for (const share of [0, 0.5, 1]) {
        const mask = new Uint8Array(pattern.rows * pattern.columns);
        const stay = weights.flatMap((own, entry) => {
          if (uniform(generator) >= share) return [];
          for (const { at } of own) mask[at] = 1;
          return [entry];
        });
        const { count, pointers, kept } = run(pattern, mask, seed);
        expect(count).toBe(stay.length);
        expect([...kept.subarray(0, count)]).toEqual(stay);
        expect([...pointers]).toEqual([...rowPointers].map((end) => stay.filter((entry) => entry < end).length));
      }
    },
  );

  it.each(patterns.map((pattern, seed) => ({ ...pattern, seed })).filter(({ density }) => density > 0 && density < 1))(
    'refuses more than blocks $block of [$rows, $columns] hold, and parts of them',
    ({ seed, ...pattern }) => {
      const { weights } = made(pattern, seed);
      const mask = new Uint8Array(pattern.rows * pattern.columns);
      for (const { at } of weights.flat()) mask[at] = 1;
      const more = mask.slice();
      more[mask.indexOf(0)] = 1;
      expect(run(pattern, more, seed).count).toBe(-1);
      const several = weights.find((own) => own.length > 1);
      if (!several) return;
      mask[several[1].at] = 0;
      expect(run(pattern, mask, seed).count).toBe(-1);
    },
  );
});

describe.each(builds)('compact_4 (%s)', (build) => {
  it.each([1, 2, 4, 8, 6])('units of %i words', (unit) => {
    for (const length of [0, 1, 2, 9, 40])
      for (const share of [0, 0.5, 1])
        for (const fill of [0, 0xff]) {
          const generator = random(length);
          const kept = Uint32Array.from({ length }, (_, i) => i).filter(() => uniform(generator) < share);
          const capacity = length * unit + 3;
          const x = Uint32Array.from({ length: capacity }, (_, i) => i + 1000);
          const bench = place(build, [kept, x]);
          bench.exports.compact_4(kept.length, unit, capacity, fill, ...bench.at);
          bench.release();
          const wanted = new Uint32Array(capacity).fill(fill === 0 ? 0 : 0xffffffff);
          wanted.set([...kept].flatMap((entry) => [...x.subarray(entry * unit, (entry + 1) * unit)]));
          expect(bench.read(1, x)).toEqual(wanted);
        }
  });
});

describe.each(builds)('transpose_pattern (%s)', (build) => {
  it.each(patterns.map((pattern, seed) => ({ ...pattern, seed })))(
    'blocks $block of [$rows, $columns]',
    ({ seed, ...pattern }) => {
      const { block, rows, columns } = pattern;
      const { rowPointers, indices, weights } = made(pattern, seed);
      const stored = weights.flat().sort((a, b) => a.column - b.column || a.row - b.row);
      const out = new Uint32Array(stored.length + 5).fill(77);
      const pointers = new Uint32Array(columns + 1).fill(77);
      const bench = place(build, [rowPointers, indices, pointers, out, out]);
      bench.exports.transpose_pattern(...block, rows, columns, 64, out.length, ...bench.at);
      bench.release();
      const ends = [...pointers.keys()].map((end) => stored.filter(({ column }) => column < end).length);
      expect([...bench.read(2, pointers)]).toEqual(ends);
      expect([...bench.read(3, out)]).toEqual([...stored.map(({ row }) => row * 64), 0, 0, 0, 0, 0]);
      const absent = new Array(5).fill(0xffffffff);
      expect([...bench.read(4, out)]).toEqual([...stored.map(({ value }) => value), ...absent]);
    },
  );
});
