import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random, uniform } from '../../src/core/random.ts';
import { sizeOf } from '../../src/core/shape.ts';
import type { BsrConstant, Constant, CsrConstant, NmConstant } from '../../src/formats/constant.ts';
import type { FormatOptions } from '../../src/formats/format.ts';
import { placement } from '../../src/formats/format.ts';
import { bytesOf, formats, keepOf, storedCount, toDense, verifyConstant, withValues } from '../../src/formats/table.ts';

interface Sample {
  readonly shape: readonly number[];
  readonly outputAxis: number;
  readonly data: Float32Array;
  readonly keep: Uint8Array;
}

/** Random shapes with extents 0, 1 and ragged ones, and a mask that any pattern accepts after `thin`. */
const samples = fc
  .record({
    shape: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 4 }),
    axis: fc.nat(3),
    density: fc.constantFrom(0, 0.2, 0.6, 1),
    seed: fc.nat(1000),
  })
  .map(({ shape, axis, density, seed }): Sample => {
    const generator = random(seed);
    const size = sizeOf(shape);
    return {
      shape,
      outputAxis: axis % shape.length,
      data: Float32Array.from({ length: size }, () => uniform(generator) - 0.5),
      keep: Uint8Array.from({ length: size }, () => (uniform(generator) < density ? 1 : 0)),
    };
  });

const masked = ({ data, keep }: Sample) => data.map((v, i) => (keep[i] ? v : 0));

/** Clears positions until no group of any shared rows keeps more than n. */
function thin({ shape, outputAxis, keep }: Sample, { n = 2, m = 4, sharedRows = 1 }: FormatOptions): Uint8Array {
  const { rows, columns, at } = placement(shape, outputAxis);
  const out = keep.slice();
  for (let first = 0; first < rows; first += sharedRows)
    for (let group = 0; group * m < columns; group++) {
      let used = 0;
      for (let column = group * m; column < Math.min(columns, (group + 1) * m); column++) {
        const members = Array.from({ length: Math.min(sharedRows, rows - first) }, (_, r) => at(first + r, column));
        if (members.some((index) => out[index]) && ++used > n) for (const index of members) out[index] = 0;
      }
    }
  return out;
}

function check(sample: Sample, constant: Constant, want: Float32Array) {
  expect(verifyConstant(constant)).toEqual([]);
  expect(toDense(constant)).toEqual(want);
  const kept = keepOf(constant);
  expect(kept.length).toBe(want.length);
  for (let i = 0; i < want.length; i++) if (want[i] !== 0) expect(kept[i]).toBe(1);
  expect(storedCount(constant)).toBe(kept.reduce((a, b) => a + b, 0));
  expect(bytesOf(constant)).toBeGreaterThanOrEqual(storedCount(constant) * 4);
  if (constant.encoding === 'dense') return;
  const again = formats[constant.encoding].fromDense(
    want,
    sample.shape,
    sample.outputAxis,
    kept,
    constant as FormatOptions,
  );
  expect(again).toEqual(constant);
}

describe('round trips', () => {
  it('dense', () => {
    fc.assert(
      fc.property(samples, (s) => {
        check(s, formats.dense.fromDense(s.data, s.shape, s.outputAxis, s.keep), masked(s));
      }),
    );
  });

  it('csr', () => {
    fc.assert(
      fc.property(samples, (s) => {
        const constant = formats.csr.fromDense(s.data, s.shape, s.outputAxis, s.keep);
        check(s, constant, masked(s));
        expect(keepOf(constant)).toEqual(s.keep);
      }),
    );
  });

  it('bsr', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }), (s, height, width) => {
        check(s, formats.bsr.fromDense(s.data, s.shape, s.outputAxis, s.keep, { block: [height, width] }), masked(s));
      }),
    );
  });

  it('nm', () => {
    fc.assert(
      fc.property(
        samples,
        fc.constantFrom([2, 4], [1, 4], [3, 5], [4, 4]),
        fc.integer({ min: 1, max: 5 }),
        (s, [n, m], sharedRows) => {
          const options = { n, m, sharedRows };
          const keep = thin(s, options);
          check(
            { ...s, keep },
            formats.nm.fromDense(s.data, s.shape, s.outputAxis, keep, options),
            masked({ ...s, keep }),
          );
        },
      ),
    );
  });
});

describe('the mask', () => {
  it('keeps a position whose value is 0, and takes the non-zeros when absent', () => {
    const data = Float32Array.of(0, 1, 2, 0);
    expect(keepOf(formats.csr.fromDense(data, [2, 2], 0, Uint8Array.of(1, 0, 1, 0)))).toEqual(
      Uint8Array.of(1, 0, 1, 0),
    );
    expect(keepOf(formats.csr.fromDense(data, [2, 2], 0))).toEqual(Uint8Array.of(0, 1, 1, 0));
  });

  it('reads a matmul weight [K, N] along its output axis', () => {
    const csr = formats.csr.fromDense(Float32Array.of(1, 0, 2, 0, 3, 0), [3, 2], 1);
    expect(csr.rowPointers).toEqual(Uint32Array.of(0, 3, 3));
    expect(csr.columns).toEqual(Uint32Array.of(0, 1, 2));
    expect(csr.values).toEqual(Float32Array.of(1, 2, 3));
  });

  it('is refused when a group keeps more than n', () => {
    expect(() => formats.nm.fromDense(Float32Array.of(1, 1, 1, 0), [1, 4], 0)).toThrow(
      'nm: want at most 2 kept of the 4 columns from 0 in row 0, got 3',
    );
  });

  it('is refused at a wrong length', () => {
    expect(() => formats.csr.fromDense(new Float32Array(3), [2, 2], 0)).toThrow(
      'want 4 values for shape [2, 2], got 3',
    );
    expect(() => formats.csr.fromDense(new Float32Array(4), [2, 2], 2)).toThrow('want an output axis in [0, 1]');
    expect(() => formats.bsr.fromDense(new Float32Array(4), [2, 2], 0, undefined, { block: [0, 1] })).toThrow(
      'want a block',
    );
  });
});

describe('verify', () => {
  const data = Float32Array.of(1, 2, 0, 3, 0, 4, 5, 0, 6, 0, 0, 7, 0, 8, 9);
  const csr = formats.csr.fromDense(data, [3, 5], 0);
  const bsr = formats.bsr.fromDense(data, [3, 5], 0, undefined, { block: [2, 2] });
  const nm = formats.nm.fromDense(Float32Array.of(1, 0, 0, 2, 3, 0, 4, 0, 5, 0), [2, 5], 0);
  const changed = <T extends Uint32Array | Uint8Array>(array: T, at: number, value: number): T => {
    const copy = array.slice();
    copy[at] = value;
    return copy as T;
  };

  const broken: readonly [string, Constant, string][] = [
    ['csr pointers falling', { ...csr, rowPointers: changed(csr.rowPointers, 1, 9) } as CsrConstant, 'fall'],
    [
      'csr pointers not ending at the length',
      { ...csr, rowPointers: changed(csr.rowPointers, 3, 4) } as CsrConstant,
      'end at',
    ],
    ['csr too few pointers', { ...csr, rowPointers: csr.rowPointers.slice(1) } as CsrConstant, 'want 4 row pointers'],
    ['csr column out of range', { ...csr, columns: changed(csr.columns, 2, 5) } as CsrConstant, 'outside [0, 5)'],
    ['csr columns not ascending', { ...csr, columns: changed(csr.columns, 1, 0) } as CsrConstant, 'ascending'],
    ['csr missing value', { ...csr, values: csr.values.slice(1) } as CsrConstant, 'want 9 values'],
    ['csr bad axis', { ...csr, outputAxis: 2 } as CsrConstant, 'output axis'],
    ['bsr block', { ...bsr, block: [0, 2] } as BsrConstant, 'want a block'],
    ['bsr length', { ...bsr, values: bsr.values.slice(1) } as BsrConstant, 'values, got'],
    ['bsr stray', { ...bsr, values: bsr.values.map(() => 1) } as BsrConstant, 'sticks out'],
    ['nm numbers', { ...nm, n: 5 } as NmConstant, 'want 1 <= n <= m'],
    ['nm position', { ...nm, positions: changed(nm.positions, 1, 4) } as NmConstant, 'outside [0, 4)'],
    ['nm order', { ...nm, positions: changed(nm.positions, 1, 0) } as NmConstant, 'ascending'],
    ['nm stray', { ...nm, values: nm.values.map(() => 1) } as NmConstant, 'sticks out'],
    ['nm length', { ...nm, positions: nm.positions.slice(1) } as NmConstant, 'positions, got'],
  ];
  it.each(broken)('finds %s', (_, constant, words) => {
    expect(verifyConstant(constant).join('\n')).toContain(words);
  });

  it('finds a dense array of the wrong length or type', () => {
    const dense = formats.dense.fromDense(data, [3, 5], 0);
    expect(verifyConstant({ ...dense, shape: [4, 5] })).toEqual(['want 20 elements for shape [4, 5], got 15']);
    expect(verifyConstant({ ...dense, dtype: 'int32' })).toEqual(['want an array that stores int32']);
  });
});

it('withValues swaps the numbers and keeps the pattern', () => {
  const csr = formats.csr.fromDense(Float32Array.of(1, 0, 2, 3), [2, 2], 0);
  const other = withValues(csr, Float32Array.of(4, 5, 6));
  expect(toDense(other)).toEqual(Float32Array.of(4, 0, 5, 6));
  expect(() => withValues(csr, new Float32Array(2))).toThrow('want 3 values in a Float32Array, got 2');
});
