import type { Constant, CsrConstant } from './constant.ts';
import { matrixView } from './constant.ts';

/** Stands for a stored value that lies outside the weight: the overhang of a ragged block or group. It is always 0. */
export const STICK_OUT = 0xffffffff;

/**
 * Where each stored value of a constant stands: its flat index in the row-major `shape`, in the order of the encoding,
 * or STICK_OUT. A dense constant stores everything, in order.
 *
 *     csr   entry i of row r                 -> (r, columns[i])
 *     bsr   block, then row, then column     -> (blockRow * R + r, columns[block] * C + c)
 *     nm    row, then group, then position   -> (row, group * m + positions[...])
 *
 * A matrix position (row, column) is turned back into `shape` by putting the row at `outputAxis`:
 *
 *     shape   [ before..., rows, after... ]      column = before * size(after) + after
 */
export function storedPositions(constant: Constant): Uint32Array {
  if (constant.encoding === 'dense') return Uint32Array.from({ length: constant.data.length }, (_, i) => i);
  const { shape, outputAxis } = constant;
  const { rows, columns } = matrixView(shape, outputAxis);
  const after = shape.slice(outputAxis + 1).reduce((product, extent) => product * extent, 1);
  if (constant.encoding === 'csr') return csrPositions(constant, after);
  const flat = (row: number, column: number) => {
    if (row >= rows || column >= columns) return STICK_OUT;
    const inner = column % after;
    return ((column - inner) / after) * rows * after + row * after + inner;
  };

  const out = new Uint32Array(constant.values.length);
  let at = 0;
  if (constant.encoding === 'bsr') {
    const [height, width] = constant.block;
    for (let blockRow = 0; blockRow < constant.rowPointers.length - 1; blockRow++)
      for (let i = constant.rowPointers[blockRow]; i < constant.rowPointers[blockRow + 1]; i++)
        for (let r = 0; r < height; r++)
          for (let c = 0; c < width; c++) out[at++] = flat(blockRow * height + r, constant.columns[i] * width + c);
    return out;
  }
  const { n, m, sharedRows, positions } = constant;
  const groups = Math.ceil(columns / m);
  for (let row = 0; row < rows; row++)
    for (let group = 0; group < groups; group++) {
      const from = (Math.floor(row / sharedRows) * groups + group) * n;
      const real = Math.min(n, columns - group * m);
      for (let i = 0; i < n; i++) out[at++] = i < real ? flat(row, group * m + positions[from + i]) : STICK_OUT;
    }
  return out;
}

/** Spelled out, for most pruned weights are stored so, and all their numbers are read through it. */
function csrPositions({ rowPointers, columns, values }: CsrConstant, after: number): Uint32Array {
  const rows = rowPointers.length - 1;
  const out = new Uint32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let i = rowPointers[row]; i < rowPointers[row + 1]; i++) {
      const column = columns[i];
      const inner = after === 1 ? 0 : column % after;
      out[i] = (column - inner) * rows + row * after + inner;
    }
  return out;
}
