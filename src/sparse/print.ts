/** A sparse tensor as text, in the manner of torch: the arrays of its layout, shortened, then shape and layout. */
import type { SparseArrays } from './arrays.ts';

/** Arrays up to this length are printed whole. */
const WHOLE = 16;
/** Numbers from each end of a longer one. */
const ENDS = 4;

function list(numbers: ArrayLike<number>): string {
  const all = Array.from(numbers.length <= WHOLE ? numbers : { length: 0 }, number);
  if (numbers.length <= WHOLE) return `[${all.join(', ')}]`;
  const first = Array.from({ length: ENDS }, (_, i) => number(numbers[i]));
  const last = Array.from({ length: ENDS }, (_, i) => number(numbers[numbers.length - ENDS + i]));
  return `[${[...first, '...', ...last].join(', ')}]`;
}

/** At most six digits: float32 has no more that mean something. */
function number(value: number): string {
  if (Object.is(value, -0)) return '-0';
  return String(Number(value.toPrecision(6)));
}

/**
 * The text of a tensor with so many entries stored inside its shape, such as
 *
 *     SparseTensor(rowPointers=[0, 1, 3],
 *                  columnIndices=[2, 0, 1],
 *                  values=[1, 0.5, -2],
 *                  shape=[2, 3], stored=3, layout=csr)
 */
export function print(arrays: SparseArrays, stored: number): string {
  const head = 'SparseTensor(';
  const lines: string[] = [];
  const rest: string[] = [];
  for (const [name, value] of Object.entries(arrays)) {
    if (name === 'layout' || name === 'shape') continue;
    if (ArrayBuffer.isView(value)) lines.push(`${name}=${list(value as Float32Array)}`);
    else rest.push(Array.isArray(value) ? `${name}=[${value.join(', ')}]` : `${name}=${value}`);
  }
  const { shape, layout } = arrays;
  lines.push([`shape=[${shape.join(', ')}]`, ...rest, `stored=${stored}`, `layout=${layout}`].join(', '));
  return `${head}${lines.join(`,\n${' '.repeat(head.length)}`)})`;
}
