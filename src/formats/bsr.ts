/**
 * Block compressed rows. A block is stored whole as soon as one of its weights is kept; the others in it hold 0 but
 * count as stored (they are positions a retraining may use).
 */
import { UsageError } from '../core/errors.ts';
import type { BsrConstant } from './constant.ts';
import {
  checkLengths,
  type Format,
  fill,
  keeper,
  maskOf,
  placement,
  rowProblems,
  scatter,
  shapeProblems,
  strayProblems,
} from './format.ts';
import { STICK_OUT, storedPositions } from './positions.ts';

export const bsr: Format<BsrConstant> = {
  encoding: 'bsr',

  fromDense(data, shape, outputAxis, keep, options = {}) {
    checkLengths(data, shape, keep);
    const block = options.block ?? [4, 1];
    const [height, breadth] = block;
    if (!(Number.isInteger(height) && Number.isInteger(breadth) && height > 0 && breadth > 0))
      throw new UsageError(`bsr: want a block of two extents >= 1, got [${block.join(', ')}]`);
    const { rows, columns: width, at } = placement(shape, outputAxis);
    const kept = keeper(data, keep);
    const blockRows = Math.ceil(rows / height);
    const rowPointers = new Uint32Array(blockRows + 1);
    const columns: number[] = [];
    for (let blockRow = 0; blockRow < blockRows; blockRow++) {
      const occupied = new Uint8Array(Math.ceil(width / breadth));
      for (let row = blockRow * height; row < Math.min(rows, (blockRow + 1) * height); row++)
        for (let column = 0; column < width; column++)
          if (kept(at(row, column))) occupied[Math.floor(column / breadth)] = 1;
      for (let column = 0; column < occupied.length; column++) if (occupied[column]) columns.push(column);
      rowPointers[blockRow + 1] = columns.length;
    }
    const constant: BsrConstant = {
      encoding: 'bsr',
      dtype: 'float32',
      shape,
      outputAxis,
      block: [height, breadth],
      rowPointers,
      columns: Uint32Array.from(columns),
      values: new Float32Array(columns.length * height * breadth),
    };
    return fill(constant, data, kept);
  },

  toDense: scatter,

  keep: maskOf,

  verify(constant) {
    const problems = shapeProblems(constant.shape, constant.outputAxis);
    const [height, breadth] = constant.block;
    if (!(Number.isInteger(height) && Number.isInteger(breadth) && height > 0 && breadth > 0))
      problems.push(`want a block of two extents >= 1, got [${constant.block.join(', ')}]`);
    if (problems.length > 0) return problems;
    const { rows, columns } = placement(constant.shape, constant.outputAxis);
    problems.push(
      ...rowProblems(constant.rowPointers, constant.columns, Math.ceil(rows / height), Math.ceil(columns / breadth)),
    );
    const want = constant.columns.length * height * breadth;
    if (constant.values.length !== want) problems.push(`want ${want} values, got ${constant.values.length}`);
    return problems.length > 0 ? problems : strayProblems(constant);
  },

  bytes: ({ rowPointers, columns, values }) => rowPointers.byteLength + columns.byteLength + values.byteLength,

  stored: (constant) => storedPositions(constant).reduce((count, at) => (at === STICK_OUT ? count : count + 1), 0),
};
