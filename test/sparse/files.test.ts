/** Matrix Market and safetensors: read back as written, every fault found, nothing but ModelError from damaged files. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/file/safetensors.ts';
import {
  ModelError,
  readMatrixMarket,
  readSparseTensors,
  SparseTensor,
  UsageError,
  writeMatrixMarket,
  writeSparseTensors,
} from '../../src/sparse/index.ts';
import { damage } from '../damage.ts';
import { allLayouts, anyMatrix, tensorOf, triplets } from './matrices.ts';

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('Matrix Market', () => {
  it('reads what it writes', () => {
    const property = fc.property(anyMatrix, fc.nat(allLayouts.length - 1), ({ shape, entries }, at) => {
      const made = tensorOf(shape, entries, allLayouts[at]);
      const read = readMatrixMarket(writeMatrixMarket(made), { layout: made.layout === 'coo' ? 'coo' : 'csr' });
      expect([...read.entries()]).toEqual([...made.entries()]);
      expect(read.shape).toEqual(made.shape);
    });
    fc.assert(property, { numRuns: 200, seed: 8 });
  });

  it('writes the fewest digits that make the same number', () => {
    const values = [0.1, 1 / 3, 16777217, -1e-45, 3.4028234663852886e38, 1.17549435e-38].map(Math.fround);
    const made = SparseTensor.fromDense([values]);
    expect(textOf(writeMatrixMarket(made, { comment: 'two\nlines' }))).toBe(
      [
        '%%MatrixMarket matrix coordinate real general',
        ...['% two', '% lines', '1 6 6', '1 1 0.1', '1 2 0.333333', '1 3 16777216', '1 4 -1e-45', '1 5 3.40282e+38'],
        ...['1 6 1.17549e-38', ''],
      ]
        .join('\n')
        .replace('0.333333\n', '0.33333334\n')
        .replace('3.40282e+38', '3.4028235e+38')
        .replace('1.17549e-38', '1.1754944e-38')
        .replace('-1e-45', '-1.4013e-45'),
    );
    expect([...readMatrixMarket(writeMatrixMarket(made)).arrays().values]).toEqual(values);
  });

  it('writes half of a symmetric matrix', () => {
    const symmetric = SparseTensor.fromDense([
      [1, 2, 0],
      [2, 0, -3],
      [0, -3, 4],
    ]);
    const text = textOf(writeMatrixMarket(symmetric, { symmetry: 'symmetric', field: 'integer' }));
    expect(text).toBe('%%MatrixMarket matrix coordinate integer symmetric\n3 3 4\n1 1 1\n2 1 2\n3 2 -3\n3 3 4\n');
    expect(readMatrixMarket(text).equals(symmetric)).toBe(true);
    const skew = SparseTensor.fromDense([
      [0, 2],
      [-2, 0],
    ]);
    expect(readMatrixMarket(writeMatrixMarket(skew, { symmetry: 'skew-symmetric' })).equals(skew)).toBe(true);
    const pattern = readMatrixMarket(writeMatrixMarket(symmetric, { symmetry: 'symmetric', field: 'pattern' }));
    expect(pattern.equals(SparseTensor.fromMask([3, 3], (row, column) => symmetric.get(row, column) !== 0))).toBe(true);
  });

  it('refuses to write what the options do not allow', () => {
    const made = SparseTensor.fromDense([
      [1, 2.5],
      [0, 1],
    ]);
    const message = (call: () => unknown) => {
      expect(call).toThrow(UsageError);
      return expect(call);
    };
    message(() => writeMatrixMarket(made, { field: 'integer' })).toThrow('want whole values, got 2.5 at [0, 1]');
    message(() => writeMatrixMarket(made, { symmetry: 'symmetric' })).toThrow('entry at [0, 1] without its mirror');
    message(() => writeMatrixMarket(made.add(made.transpose(), 2), { symmetry: 'symmetric' })).toThrow(
      'got 2.5 at [0, 1] and 5 at [1, 0]',
    );
    message(() => writeMatrixMarket(made.slice({ rows: [0, 1] }), { symmetry: 'symmetric' })).toThrow('got [1, 2]');
    message(() => writeMatrixMarket(made, { symmetry: 'hermitian' as 'general' })).toThrow('symmetry: want general');
    message(() => writeMatrixMarket(made, { field: 'complex' as 'real' })).toThrow(
      'field: want real, integer, pattern',
    );
    const diagonal = SparseTensor.fromDense([[1]]);
    message(() => writeMatrixMarket(diagonal, { symmetry: 'skew-symmetric' })).toThrow('diagonal');
  });

  it('reads any spacing, case, comments, named numbers', () => {
    const text =
      '%%matrixmarket MATRIX Coordinate Real General\r\n% c\r\n\r\n  2   3 3\r\n%\r\n1 1 +1.5E0\r\n\t2 3  -Inf \r\n1 2 .5';
    const read = readMatrixMarket(text);
    expect([...read.entries()]).toEqual([
      [0, 0, 1.5],
      [0, 1, 0.5],
      [1, 2, Number.NEGATIVE_INFINITY],
    ]);
    expect(readMatrixMarket('%%MatrixMarket matrix array real general\n2 2\n1\n0 nan\n4').toDense().data).toEqual(
      Float32Array.of(1, Number.NaN, 0, 4),
    );
  });

  it('adds duplicates or refuses them', () => {
    const text = '%%MatrixMarket matrix coordinate real general\n1 1 2\n1 1 1\n1 1 2\n';
    expect(readMatrixMarket(text).get(0, 0)).toBe(3);
    expect(() => readMatrixMarket(text, { duplicates: 'reject' })).toThrow(ModelError);
  });

  const coordinate = (rest: string, kind = 'real general') => `%%MatrixMarket matrix coordinate ${kind}\n${rest}`;
  const faults: readonly (readonly [string, string])[] = [
    ['', 'line 0: want "%%MatrixMarket matrix" with format, field and symmetry, got ""'],
    ['%%MatrixMarket vector coordinate real general', 'line 1: want the object matrix, got "vector"'],
    ['%%MatrixMarket matrix sparse real general', 'want a format among coordinate, array, got "sparse"'],
    ['%%MatrixMarket matrix coordinate complex general', 'want a field among real, integer, pattern, got "complex"'],
    ['%%MatrixMarket matrix array pattern general', 'want a field among real, integer, got "pattern"'],
    [
      '%%MatrixMarket matrix coordinate real hermitian',
      'want a symmetry among general, symmetric, skew-symmetric, got "hermitian"',
    ],
    [coordinate(''), 'want a line of sizes, got the end of the file'],
    [coordinate('2 2'), 'line 2: want rows columns entries, got "2 2"'],
    [coordinate('2 x 0'), 'line 2: want columns in [0, 2147483647], got "x"'],
    [coordinate('2 3 0', 'real symmetric'), 'line 2: want a square matrix for symmetric, got [2, 3]'],
    [coordinate('2000000000 1 0'), 'line 2: want extents that fit the entries, got 2000000000'],
    [coordinate('2 2 2\n1 1 1\n'), 'line 3: want 2 entries, got 1'],
    [coordinate('2 2 1\n1 1 1\n2 2 1'), 'line 4: want the end of the file, got "2 2 1"'],
    [coordinate('2 2 1\n0 1 1'), 'line 3: want a row in [1, 2], got "0"'],
    [coordinate('2 2 1\n1 3 1'), 'line 3: want a column in [1, 2], got "3"'],
    [coordinate('2 2 1\n1 1'), 'line 3: want row column value, got "1 1"'],
    [coordinate('2 2 1\n1 1 0x10'), 'line 3: want a number, got "0x10"'],
    [coordinate('2 2 1\n1 1 1.5', 'integer general'), 'line 3: want a whole number, got "1.5"'],
    [coordinate('2 2 1\n1 2 1', 'real symmetric'), 'line 3: want an entry on or below the diagonal, got "1 2 1"'],
    [coordinate('2 2 1\n1 1 1', 'real skew-symmetric'), 'line 3: want an entry below the diagonal, got "1 1 1"'],
    [
      '%%MatrixMarket matrix array real general\n2 1\n1',
      'want a number for row 2 of column 1, got the end of the file',
    ],
    ['%%MatrixMarket matrix array real general\n1 1\n1 2', 'line 3: want the end of the file, got "2"'],
  ];
  it.each(faults)('%j', (text, message) => {
    expect(() => readMatrixMarket(text)).toThrow(ModelError);
    expect(() => readMatrixMarket(text)).toThrow(message);
  });
});

describe('safetensors', () => {
  const tensors = Object.fromEntries(
    allLayouts.map((layout, i) => [`w${i}`, tensorOf([9, 14], triplets(i, [9, 14], 0.3), layout)]),
  );

  it('reads what it writes, and writes the same bytes again', () => {
    const bytes = writeSparseTensors(tensors, { made: 'by hand' });
    const read = readSparseTensors(bytes);
    expect([...read.keys()]).toEqual(Object.keys(tensors));
    for (const [name, tensor] of read) expect(tensor.arrays()).toEqual(tensors[name].arrays());
    expect(writeSparseTensors(Object.fromEntries(read), { made: 'by hand' })).toEqual(bytes);
    expect(readSafetensors(bytes).tensors.get('w1.rowPointers')).toMatchObject({ dtype: 'I32', shape: [10] });
    expect(readSparseTensors(writeSparseTensors({})).size).toBe(0);
  });

  it('keeps names that objects are fond of', () => {
    const odd = Object.assign(Object.create(null), { ['__proto__']: tensors.w0, 7: tensors.w1 });
    const read = readSparseTensors(writeSparseTensors(odd));
    expect([...read.keys()].sort()).toEqual(['7', '__proto__']);
  });

  it('refuses a key of metadata that is taken', () => {
    expect(() => writeSparseTensors({}, { sparse: '' })).toThrow(UsageError);
  });

  const small = {
    w: SparseTensor.fromDense([
      [1, 0],
      [0, 2],
    ]),
  };
  const altered = (
    change: (described: { readonly w: Readonly<Record<string, unknown>> }) => unknown,
    drop?: string,
  ) => {
    const { tensors: arrays, metadata } = readSafetensors(writeSparseTensors(small));
    const described = JSON.parse(metadata.sparse) as { w: Record<string, unknown> };
    const rest = new Map([...arrays].filter(([name]) => name !== drop));
    return writeSafetensors(rest, { sparse: JSON.stringify(change(described) ?? described) });
  };
  const faults: readonly (readonly [string, Uint8Array, string])[] = [
    ['no metadata', writeSafetensors(new Map()), 'metadata "sparse": want a description of sparse tensors, got none'],
    ['no JSON', writeSafetensors(new Map(), { sparse: '{' }), 'metadata "sparse": want JSON'],
    ['a list', altered(() => []), 'metadata "sparse": want an object'],
    ['no object', altered(() => ({ w: 3 })), 'tensor "w": layout: want coo, csr, csc, bsr, nm, got none'],
    [
      'a layout',
      altered(({ w }) => ({ w: { ...w, layout: 'dia' } })),
      'tensor "w": layout: want coo, csr, csc, bsr, nm, got dia',
    ],
    [
      'a field',
      altered(({ w }) => ({ w: { ...w, block: [1, 1] } })),
      'tensor "w": want fields among layout, shape, got block',
    ],
    ['a shape', altered(({ w }) => ({ w: { ...w, shape: [2, -1] } })), 'tensor "w": shape[1]: want a whole number'],
    ['one extent', altered(({ w }) => ({ w: { ...w, shape: [2] } })), 'want a shape of two extents'],
    [
      'a huge shape',
      altered(({ w }) => ({ w: { ...w, shape: [2, 2 ** 31 - 1] } })),
      'want extents that fit the values',
    ],
    ['rows', altered(({ w }) => ({ w: { ...w, shape: [3, 2] } })), 'rowPointers: want 4 numbers, got 3'],
    ['an array', altered(() => undefined, 'w.values'), 'tensor "w": want an array "w.values", got none'],
    ['a type', altered(({ w }) => ({ w: { ...w, layout: 'nm' } })), 'tensor "w": want field n, got none'],
  ];
  it.each(faults)('%s', (_, bytes, message) => {
    expect(() => readSparseTensors(bytes)).toThrow(ModelError);
    expect(() => readSparseTensors(bytes)).toThrow(message);
  });
});

describe('damaged files', () => {
  const made = tensorOf([9, 14], triplets(3, [9, 14], 0.3));
  const square = tensorOf([9, 9], triplets(4, [9, 9], 0.3));
  const symmetric = square.add(square.transpose());
  const texts = [
    writeMatrixMarket(made),
    writeMatrixMarket(symmetric, { symmetry: 'symmetric' }),
    new TextEncoder().encode(`%%MatrixMarket matrix array real general\n3 2\n1\n0\n2.5\n-1\n0\n7\n`),
  ];
  const files = allLayouts.map((layout) => writeSparseTensors({ w: made.to(...layout) }));

  /** Reads each damaged file; returns how many were refused. Anything but a ModelError is a failure. */
  function refusals(originals: readonly Uint8Array[], read: (bytes: Uint8Array) => unknown, numRuns: number): number {
    let refused = 0;
    const which = fc.noBias(fc.nat(originals.length - 1));
    const property = fc.property(which, damage, (at, harm) => {
      try {
        read(harm(originals[at]));
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        refused++;
      }
    });
    fc.assert(property, { numRuns, seed: 9 });
    return refused;
  }

  it('of Matrix Market are read or refused', () => {
    const refused = refusals(texts, (bytes) => readMatrixMarket(bytes), 4000);
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(4000);
  });

  it('of safetensors are read or refused', () => {
    const refused = refusals(files, readSparseTensors, 4000);
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(4000);
  });
});
