// A matrix with its axes exchanged.
import { store_transposed } from '../simd';

/**
 * x [rows][columns] → out [columns][rows]; rows of x are xRow floats apart, those of out outRow. Sixteen columns at a time go
 * down the rows: their lines of x are read whole, and those of out fill up before the next are begun.
 */
export function f32_transpose(rows: i32, columns: i32, x: usize, xRow: i32, out: usize, outRow: i32): void {
  const xBytes = (<usize>xRow) << 2,
    outBytes = (<usize>outRow) << 2;
  const square = columns & ~3;
  for (let strip = 0; strip < square; strip += 16) {
    const end = min<i32>(strip + 16, square);
    let row = 0;
    for (; row + 4 <= rows; row += 4) {
      const from = x + <usize>row * xBytes,
        to = out + ((<usize>row) << 2);
      for (let column = strip; column < end; column += 4) {
        const at = from + ((<usize>column) << 2);
        store_transposed(
          v128.load(at),
          v128.load(at + xBytes),
          v128.load(at + 2 * xBytes),
          v128.load(at + 3 * xBytes),
          to + <usize>column * outBytes,
          outBytes,
          4,
        );
      }
    }
    for (; row < rows; row++) one_row(strip, end, x + <usize>row * xBytes, out + ((<usize>row) << 2), outBytes);
  }
  for (let row = 0; row < rows; row++)
    one_row(square, columns, x + <usize>row * xBytes, out + ((<usize>row) << 2), outBytes);
}

function one_row(first: i32, end: i32, x: usize, out: usize, outBytes: usize): void {
  for (let column = first; column < end; column++)
    store<f32>(out + <usize>column * outBytes, load<f32>(x + ((<usize>column) << 2)));
}
