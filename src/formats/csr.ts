/** Compressed sparse rows: any pattern, one column index per stored weight. */
import type { CsrConstant } from './constant.ts';
import { checkLengths, type Format, keeper, maskOf, placement, rowProblems, scatter, shapeProblems } from './format.ts';

export const csr: Format<CsrConstant> = {
  encoding: 'csr',

  fromDense(data, shape, outputAxis, keep) {
    checkLengths(data, shape, keep);
    const { rows, columns: width, at } = placement(shape, outputAxis);
    const kept = keeper(data, keep);
    const rowPointers = new Uint32Array(rows + 1);
    for (let row = 0; row < rows; row++) {
      let count = 0;
      for (let column = 0; column < width; column++) if (kept(at(row, column))) count++;
      rowPointers[row + 1] = rowPointers[row] + count;
    }
    const columns = new Uint32Array(rowPointers[rows]);
    const values = new Float32Array(rowPointers[rows]);
    let i = 0;
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < width; column++) {
        const index = at(row, column);
        if (!kept(index)) continue;
        columns[i] = column;
        values[i++] = data[index];
      }
    return { encoding: 'csr', dtype: 'float32', shape, outputAxis, rowPointers, columns, values };
  },

  toDense: scatter,

  keep: maskOf,

  verify(constant) {
    const problems = shapeProblems(constant.shape, constant.outputAxis);
    if (problems.length > 0) return problems;
    const { rows, columns } = placement(constant.shape, constant.outputAxis);
    problems.push(...rowProblems(constant.rowPointers, constant.columns, rows, columns));
    if (constant.values.length !== constant.columns.length)
      problems.push(`want ${constant.columns.length} values, one per column index, got ${constant.values.length}`);
    return problems;
  },

  bytes: ({ rowPointers, columns, values }) => rowPointers.byteLength + columns.byteLength + values.byteLength,

  stored: (constant) => constant.values.length,
};
