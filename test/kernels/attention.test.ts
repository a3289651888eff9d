import { describe, expect, it } from 'vitest';
import { attentionKernels } from '../../src/kernels/attention.ts';
import { attention } from '../../src/ops/attention.ts';
import { builds, distance, expectSame, gaussian } from './harness.ts';
import { runRow, testRows, type Value } from './run-row.ts';

const [row] = attentionKernels;
const defaults = { headSizes: [], starts: [], scale: 0, causal: false, tokensFirst: false };

interface Case {
  readonly operands: readonly (readonly [shape: readonly number[], data: Float32Array])[];
  readonly attributes: Readonly<Record<string, number | boolean | readonly number[]>>;
}

/** What the kernel makes of the operands in a build, and what the op's reference does. */
function run({ operands, attributes: given }: Case, build: string): { got: Float32Array; want: Float64Array } {
  const attributes = { ...defaults, ...given };
  const inputs = operands.map(([shape, data]): Value => ({ dtype: 'float32', shape, layout: 'rows', data }));
  const node = { op: 'attention', name: 'n', inputs: [], outputs: [], attributes: {} };
  const call = { node, attributes, types: inputs, constants: [] };
  const outputs = attention.infer(call).map((type) => ({ ...type, layout: 'rows' }));
  const made = runRow(row, { op: 'attention', attributes, inputs, outputs }, build);
  if (typeof made === 'string') throw new Error(made);
  const arrays = inputs.map(({ shape, data }) => ({
    dtype: 'float32' as const,
    shape,
    data: Float64Array.from(data as Float32Array),
  }));
  return { got: made.outputs[0] as Float32Array, want: attention.reference(call, arrays, outputs)[0] };
}

const operand = (shape: readonly number[], seed: number, scale = 1) =>
  [
    shape,
    gaussian(
      seed,
      shape.reduce((a, b) => a * b, 1),
    ).map((x) => x * scale),
  ] as const;

/** q, k and v of the given tokens, keys and features. */
const simple = (queries: number, keys: number, width: number, scale = 1) => [
  operand([1, queries, width], 1, scale),
  operand([1, keys, width], 2, scale),
  operand([1, keys, width], 3),
];

describe.each(builds)('attention (%s)', (build) => {
  it.each([
    ['as in BERT', 128, 128, 128, 2],
    ['tiles of every height', 131, 23, 9, 1],
    ['rows and panels that are not whole', 57, 61, 45, 3],
    ['so many keys that a block has few rows', 70, 1901, 8, 1],
    ['large scores', 16, 40, 64, 1],
  ])('%s', (about, queries, keys, width, heads) => {
    for (const causal of [false, true]) {
      const operands = simple(queries, keys, width, about === 'large scores' ? 30 : 1);
      const { got, want } = run({ operands, attributes: { heads, causal } }, build);
      expect(distance(got, want)).toBeLessThan(about === 'large scores' ? 2e-4 : 3e-6);
    }
  });

  it('takes queries, keys and values out of one value, and gives the same bits', () => {
    const [shape, data] = operand([2, 19, 36], 5);
    const part = (start: number): readonly [number[], Float32Array] => [
      [2, 19, 12],
      Float32Array.from({ length: 2 * 19 * 12 }, (_, i) => data[Math.floor(i / 12) * 36 + start + (i % 12)]),
    ];
    const together = run(
      {
        operands: [
          [shape, data],
          [shape, data],
          [shape, data],
        ],
        attributes: { heads: 3, headSizes: [4, 4], starts: [0, 12, 24] },
      },
      build,
    );
    const apart = run({ operands: [part(0), part(12), part(24)], attributes: { heads: 3 } }, build);
    expect(distance(together.got, together.want)).toBeLessThan(3e-6);
    expectSame(together.got, apart.got);
  });

  it('gives masked keys no weight, whatever their values', () => {
    const operands = simple(9, 21, 6);
    const mask = Float32Array.from({ length: 21 }, (_, j) => (j % 3 === 1 ? Number.NEGATIVE_INFINITY : 0));
    const first = run({ operands: [...operands, [[21], mask]], attributes: { heads: 2 } }, build);
    operands[2][1].forEach((_, i, values) => {
      if (Math.floor(i / 6) % 3 === 1) values[i] = 1e6;
    });
    const second = run({ operands: [...operands, [[21], mask]], attributes: { heads: 2 } }, build);
    expect(distance(first.got, first.want)).toBeLessThan(3e-6);
    expectSame(second.got, first.got);
  });

  it('makes NaN of a query all whose keys are masked, and of no other', () => {
    const mask = Float32Array.from({ length: 5 * 9 }, (_, i) =>
      Math.floor(i / 9) === 2 ? Number.NEGATIVE_INFINITY : 0,
    );
    const { got, want } = run({ operands: [...simple(5, 9, 4), [[5, 9], mask]], attributes: { heads: 1 } }, build);
    expect([...got].map(Number.isNaN)).toEqual(Array.from({ length: 20 }, (_, i) => Math.floor(i / 4) === 2));
    expect(distance(got, want)).toBeLessThan(3e-6);
  });

  it('passes NaN of a query, a key or a value on, and keeps it to its head', () => {
    for (const [input, at] of [
      [0, 13],
      [1, 40],
      [2, 0],
    ]) {
      const operands = simple(7, 11, 8);
      operands[input][1][at] = Number.NaN;
      const { got, want } = run({ operands, attributes: { heads: 2 } }, build);
      expect([...got].map(Number.isNaN)).toEqual([...want].map(Number.isNaN));
      expect([...got].some(Number.isNaN)).toBe(true);
      expect([...got].every(Number.isNaN)).toBe(false);
    }
  });

  it('takes infinite and tiny scores', () => {
    const operands = simple(4, 6, 2);
    operands[1][1][3] = Number.POSITIVE_INFINITY;
    operands[0][1].fill(1e-30);
    const { got, want } = run({ operands, attributes: { heads: 1 } }, build);
    expect(distance(got, want)).toBeLessThan(3e-6);
  });
});

testRows(attentionKernels);
