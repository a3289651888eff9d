/** Sparse weights of every encoding, for the tests of the sparse kernels. */
import { random, uniform } from '../../src/core/random.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import type { SparseConstant } from '../../src/formats/constant.ts';
import { type FormatOptions, placement } from '../../src/formats/format.ts';
import { formats } from '../../src/formats/table.ts';
import { gaussian } from './harness.ts';

export interface Encoding extends FormatOptions {
  readonly name: string;
  readonly encoding: 'csr' | 'bsr' | 'nm';
}

export const encodings: readonly Encoding[] = [
  { name: 'csr', encoding: 'csr' },
  { name: 'bsr 2x1', encoding: 'bsr', block: [2, 1] },
  { name: 'bsr 4x1', encoding: 'bsr', block: [4, 1] },
  { name: 'bsr 1x4', encoding: 'bsr', block: [1, 4] },
  { name: 'bsr 4x3', encoding: 'bsr', block: [4, 3] },
  { name: 'bsr 8x1', encoding: 'bsr', block: [8, 1] },
  { name: 'bsr 16x1', encoding: 'bsr', block: [16, 1] },
  { name: 'bsr 3x2', encoding: 'bsr', block: [3, 2] },
  { name: '2:4', encoding: 'nm', n: 2, m: 4 },
  { name: '2:4 shared by 2', encoding: 'nm', n: 2, m: 4, sharedRows: 2 },
  { name: '3:5 shared by 4', encoding: 'nm', n: 3, m: 5, sharedRows: 4 },
];

/**
 * A weight with about `density` of its blocks kept; rows and columns whose number is 1 mod 5 are left empty, so that
 * empty rows occur. For nm the first n positions after a rotation per group are kept.
 */
export function weight(shape: Shape, outputAxis: number, options: Encoding, density: number, seed = 1): SparseConstant {
  const { rows, columns, at } = placement(shape, outputAxis);
  const generator = random(seed);
  const keep = new Uint8Array(sizeOf(shape));
  const [height, width] = options.block ?? [options.sharedRows ?? 1, 1];
  for (let row = 0; row < rows; row += height)
    for (let column = 0; column < columns; column += width) {
      const { n = 2, m = 4 } = options;
      const kept =
        options.encoding === 'nm'
          ? (column + Math.floor(row / height) * 3 + Math.floor(column / m)) % m < n
          : uniform(generator) < density && (density === 1 || Math.floor(row / height) % 5 !== 1);
      if (!kept) continue;
      for (let r = row; r < Math.min(rows, row + height); r++)
        for (let c = column; c < Math.min(columns, column + width); c++) keep[at(r, c)] = 1;
    }
  return formats[options.encoding].fromDense(gaussian(seed + 1, sizeOf(shape)), shape, outputAxis, keep, options);
}
