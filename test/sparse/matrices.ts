/** Random sparse matrices for the tests of lacewing/sparse, and the slow truth: triplet loops in double precision. */
import * as fc from 'fast-check';
import { normal, random, uniform } from '../../src/core/random.ts';
import { type Layout, type LayoutOptions, SparseTensor, Tensor } from '../../src/sparse/index.ts';

export type Triplet = readonly [row: number, column: number, value: number];

/** Every layout, the ones that have a choice more than once. N:M takes any pattern when n = m. */
export const allLayouts: readonly (readonly [Layout, LayoutOptions])[] = [
  ['coo', {}],
  ['csr', {}],
  ['csc', {}],
  ['bsr', { block: [1, 1] }],
  ['bsr', { block: [4, 1] }],
  ['bsr', { block: [2, 1] }],
  ['bsr', { block: [3, 2] }],
  ['bsr', { block: [8, 5] }],
  ['nm', { n: 4, m: 4 }],
  ['nm', { n: 3, m: 3, sharedRows: 4 }],
];

export const nameOf = ([layout, options]: readonly [Layout, LayoutOptions]) =>
  `${layout} ${JSON.stringify(options)}`.replace(' {}', '');

/** Entries of a random pattern, row by row; stored zeros among them. */
export function triplets(seed: number, [rows, columns]: readonly [number, number], density: number): Triplet[] {
  const generator = random(seed);
  const out: Triplet[] = [];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      if (uniform(generator) < density) {
        const value = uniform(generator) < 0.05 ? 0 : Math.fround(normal(generator));
        out.push([row, column, value]);
      }
  return out;
}

export function tensorOf(
  shape: readonly [number, number],
  entries: readonly Triplet[],
  [layout, options]: readonly [Layout, LayoutOptions] = ['csr', {}],
): SparseTensor {
  const [rows, columns, values] = [0, 1, 2].map((i) => entries.map((entry) => entry[i]));
  return SparseTensor.fromTriplets(shape, rows, columns, values, { layout, ...options });
}

export function denseTensor(seed: number, rows: number, columns: number): Tensor<'float32'> {
  const generator = random(seed);
  return new Tensor(
    'float32',
    Float32Array.from({ length: rows * columns }, () => normal(generator)),
    [rows, columns],
  );
}

/** Entries times dense [k, t]. */
export function timesDense(
  [rows]: readonly [number, number],
  entries: readonly Triplet[],
  dense: Float32Array,
  t: number,
) {
  const out = new Float64Array(rows * t);
  for (const [row, column, value] of entries)
    for (let j = 0; j < t; j++) out[row * t + j] += value * dense[column * t + j];
  return out;
}

/** Dense [t, r] times entries. */
export function denseTimes(
  [rows, columns]: readonly [number, number],
  dense: Float32Array,
  t: number,
  entries: readonly Triplet[],
) {
  const out = new Float64Array(t * columns);
  for (const [row, column, value] of entries)
    for (let i = 0; i < t; i++) out[i * columns + column] += dense[i * rows + row] * value;
  return out;
}

export function scattered([rows, columns]: readonly [number, number], entries: readonly Triplet[]): Float64Array {
  const out = new Float64Array(rows * columns);
  for (const [row, column, value] of entries) out[row * columns + column] += value;
  return out;
}

/** A shape and entries at distinct positions, values of every kind. */
export const anyMatrix = fc.tuple(fc.nat(9), fc.nat(9)).chain(([rows, columns]) =>
  fc.record({
    shape: fc.constant([rows, columns] as const),
    entries: fc.uniqueArray(
      fc.tuple(
        fc.nat(Math.max(0, rows - 1)),
        fc.nat(Math.max(0, columns - 1)),
        fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 1e-40)),
      ),
      { selector: ([row, column]) => row * 10 + column, maxLength: rows * columns === 0 ? 0 : 40 },
    ),
  }),
);

/** Row-major numbers, NaN and all, that can be compared by toEqual; -0 as 0. */
export function plain(numbers: ArrayLike<number>): number[] {
  return Array.from(numbers, (value) => (value === 0 ? 0 : Math.fround(value)));
}
