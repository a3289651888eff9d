import { UsageError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import { bytesOf } from '../formats/table.ts';
import { Tensor } from '../runtime/tensor.ts';
import * as arithmetic from './arithmetic.ts';
import { arraysOf, matrixOf, type SparseArrays, type SparseArraysLike } from './arrays.ts';
import { type Duplicates, type Mask, rowsOfDense, rowsOfMask, rowsOfTriplets } from './build.ts';
import {
  checkShape,
  type Dense,
  type Range,
  readDense,
  readNumber,
  readRange,
  readValues,
  readVector,
  type Vector,
  wantInner,
  wantShape,
} from './checks.ts';
import { denseTimesSparse, sampledProduct, sparseTimesDense } from './dense-product.ts';
import {
  type Compressed,
  columnsOf,
  compressedMatrix,
  type Layout,
  type LayoutOptions,
  type Matrix,
  type MatrixShape,
  rowsOf,
  shapeOf,
  storedIn,
} from './matrix.ts';
import { checkLayout, convert, pack, packAs, packLike, transpose } from './pack.ts';
import { print } from './print.ts';
import { multiplySparse } from './product.ts';
import { type Resident, resident } from './resident.ts';

/** In which layout a tensor is made; csr by default. */
export interface MakeOptions extends LayoutOptions {
  readonly layout?: Layout;
}

export interface TripletOptions extends MakeOptions {
  /** Positions that come twice: their values are added ('sum', the default), or they are a mistake ('reject'). */
  readonly duplicates?: Duplicates;
}

export interface DenseOptions extends MakeOptions {
  /** What to store, zeros too; without it every number that is not 0. */
  readonly mask?: Mask;
}

/**
 * A sparse matrix of float32 values with int32 indices, for work in the manner of torch.sparse and scipy.sparse. It never
 * changes: every operation makes a new one. Stored positions are its pattern, even where their value is 0.
 *
 * Making, converting and arithmetic run in JavaScript and may be done at any time. Products with dense operands, and
 * `sddmm`, run on the WebAssembly kernels: `await ready()` once before the first. A tensor is packed into WebAssembly
 * memory by its first product and stays there for the next ones, until `dispose()` (or `using`), or until it is collected.
 */
export class SparseTensor implements Disposable {
  #resident: Resident | undefined;

  private constructor(matrix: Matrix) {
    this.#resident = resident(matrix);
  }

  /**
   * From dense numbers: a float32 tensor [rows, columns] or an array of rows.
   * @throws UsageError when it is no matrix, or an option does not fit
   */
  static fromDense(dense: Dense, options: DenseOptions = {}): SparseTensor {
    const where = 'SparseTensor.fromDense';
    const { rows, columns, data } = readDense(where, dense);
    return SparseTensor.#made(where, rowsOfDense(where, [rows, columns], data, options.mask), options);
  }

  /**
   * From entries in any order.
   * @throws UsageError for arrays of unequal length, an index outside the shape, a position that comes twice if rejected
   */
  static fromTriplets(
    shape: MatrixShape,
    rowIndices: ArrayLike<number>,
    columnIndices: ArrayLike<number>,
    values: ArrayLike<number>,
    options: TripletOptions = {},
  ): SparseTensor {
    const where = 'SparseTensor.fromTriplets';
    const given = { rowIndices, columnIndices, values };
    const rows = rowsOfTriplets(where, checkShape(where, shape), given, options.duplicates ?? 'sum');
    return SparseTensor.#made(where, rows, options);
  }

  /**
   * From the arrays of a layout, which are checked and copied: what `arrays()` gives makes the same tensor again.
   * @throws UsageError naming array and place for a wrong length, order or range
   */
  static fromArrays(arrays: SparseArraysLike): SparseTensor {
    return new SparseTensor(matrixOf('SparseTensor.fromArrays', arrays));
  }

  /**
   * A pattern: stored where the mask (one number or boolean per position, row-major) or predicate says so, with one value
   * everywhere or a function's.
   * @throws UsageError when mask and shape do not fit
   */
  static fromMask(
    shape: MatrixShape,
    mask: Mask,
    value: number | ((row: number, column: number) => number) = 1,
    options: MakeOptions = {},
  ): SparseTensor {
    const where = 'SparseTensor.fromMask';
    return SparseTensor.#made(where, rowsOfMask(where, checkShape(where, shape), mask, value), options);
  }

  get #held(): Resident {
    if (!this.#resident) throw new UsageError('SparseTensor: want a tensor that is in use, got one after dispose()');
    return this.#resident;
  }

  get #matrix(): Matrix {
    return this.#held.matrix;
  }

  get layout(): Layout {
    return this.#matrix.layout;
  }

  get shape(): MatrixShape {
    return shapeOf(this.#matrix);
  }

  /** Stored positions inside the shape (nnz), zeros among their values included. */
  get stored(): number {
    return storedIn(this.#matrix);
  }

  /** Fraction of positions that are not stored; 0 for a matrix without any. */
  get sparsity(): number {
    const [rows, columns] = this.shape;
    return rows * columns === 0 ? 0 : 1 - this.stored / (rows * columns);
  }

  /** Bytes of the arrays of its layout. */
  get bytes(): number {
    const { layout, constant } = this.#matrix;
    return layout === 'coo' ? 12 * constant.values.length : bytesOf(constant);
  }

  /** Copies of the arrays of its layout. */
  arrays(): SparseArrays {
    return arraysOf(this.#matrix);
  }

  /** The same entries in another layout. Throws UsageError when an option is wrong or the pattern is not N:M. */
  to(layout: Layout, options: LayoutOptions = {}): SparseTensor {
    checkLayout('to', layout);
    return new SparseTensor(convert('to', this.#matrix, layout, options));
  }

  /** Row-major numbers, 0 where nothing is stored. */
  toDense(): Tensor<'float32'> {
    const { shape } = this;
    sizeOf(shape);
    return new Tensor('float32', arithmetic.dense(rowsOf(this.#matrix)), shape);
  }

  /** Every stored position with its value, row by row. */
  *entries(): Generator<[row: number, column: number, value: number]> {
    const { count, pointers, indices, values } = rowsOf(this.#matrix);
    for (let row = 0; row < count; row++)
      for (let i = pointers[row]; i < pointers[row + 1]; i++) yield [row, indices[i], values[i]];
  }

  /**
   * this · other. With a sparse operand the result is csr, stored wherever some product falls. With a dense one [k, t] it
   * is dense [rows, t].
   * @throws UsageError when the extents do not fit, when `ready` has not been awaited (dense), when memory runs out
   */
  matmul(other: SparseTensor): SparseTensor;
  matmul(other: Dense): Tensor<'float32'>;
  matmul(other: SparseTensor | Dense): SparseTensor | Tensor<'float32'> {
    const [rows, depth] = this.shape;
    if (other instanceof SparseTensor) {
      wantInner('matmul', this.shape, other.shape);
      const product = multiplySparse('matmul', rowsOf(this.#matrix), rowsOf(other.#matrix));
      return new SparseTensor(pack('matmul', product, 'csr'));
    }
    const { rows: inner, columns, data } = readDense('matmul', other);
    wantInner('matmul', [rows, depth], [inner, columns]);
    return new Tensor('float32', sparseTimesDense('matmul', this.#held, data, columns), [rows, columns]);
  }

  /** dense · this: [t, rows] to dense [t, columns]. Throws UsageError as matmul does. */
  premultiply(dense: Dense): Tensor<'float32'> {
    const { rows, columns: depth, data } = readDense('premultiply', dense);
    wantInner('premultiply', [rows, depth], this.shape);
    const columns = this.shape[1];
    return new Tensor('float32', denseTimesSparse('premultiply', data, rows, this.#held), [rows, columns]);
  }

  /** this · vector, [columns] to [rows]. Throws UsageError as matmul does. */
  matvec(vector: Vector): Float32Array {
    return sparseTimesDense('matvec', this.#held, readVector('matvec', vector, this.shape[1]), 1);
  }

  /**
   * a · b at the stored positions only (SDDMM): dense [rows, k] times dense [k, columns], as a tensor with this pattern and
   * layout. The values of this tensor are not read; `a · b` scaled by them is `this.sddmm(a, b).multiply(this)`.
   * @throws UsageError as matmul does
   */
  sddmm(a: Dense, b: Dense): SparseTensor {
    const [rows, columns] = this.shape;
    const left = readDense('sddmm', a);
    const right = readDense('sddmm', b);
    if (left.rows !== rows || right.columns !== columns || left.columns !== right.rows)
      throw new UsageError(
        `sddmm: want [${rows}, k] x [k, ${columns}], got [${left.rows}, ${left.columns}] x [${right.rows}, ${right.columns}]`,
      );
    return this.#withValues(sampledProduct('sddmm', this.#held, left.data, right.data, left.columns));
  }

  /**
   * Rows and columns exchanged. csr becomes csc and csc csr, without copying; coo stays coo, bsr bsr with its block turned,
   * nm becomes csc.
   */
  transpose(): SparseTensor {
    return new SparseTensor(transpose(this.#matrix));
  }

  /** this + scale · other, stored wherever either is; in this layout, csr for nm. Throws UsageError unless shapes are equal. */
  add(other: SparseTensor, scale = 1): SparseTensor {
    this.#wantSame('add', other);
    return this.#remade('add', arithmetic.add(this.#lines(), other.#lines(this.layout), readNumber('add', scale)));
  }

  /**
   * this · other element by element. With a sparse operand it is stored where both are, with a dense one where this is: what
   * is not stored is 0 and stays so, whatever it meets. In this layout; csr for nm times sparse.
   * @throws UsageError unless shapes are equal
   */
  multiply(other: SparseTensor | Dense): SparseTensor {
    if (other instanceof SparseTensor) {
      this.#wantSame('multiply', other);
      return this.#remade('multiply', arithmetic.multiply(this.#lines(), other.#lines(this.layout)));
    }
    const { rows, columns, data } = readDense('multiply', other);
    wantShape('multiply', this.shape, [rows, columns]);
    const product = arithmetic.multiplyDense(rowsOf(this.#matrix), data);
    return new SparseTensor(packAs('multiply', product, this.#matrix));
  }

  /** Every value times a number; the same pattern and layout. */
  scale(factor: number): SparseTensor {
    const times = readNumber('scale', factor);
    const matrix = this.#matrix;
    const { layout, constant } = matrix;
    // What sticks out of a ragged block or group is 0, and must stay so when the factor is not finite.
    if ((layout === 'bsr' || layout === 'nm') && !Number.isFinite(times)) {
      const rows = rowsOf(matrix);
      return new SparseTensor(packAs('scale', { ...rows, values: rows.values.map((value) => value * times) }, matrix));
    }
    return this.#withValues(constant.values.map((value) => value * times));
  }

  /** The same pattern with other values, in the order of `arrays().values`. Throws UsageError unless there are as many. */
  withValues(values: ArrayLike<number>): SparseTensor {
    const { constant } = this.#matrix;
    const numbers = readValues('withValues', values, constant.values.length);
    return new SparseTensor(matrixOf('withValues', { ...arraysOf(this.#matrix), values: numbers }));
  }

  /** The same matrix without the entries whose value is 0; in this layout, csr for nm. Blocks keep their zeros inside. */
  dropZeros(): SparseTensor {
    return this.#remade('dropZeros', arithmetic.withoutZeros(this.#lines()));
  }

  /** [rows]: the sum of each row. */
  rowSums(): Float32Array {
    const { layout } = this;
    return layout === 'csc' ? arithmetic.sumOverLines(this.#lines()) : arithmetic.sumOfLines(this.#lines());
  }

  /** [columns]: the sum of each column. */
  columnSums(): Float32Array {
    const { layout } = this;
    return layout === 'csc' ? arithmetic.sumOfLines(this.#lines()) : arithmetic.sumOverLines(this.#lines());
  }

  /**
   * Some rows and columns, all where no range is given; in this layout, csr for nm.
   * @throws UsageError unless 0 <= begin <= end <= extent
   */
  slice({ rows, columns }: { readonly rows?: Range; readonly columns?: Range }): SparseTensor {
    const across = readRange('slice: rows', rows, this.shape[0]);
    const along = readRange('slice: columns', columns, this.shape[1]);
    const [first, second] = this.layout === 'csc' ? [along, across] : [across, along];
    return this.#remade('slice', arithmetic.slice(this.#lines(), first, second));
  }

  /** The number at a position, 0 where nothing is stored. Throws UsageError outside the shape. */
  get(row: number, column: number): number {
    const [rows, columns] = this.shape;
    const inside =
      Number.isInteger(row) && Number.isInteger(column) && row >= 0 && row < rows && column >= 0 && column < columns;
    if (!inside) throw new UsageError(`get: want a position in [${rows}, ${columns}], got [${row}, ${column}]`);
    const lines = this.#lines();
    const [line, position] = this.layout === 'csc' ? [column, row] : [row, column];
    const at = arithmetic.lowerBound(lines, line, position);
    return at < lines.pointers[line + 1] && lines.indices[at] === position ? lines.values[at] : 0;
  }

  /**
   * True when both are the same matrix, whatever their layouts: equal shapes, and every element the same number or off by
   * at most tolerance · max(1, |other|). A stored 0 equals one that is not stored; NaN equals NaN.
   */
  equals(other: SparseTensor, tolerance = 0): boolean {
    wantSparse('equals', other);
    const [rows, columns] = this.shape;
    if (rows !== other.shape[0] || columns !== other.shape[1]) return false;
    return arithmetic.equal(this.#lines(), other.#lines(this.layout), readNumber('equals', tolerance));
  }

  /** The arrays of its layout, shortened, then shape and layout, as torch prints a tensor. */
  toString(): string {
    return print(this.arrays(), this.stored);
  }

  /** What Node's console prints. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.#resident ? this.toString() : 'SparseTensor(disposed)';
  }

  /** Gives the WebAssembly memory back. The tensor cannot be used after that. */
  dispose(): void {
    this.#resident?.dispose();
    this.#resident = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The entries by column where `layout` is csc, by row else. */
  #lines(layout: Layout = this.layout): Compressed {
    return layout === 'csc' ? columnsOf(this.#matrix) : rowsOf(this.#matrix);
  }

  /** A tensor in this layout from what `#lines` became. */
  #remade(where: string, lines: Compressed): SparseTensor {
    if (this.layout === 'csc') return new SparseTensor(compressedMatrix('csc', [lines.width, lines.count], lines));
    return new SparseTensor(packLike(where, lines, this.#matrix));
  }

  #withValues(values: Float32Array): SparseTensor {
    const matrix = this.#matrix;
    return new SparseTensor({ ...matrix, constant: { ...matrix.constant, values } } as Matrix);
  }

  #wantSame(where: string, other: SparseTensor): void {
    wantSparse(where, other);
    wantShape(where, this.shape, other.shape);
  }

  static #made(where: string, rows: Compressed, options: MakeOptions): SparseTensor {
    const layout = options.layout ?? 'csr';
    checkLayout(where, layout);
    return new SparseTensor(pack(where, rows, layout, options));
  }
}

function wantSparse(where: string, given: unknown): void {
  if (!(given instanceof SparseTensor)) throw new UsageError(`${where}: want a SparseTensor, got ${typeof given}`);
}
