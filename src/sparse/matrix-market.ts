/**
 * Reads Matrix Market files (Boisvert, Pozo and Remington, 1996):
 *
 *     %%MatrixMarket matrix coordinate real general     object, format, field, symmetry
 *     % comments
 *     3 4 2                                             rows columns entries        (array: rows columns)
 *     1 1 0.5                                           row column value, from 1    (array: a value per line, by columns)
 *     3 4 -2
 */
import { ModelError, UsageError } from '../core/errors.ts';
import { isBelievable } from './believable.ts';
import { SparseTensor, type TripletOptions } from './tensor.ts';

type Symmetry = 'general' | 'symmetric' | 'skew-symmetric';

interface Header {
  readonly format: 'coordinate' | 'array';
  readonly field: 'real' | 'integer' | 'pattern';
  readonly symmetry: Symmetry;
}

/** Goes through a text line by line, past comments and blank lines. */
interface Lines {
  /** The words of the next line, or undefined at the end. */
  next(): string[] | undefined;
  /** Where that was, for messages. */
  number(): number;
  /** Characters that are left. */
  left(): number;
}

function linesOf(text: string): Lines {
  let at = 0;
  let number = 0;
  return {
    next() {
      while (at < text.length) {
        const end = text.indexOf('\n', at);
        const line = text.slice(at, end < 0 ? text.length : end).trim();
        at = end < 0 ? text.length : end + 1;
        number++;
        // The first line is the header, which begins like a comment.
        if (line !== '' && (number === 1 || !line.startsWith('%'))) return line.split(/\s+/);
      }
      return undefined;
    },
    number: () => number,
    left: () => text.length - at,
  };
}

function fail(lines: Lines, want: string, got: string): never {
  const shown = got.length > 80 ? `${got.slice(0, 80)}...` : got;
  throw new ModelError(`line ${lines.number()}: want ${want}, got ${shown}`);
}

function oneOf<T extends string>(lines: Lines, what: string, names: readonly T[], word: string): T {
  const found = names.find((name) => name === word.toLowerCase());
  return found ?? fail(lines, `${what} ${names.join(', ')}`, `"${word}"`);
}

function readHeader(lines: Lines): Header {
  const words = lines.next() ?? [];
  if (words.length !== 5 || words[0].toLowerCase() !== '%%matrixmarket')
    fail(lines, '"%%MatrixMarket matrix" with format, field and symmetry', `"${words.join(' ')}"`);
  oneOf(lines, 'the object', ['matrix'], words[1]);
  const format = oneOf(lines, 'a format among', ['coordinate', 'array'], words[2]);
  // Complex matrices, and hermitian ones, have no place in float32.
  const fields = format === 'array' ? (['real', 'integer'] as const) : (['real', 'integer', 'pattern'] as const);
  const field = oneOf(lines, 'a field among', fields, words[3]);
  const symmetry = oneOf(lines, 'a symmetry among', ['general', 'symmetric', 'skew-symmetric'], words[4]);
  return { format, field, symmetry };
}

function readWhole(lines: Lines, what: string, word: string, least: number, most: number): number {
  const value = /^\+?\d{1,15}$/.test(word) ? Number(word) : Number.NaN;
  if (value >= least && value <= most) return value;
  return fail(lines, `${what} in [${least}, ${most}]`, `"${word}"`);
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const NAMED = /^([+-]?)(nan|inf|infinity)$/i;

function readNumber(lines: Lines, field: Header['field'], word: string): number {
  if (field === 'integer' && !/^[+-]?\d+$/.test(word)) fail(lines, 'a whole number', `"${word}"`);
  if (DECIMAL.test(word)) return Number(word);
  const named = NAMED.exec(word);
  if (!named) return fail(lines, 'a number', `"${word}"`);
  if (named[2].toLowerCase() === 'nan') return Number.NaN;
  return named[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Entries as they are read, mirrored where the file holds one half of a symmetric matrix. */
interface Entries {
  readonly rows: number[];
  readonly columns: number[];
  readonly values: number[];
}

function put({ rows, columns, values }: Entries, symmetry: Symmetry, row: number, column: number, value: number): void {
  rows.push(row);
  columns.push(column);
  values.push(value);
  if (symmetry === 'general' || row === column) return;
  rows.push(column);
  columns.push(row);
  values.push(symmetry === 'symmetric' ? value : -value);
}

/**
 * Reads a matrix: coordinate files as they are, array files by their numbers that are not 0. Values are rounded to
 * float32; those of a pattern are 1. Positions that come twice are added up, or rejected by option.
 * @param file the bytes of the file, or its text
 * @throws ModelError, with the line, when the file is broken or complex
 * @throws UsageError when an option is wrong or does not fit the matrix
 */
export function readMatrixMarket(file: Uint8Array | string, options: TripletOptions = {}): SparseTensor {
  const lines = linesOf(typeof file === 'string' ? file : new TextDecoder().decode(file));
  const header = readHeader(lines);
  const { format, symmetry } = header;
  const size = lines.next() ?? fail(lines, 'a line of sizes', 'the end of the file');
  const names = format === 'array' ? ['rows', 'columns'] : ['rows', 'columns', 'entries'];
  if (size.length !== names.length) fail(lines, names.join(' '), `"${size.join(' ')}"`);
  const [rows, columns, declared = 0] = size.map((word, i) => readWhole(lines, names[i], word, 0, 2 ** 31 - 1));
  if (symmetry !== 'general' && rows !== columns)
    fail(lines, `a square matrix for ${symmetry}`, `[${rows}, ${columns}]`);
  for (const extent of [rows, columns])
    if (!isBelievable(extent, Math.min(declared, lines.left())))
      fail(lines, 'extents that fit the entries', `${extent}`);
  const entries: Entries = { rows: [], columns: [], values: [] };
  if (format === 'array') readArray(lines, header, rows, columns, entries);
  else readCoordinates(lines, header, rows, columns, declared, entries);
  const rest = lines.next();
  if (rest) fail(lines, 'the end of the file', `"${rest.join(' ')}"`);
  try {
    return SparseTensor.fromTriplets([rows, columns], entries.rows, entries.columns, entries.values, options);
  } catch (error) {
    if (options.duplicates !== 'reject' || !(error instanceof UsageError)) throw error;
    throw new ModelError(error.message, { cause: error });
  }
}

function readCoordinates(
  lines: Lines,
  header: Header,
  rows: number,
  columns: number,
  count: number,
  to: Entries,
): void {
  const { field, symmetry } = header;
  const words = field === 'pattern' ? 2 : 3;
  for (let i = 0; i < count; i++) {
    const entry = lines.next() ?? fail(lines, `${count} entries`, `${i}`);
    if (entry.length !== words) fail(lines, words === 2 ? 'row column' : 'row column value', `"${entry.join(' ')}"`);
    const row = readWhole(lines, 'a row', entry[0], 1, rows) - 1;
    const column = readWhole(lines, 'a column', entry[1], 1, columns) - 1;
    if (symmetry !== 'general' && column > row - (symmetry === 'symmetric' ? 0 : 1))
      fail(lines, `an entry ${symmetry === 'symmetric' ? 'on or ' : ''}below the diagonal`, `"${entry.join(' ')}"`);
    put(to, symmetry, row, column, words === 2 ? 1 : readNumber(lines, field, entry[2]));
  }
}

/** Column by column; of a symmetric matrix the lower triangle, of a skew one without the diagonal. */
function readArray(lines: Lines, { field, symmetry }: Header, rows: number, columns: number, to: Entries): void {
  const first = (column: number) => (symmetry === 'general' ? 0 : symmetry === 'symmetric' ? column : column + 1);
  let words: readonly string[] = [];
  let at = 0;
  for (let column = 0; column < columns; column++)
    for (let row = first(column); row < rows; row++) {
      if (at === words.length) {
        words =
          lines.next() ?? fail(lines, `a number for row ${row + 1} of column ${column + 1}`, 'the end of the file');
        at = 0;
      }
      const value = readNumber(lines, field, words[at++]);
      if (value !== 0) put(to, symmetry, row, column, value);
    }
  if (at < words.length) fail(lines, 'the end of the file', `"${words[at]}"`);
}
