/**
 * The orders in which kernels go through the stored values of a sparse weight.
 *
 * A kind is a way to walk the weight: csr row by row, bsr<R>x1 by R rows that share their columns. Every encoding can be
 * walked as csr; one whose rows share columns in groups that R divides can be walked as bsr<R>x1. Blocks of 1x4 are walked
 * as they are stored, with block indices for columns, and only where they do not stick out.
 */
import { invariant } from '../core/errors.ts';
import { matrixView, type SparseConstant } from '../formats/constant.ts';
import { STICK_OUT } from '../formats/positions.ts';
import type { Layout } from './kernel.ts';

export const kinds = ['csr', 'bsr2x1', 'bsr4x1', 'bsr8x1', 'bsr16x1', 'bsr1x4'] as const;
export type Kind = (typeof kinds)[number];

/** Rows per row pointer. */
export const blockRows: Readonly<Record<Kind, number>> = {
  csr: 1,
  bsr2x1: 2,
  bsr4x1: 4,
  bsr8x1: 8,
  bsr16x1: 16,
  bsr1x4: 1,
};
const blockValues = (kind: Kind) => (kind === 'bsr1x4' ? 4 : blockRows[kind]);

/** A pattern in the order of a kind: entries [rowPointers.at(-1)], each of a block's values. */
export interface Walk {
  readonly rowPointers: Uint32Array;
  readonly columns: Uint32Array;
  /** [entries][values of a block]: index into the constant's values, or STICK_OUT. */
  readonly order: Uint32Array;
}

/** Consecutive rows that share their columns. */
function sharing(constant: SparseConstant): number {
  if (constant.encoding === 'csr') return 1;
  return constant.encoding === 'bsr' ? constant.block[0] : constant.sharedRows;
}

/** True when the constant can be walked as this kind. */
export function walkable(constant: SparseConstant, kind: Kind): boolean {
  if (kind === 'bsr1x4') return native(constant, kind);
  return sharing(constant) % blockRows[kind] === 0;
}

/** True when the kind's order of the values is the encoding's own. */
export function native(constant: SparseConstant, kind: Kind): boolean {
  if (constant.encoding === 'csr') return kind === 'csr';
  if (kind === 'bsr1x4') {
    const wide = constant.encoding === 'bsr' && constant.block[0] === 1 && constant.block[1] === 4;
    return wide && matrixView(constant.shape, constant.outputAxis).columns % 4 === 0;
  }
  if (constant.encoding === 'bsr') return constant.block[1] === 1 && constant.block[0] === blockRows[kind];
  if (kind !== 'csr') return false;
  const rest = matrixView(constant.shape, constant.outputAxis).columns % constant.m;
  return rest === 0 || rest >= constant.n;
}

/** The layout in which a kernel of this kind reads the constant's values. */
export function valuesLayout(constant: SparseConstant, kind: Kind): Layout {
  return native(constant, kind) ? 'values' : `values.${kind}`;
}

/** The stored columns of one row in ascending order, with the index of each value. */
function eachInRow(constant: SparseConstant, row: number, visit: (column: number, index: number) => void): void {
  const { columns: width } = matrixView(constant.shape, constant.outputAxis);
  if (constant.encoding === 'csr') {
    for (let i = constant.rowPointers[row]; i < constant.rowPointers[row + 1]; i++) visit(constant.columns[i], i);
  } else if (constant.encoding === 'bsr') {
    const [height, breadth] = constant.block;
    const blockRow = Math.floor(row / height);
    for (let i = constant.rowPointers[blockRow]; i < constant.rowPointers[blockRow + 1]; i++)
      for (let c = 0; c < breadth && constant.columns[i] * breadth + c < width; c++)
        visit(constant.columns[i] * breadth + c, (i * height + (row % height)) * breadth + c);
  } else {
    const { n, m, sharedRows, positions } = constant;
    const groups = Math.ceil(width / m);
    for (let group = 0; group < groups; group++) {
      const shared = (Math.floor(row / sharedRows) * groups + group) * n;
      for (let i = 0; i < Math.min(n, width - group * m); i++)
        visit(group * m + positions[shared + i], (row * groups + group) * n + i);
    }
  }
}

const walks = new WeakMap<SparseConstant, Map<string, Walk>>();

/** Several forms are made of one walk: it is kept as long as its constant. */
export function remembered(constant: SparseConstant, name: string, make: () => Walk): Walk {
  const own = walks.get(constant) ?? new Map<string, Walk>();
  walks.set(constant, own);
  const found = own.get(name) ?? make();
  own.set(name, found);
  return found;
}

/** The constant's pattern in the order of `kind`, which it must be walkable as. */
export function walk(constant: SparseConstant, kind: Kind): Walk {
  invariant(walkable(constant, kind), `a ${constant.encoding} constant walked as ${kind}`);
  return remembered(
    constant,
    kind,
    () => (native(constant, kind) ? ownWalk(constant) : undefined) ?? madeWalk(constant, kind),
  );
}

/** A walk in the encoding's own order: its arrays as they are. */
function ownWalk(constant: SparseConstant): Walk | undefined {
  if (constant.encoding === 'nm') return undefined;
  const { rowPointers, columns, values } = constant;
  const { rows } = matrixView(constant.shape, constant.outputAxis);
  const height = constant.encoding === 'bsr' ? constant.block[0] : 1;
  const order = new Uint32Array(values.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  // In a last block row that sticks out, the rows past the end have no weight.
  const overhang = (rowPointers.length - 1) * height - rows;
  if (overhang > 0)
    for (let i = rowPointers[rowPointers.length - 2]; i < columns.length; i++)
      for (let row = height - overhang; row < height; row++) order[i * height + row] = STICK_OUT;
  return { rowPointers, columns, order };
}

function madeWalk(constant: SparseConstant, kind: Kind): Walk {
  const { rows } = matrixView(constant.shape, constant.outputAxis);
  const height = blockRows[kind];
  const rowPointers = new Uint32Array(Math.ceil(rows / height) + 1);
  for (let row = 0; row < rows; row += height) {
    let count = 0;
    eachInRow(constant, row, () => {
      count++;
    });
    rowPointers[row / height + 1] = rowPointers[row / height] + count;
  }
  const columns = new Uint32Array(rowPointers[rowPointers.length - 1]);
  const order = new Uint32Array(columns.length * height).fill(STICK_OUT);
  for (let row = 0; row < rows; row++) {
    let entry = rowPointers[Math.floor(row / height)];
    eachInRow(constant, row, (column, index) => {
      columns[entry] = column;
      order[entry++ * height + (row % height)] = index;
    });
  }
  return { rowPointers, columns, order };
}

/** The walk of the transposed matrix, as csr: rows and columns change places, the order follows. */
export function transposed(constant: SparseConstant): Walk {
  return remembered(constant, 'transposed', () => {
    const { rows, columns: width } = matrixView(constant.shape, constant.outputAxis);
    const own = walk(constant, 'csr');
    const rowPointers = new Uint32Array(width + 1);
    for (let i = 0; i < own.columns.length; i++) rowPointers[own.columns[i] + 1]++;
    for (let i = 0; i < width; i++) rowPointers[i + 1] += rowPointers[i];
    const next = rowPointers.slice(0, width);
    const columns = new Uint32Array(own.columns.length);
    const order = new Uint32Array(own.columns.length);
    for (let row = 0; row < rows; row++)
      for (let i = own.rowPointers[row]; i < own.rowPointers[row + 1]; i++) {
        const at = next[own.columns[i]]++;
        columns[at] = row;
        order[at] = own.order[i];
      }
    return { rowPointers, columns, order };
  });
}

/** Row pointers, then per entry the place of its column in bytes. */
export function placed({ rowPointers, columns }: Walk, place: (column: number) => number): Uint32Array {
  const form = new Uint32Array(rowPointers.length + columns.length);
  form.set(rowPointers);
  for (let i = 0; i < columns.length; i++) form[rowPointers.length + i] = place(columns[i]);
  return form;
}

const sizes = new WeakMap<SparseConstant, Map<Kind, number>>();

/** Entries and values of a walk without making it. */
export function walkSize(constant: SparseConstant, kind: Kind): { readonly entries: number; readonly values: number } {
  const own = sizes.get(constant) ?? new Map<Kind, number>();
  sizes.set(constant, own);
  const entries = own.get(kind) ?? countEntries(constant, kind);
  own.set(kind, entries);
  return { entries, values: entries * blockValues(kind) };
}

function countEntries(constant: SparseConstant, kind: Kind): number {
  if (constant.encoding !== 'nm' && native(constant, kind)) return constant.columns.length;
  const { rows } = matrixView(constant.shape, constant.outputAxis);
  let entries = 0;
  for (let row = 0; row < rows; row += blockRows[kind])
    eachInRow(constant, row, () => {
      entries++;
    });
  return entries;
}
