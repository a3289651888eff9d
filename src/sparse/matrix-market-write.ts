/** Writes Matrix Market files, coordinate format. */
import { UsageError } from '../core/errors.ts';
import type { SparseTensor } from './tensor.ts';

export interface MatrixMarketOptions {
  /** 'real' by default. 'integer' wants whole values; 'pattern' writes positions only, whatever their values. */
  readonly field?: 'real' | 'integer' | 'pattern';
  /** 'general' by default. The others write the lower half and want a matrix that is so. */
  readonly symmetry?: 'general' | 'symmetric' | 'skew-symmetric';
  /** Lines of text below the header. */
  readonly comment?: string;
}

/** The fewest digits that are read back as the same float32. */
function decimal(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

function checkOption<T extends string>(name: string, value: T, among: readonly T[]): void {
  if (!among.includes(value))
    throw new UsageError(`writeMatrixMarket: ${name}: want ${among.join(', ')}, got ${JSON.stringify(value)}`);
}

/** Throws UsageError unless the matrix mirrors itself as `symmetry` says; for a pattern its positions alone count. */
function checkSymmetry(tensor: SparseTensor, symmetry: string, pattern: boolean): void {
  const [rows, columns] = tensor.shape;
  const refuse = (what: string): never => {
    throw new UsageError(`writeMatrixMarket: want a ${symmetry} matrix, got ${what}`);
  };
  if (rows !== columns) refuse(`[${rows}, ${columns}]`);
  const sign = symmetry === 'symmetric' ? 1 : -1;
  const flipped = [...tensor.transpose().to('coo').entries()];
  let at = 0;
  for (const [row, column, value] of tensor.entries()) {
    const [otherRow, otherColumn, mirrored] = flipped[at++];
    if (row !== otherRow || column !== otherColumn) refuse(`an entry at [${row}, ${column}] without its mirror image`);
    if (row === column && sign < 0) refuse(`an entry on the diagonal at [${row}, ${column}]`);
    const same = value === sign * mirrored || (Number.isNaN(value) && Number.isNaN(mirrored));
    if (!pattern && !same) refuse(`${value} at [${row}, ${column}] and ${mirrored} at [${column}, ${row}]`);
  }
}

/**
 * The bytes of a Matrix Market file with every stored position, row by row. Reading it back gives the same values.
 * @throws UsageError when the matrix does not fit `field` or `symmetry`
 */
export function writeMatrixMarket(tensor: SparseTensor, options: MatrixMarketOptions = {}): Uint8Array {
  const { field = 'real', symmetry = 'general', comment = '' } = options;
  checkOption('field', field, ['real', 'integer', 'pattern']);
  checkOption('symmetry', symmetry, ['general', 'symmetric', 'skew-symmetric']);
  if (field === 'pattern' && symmetry === 'skew-symmetric')
    throw new UsageError('writeMatrixMarket: want values for a skew-symmetric matrix, got field "pattern"');
  if (symmetry !== 'general') checkSymmetry(tensor, symmetry, field === 'pattern');
  const entries: string[] = [];
  for (const [row, column, value] of tensor.entries()) {
    if (symmetry !== 'general' && column > row) continue;
    if (field === 'integer' && !Number.isInteger(value))
      throw new UsageError(`writeMatrixMarket: want whole values, got ${value} at [${row}, ${column}]`);
    const place = `${row + 1} ${column + 1}`;
    if (field === 'pattern') entries.push(place);
    else entries.push(`${place} ${field === 'integer' ? BigInt(value) : decimal(value)}`);
  }
  const comments = comment === '' ? [] : comment.split('\n').map((line) => `% ${line}`);
  const head = [`%%MatrixMarket matrix coordinate ${field} ${symmetry}`, ...comments];
  const text = [...head, `${tensor.shape.join(' ')} ${entries.length}`, ...entries].join('\n');
  return new TextEncoder().encode(`${text}\n`);
}
