/** Rows of entries into a layout. */
import { UsageError } from '../core/errors.ts';
import { MAX_ELEMENTS } from '../core/shape.ts';
import type { BsrConstant, NmConstant } from '../formats/constant.ts';
import {
  type Compressed,
  compressedMatrix,
  flip,
  type Layout,
  type LayoutOptions,
  layouts,
  type Matrix,
  type MatrixShape,
  newPointers,
  rowsOf,
  shapeOf,
} from './matrix.ts';

/** Throws UsageError unless it names a layout. */
export function checkLayout(where: string, layout: unknown): asserts layout is Layout {
  if (!layouts.some((name) => name === layout))
    throw new UsageError(`${where}: want a layout among ${layouts.join(', ')}, got ${JSON.stringify(layout)}`);
}

/** The extents of a block. Throws UsageError unless they are whole numbers from 1. */
export function checkBlock(where: string, block: unknown): readonly [number, number] {
  if (Array.isArray(block) && block.length === 2 && block.every((e) => Number.isInteger(e) && e >= 1 && e < 2 ** 31))
    return [block[0], block[1]];
  throw new UsageError(`${where}: want a block of two extents from 1, got ${JSON.stringify(block)}`);
}

/** Throws UsageError unless 1 <= n <= m <= 256 and sharedRows >= 1, all whole. */
export function checkNm(where: string, n: unknown, m: unknown, sharedRows: unknown): void {
  const whole = [n, m, sharedRows].every(Number.isInteger);
  if (
    !whole ||
    !((n as number) >= 1 && (m as number) >= (n as number) && (m as number) <= 256 && (sharedRows as number) >= 1)
  )
    throw new UsageError(
      `${where}: want whole numbers 1 <= n <= m <= 256 and sharedRows >= 1, got n ${n}, m ${m}, sharedRows ${sharedRows}`,
    );
}

/**
 * The entries of `rows` in a layout. The matrix may share the arrays of `rows`. Throws UsageError when an option is wrong
 * or, for nm, when more than n of m consecutive columns are stored.
 */
export function pack(where: string, rows: Compressed, layout: Layout, options: LayoutOptions = {}): Matrix {
  const shape: MatrixShape = [rows.count, rows.width];
  if (layout === 'coo' || layout === 'csr') return compressedMatrix(layout, shape, rows);
  if (layout === 'csc') return compressedMatrix('csc', shape, flip(rows));
  if (layout === 'bsr')
    return { layout, constant: packBlocks(where, rows, checkBlock(where, options.block ?? [4, 1])) };
  const { n = 2, m = 4, sharedRows = 1 } = options;
  checkNm(where, n, m, sharedRows);
  return { layout, constant: packGroups(where, rows, n, m, sharedRows) };
}

/** The entries of `rows`, which has the pattern of `model`, in the layout of `model`. */
export function packAs(where: string, rows: Compressed, model: Matrix): Matrix {
  return pack(where, rows, model.layout, model.layout === 'bsr' || model.layout === 'nm' ? model.constant : {});
}

/** The entries of `rows`, of any pattern, in the layout of `model`; N:M, which few patterns fit, becomes csr. */
export function packLike(where: string, rows: Compressed, model: Matrix): Matrix {
  return model.layout === 'nm' ? pack(where, rows, 'csr') : packAs(where, rows, model);
}

/** The same entries in another layout. Throws UsageError as pack does. */
export function convert(where: string, matrix: Matrix, layout: Layout, options: LayoutOptions = {}): Matrix {
  return pack(where, rowsOf(matrix), layout, options);
}

/** Rows and columns exchanged: csr and csc turn into each other at no cost, coo and bsr stay what they are, nm becomes csc. */
export function transpose(matrix: Matrix): Matrix {
  const [rows, columns] = shapeOf(matrix);
  const shape: MatrixShape = [columns, rows];
  if (matrix.layout === 'csr' || matrix.layout === 'csc') {
    const layout = matrix.layout === 'csr' ? 'csc' : 'csr';
    const { outputAxis } = matrix.constant;
    return { layout, constant: { ...matrix.constant, shape, outputAxis: 1 - outputAxis } };
  }
  if (matrix.layout === 'nm') return compressedMatrix('csc', shape, rowsOf(matrix));
  const flipped = flip(rowsOf(matrix));
  if (matrix.layout !== 'bsr') return pack('transpose', flipped, 'coo');
  const [height, breadth] = matrix.constant.block;
  return pack('transpose', flipped, 'bsr', { block: [breadth, height] });
}

function checkRoom(where: string, what: string, count: number): void {
  if (count > MAX_ELEMENTS)
    throw new UsageError(`${where}: want at most ${MAX_ELEMENTS} values, got ${count} in ${what}`);
}

function packBlocks(where: string, rows: Compressed, block: readonly [number, number]): BsrConstant {
  const [height, breadth] = block;
  const { count, width, pointers, indices, values } = rows;
  const blockRows = Math.ceil(count / height);
  const rowPointers = newPointers(blockRows);
  const columns: number[] = [];
  // The block row in which a block column was last seen, plus 1; then its place among the blocks.
  const seen = newPointers(Math.ceil(width / breadth));
  const placeOf = new Uint32Array(seen.length);
  for (let blockRow = 0; blockRow < blockRows; blockRow++) {
    const begin = pointers[blockRow * height];
    const end = pointers[Math.min(count, (blockRow + 1) * height)];
    const found: number[] = [];
    for (let i = begin; i < end; i++) {
      const column = Math.floor(indices[i] / breadth);
      if (seen[column] === blockRow + 1) continue;
      seen[column] = blockRow + 1;
      found.push(column);
    }
    found.sort((a, b) => a - b);
    for (const column of found) columns.push(column);
    rowPointers[blockRow + 1] = columns.length;
  }
  checkRoom(where, `${columns.length} blocks of ${height} x ${breadth}`, columns.length * height * breadth);
  const out = new Float32Array(columns.length * height * breadth);
  for (let row = 0; row < count; row++) {
    const blockRow = Math.floor(row / height);
    if (row % height === 0)
      for (let i = rowPointers[blockRow]; i < rowPointers[blockRow + 1]; i++) placeOf[columns[i]] = i;
    for (let i = pointers[row]; i < pointers[row + 1]; i++) {
      const column = Math.floor(indices[i] / breadth);
      out[(placeOf[column] * height + (row % height)) * breadth + (indices[i] % breadth)] = values[i];
    }
  }
  return {
    ...{ encoding: 'bsr', dtype: 'float32', shape: [count, width], outputAxis: 0, block: [height, breadth] },
    ...{ rowPointers, columns: Uint32Array.from(columns), values: out },
  };
}

/** Groups with fewer than n entries store zeros at the lowest free positions. */
function packGroups(where: string, rows: Compressed, n: number, m: number, sharedRows: number): NmConstant {
  const { count, width, pointers, indices, values } = rows;
  const groups = Math.ceil(width / m);
  checkRoom(where, `${groups} groups of ${n} in each of ${count} rows`, count * groups * n);
  const positions = new Uint8Array(Math.ceil(count / sharedRows) * groups * n);
  const out = new Float32Array(count * groups * n);
  /** By column its place among the stored of its group, plus 1. */
  const place = new Uint16Array(width);
  for (let first = 0; first < count; first += sharedRows) {
    const last = Math.min(count, first + sharedRows);
    place.fill(0);
    for (let i = pointers[first]; i < pointers[last]; i++) place[indices[i]] = 1;
    for (let group = 0; group < groups; group++) {
      const begin = group * m;
      const end = Math.min(width, begin + m);
      let used = 0;
      for (let column = begin; column < end; column++) used += place[column];
      if (used > n)
        throw new UsageError(
          `${where}: ${n}:${m} wants at most ${n} stored of the ${end - begin} columns from ${begin} in row ${first}` +
            `${sharedRows > 1 ? ` and the ${last - first - 1} after it that share its positions` : ''}, got ${used}`,
        );
      let free = Math.min(n, end - begin) - used;
      let stored = 0;
      for (let column = begin; column < end; column++) {
        if (place[column] === 0 && free === 0) continue;
        if (place[column] === 0) free--;
        positions[((first / sharedRows) * groups + group) * n + stored] = column - begin;
        place[column] = ++stored;
      }
    }
    for (let row = first; row < last; row++)
      for (let i = pointers[row]; i < pointers[row + 1]; i++) {
        const group = Math.floor(indices[i] / m);
        out[(row * groups + group) * n + place[indices[i]] - 1] = values[i];
      }
  }
  return {
    ...{ encoding: 'nm', dtype: 'float32', shape: [count, width], outputAxis: 0 },
    ...{ n, m, sharedRows, positions, values: out },
  };
}
