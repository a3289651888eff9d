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
