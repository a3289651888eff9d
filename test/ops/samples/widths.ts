/** Uses that only differ in element size or in the number of rows: each has a kernel of its own. */
import { floats, type Sample, sparse } from './sample.ts';

const bytes = (shape: readonly number[], data: readonly number[]) => ({ dtype: 'uint8', shape, data }) as const;

export const widthSamples: readonly Sample[] = [
  {
    op: 'matmul',
    about: 'one row times 4x1 blocks',
    inputs: [floats([1, 21]), sparse([21, 14], 'bsr', 1, { block: [4, 1] }), floats([14])],
    attributes: { activation: 'relu' },
  },
  {
    op: 'matmul',
    about: 'one row times 8x1 blocks',
    inputs: [floats([1, 21]), sparse([21, 30], 'bsr', 1, { block: [8, 1] }), floats([30])],
  },
  {
    op: 'matmul',
    about: 'one row times 16x1 blocks, transposed',
    inputs: [floats([1, 21]), sparse([37, 21], 'bsr', 0, { block: [16, 1] }), floats([37])],
    attributes: { transposeB: true, activation: 'relu' },
  },
  {
    op: 'matmul',
    about: 'one row times 1x4 blocks',
    inputs: [floats([1, 24]), sparse([24, 15], 'bsr', 1, { block: [1, 4] }), floats([15])],
  },
  {
    op: 'matmul',
    about: 'three rows times a weight of many rows, unstructured',
    inputs: [floats([3, 21]), sparse([21, 77], 'csr', 1), floats([77])],
    attributes: { activation: 'clip', min: -1, max: 2 },
  },
  {
    op: 'transpose',
    about: 'of bytes',
    inputs: [
      bytes(
        [2, 3, 5],
        Array.from({ length: 30 }, (_, i) => i),
      ),
    ],
    attributes: { perm: [2, 0, 1] },
  },
  {
    op: 'gather',
    about: 'of bytes',
    inputs: [bytes([4], [9, 8, 7, 6]), { dtype: 'int32', shape: [3], data: [3, 0, -1] }],
  },
];
