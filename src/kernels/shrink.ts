/**
 * Sparse constants that lose weights where they are: the calls that bring what lies in memory of a pattern, its values and
 * its forms up to date. No op asks for these kernels; a change of a mask does.
 *
 *     mask_bits, select_kept     which entries (positions, or blocks of them) a mask keeps
 *     compact_4                  moves what is kept forward: columns, offsets, values, optimizer states
 *     transpose_pattern          makes the transposed forms again
 */
import { type BsrConstant, type CsrConstant, matrixView } from '../formats/constant.ts';
import type { Call, Kernel, Layout } from './kernel.ts';
import { kinds, native } from './walk.ts';

const names = ['mask_bits', 'select_kept', 'compact_4', 'transpose_pattern'] as const;

export const shrinkKernels: readonly Kernel[] = names.map((name) => ({
  name,
  exports: [name],
  op: 'change of masks',
  match: () => 'is for changes of masks',
}));

export type Shrinkable = CsrConstant | BsrConstant;

/** Byte addresses of what a change of a mask works with. */
export interface Workplace {
  /** One byte per weight. */
  readonly mask: number;
  /** The row pointers as they were, and as they will be. */
  readonly oldPointers: number;
  readonly newPointers: number;
  /** The column indices; of the kept entries once `shrinkColumns` has run. */
  readonly columns: number;
  /** Room for one index per entry: those that stay. */
  readonly kept: number;
  /** Room for a transposed form or a permutation that nobody wants. */
  readonly spare: number;
}

/** A form that lies in memory. */
export interface Held {
  readonly layout: Layout;
  readonly address: number;
  readonly bytes: number;
}

/** Rows and columns of the blocks that have one column index each. */
function blockOf(constant: Shrinkable): readonly [number, number] {
  return constant.encoding === 'bsr' ? constant.block : [1, 1];
}

/** Values per entry. */
export function valuesPerEntry(constant: Shrinkable): number {
  const [height, width] = blockOf(constant);
  return height * width;
}

/** Bytes that `spare` needs. */
export function spareBytes(constant: Shrinkable, forms: readonly Held[]): number {
  const pointers = 4 * (matrixView(constant.shape, constant.outputAxis).columns + 1);
  return pointers + Math.max(0, ...forms.filter(({ layout }) => isTransposed(layout)).map(({ bytes }) => bytes));
}

/** Makes the mask one of 0 and 1; the call returns how many weights it keeps. */
export function maskBits(weights: number, mask: number): Call {
  return { kernel: 'mask_bits', args: [weights, mask] };
}

/** Finds what stays of the `total` ones of the mask; the call returns the number of entries, or -1 if they cannot be just those. */
export function selectKept(constant: Shrinkable, total: number, at: Workplace): Call {
  const { shape, outputAxis } = constant;
  const { rows, columns } = matrixView(shape, outputAxis);
  const after = shape.slice(outputAxis + 1).reduce((product, extent) => product * extent, 1);
  return {
    kernel: 'select_kept',
    args: [
      ...[...blockOf(constant), rows, columns, after, total],
      ...[at.oldPointers, at.columns, at.mask, at.newPointers, at.kept],
    ],
  };
}

export function shrinkColumns(entries: number, at: Workplace): Call {
  return compact(entries, 1, entries, 0, at.kept, at.columns);
}

/** For numbers parallel to the values: the kept ones go to the front of the `length`, zeros behind them. */
export function shrinkValues(constant: Shrinkable, entries: number, length: number, at: Workplace, x: number): Call {
  return compact(entries, valuesPerEntry(constant), length, 0, at.kept, x);
}

function compact(count: number, unit: number, capacity: number, fill: number, kept: number, x: number): Call {
  return { kernel: 'compact_4', args: [count, unit, capacity, fill, kept, x] };
}

/**
 * The calls that shrink the forms in memory to the kept entries, after `shrinkColumns`. What is in `rest` no kernel makes:
 * it must be written anew.
 *
 * @param constant as it was before
 */
export function shrinkForms(
  constant: Shrinkable,
  entries: number,
  forms: readonly Held[],
  at: Workplace,
): { readonly calls: readonly Call[]; readonly rest: readonly Held[] } {
  const own = kinds.find((kind) => native(constant, kind));
  const area = valuesPerEntry(constant);
  const calls: Call[] = [];
  const rest: Held[] = [];
  for (const form of forms) {
    const { layout, address, bytes } = form;
    if (layout === 'values') calls.push(compact(entries, area, bytes / 4, 0, at.kept, address));
    else if (layout === 'positions') calls.push(compact(entries, area, bytes / 4, 0xff, at.kept, address));
    else if (own !== undefined && layout.startsWith(`${own}.pattern.`)) {
      const pointers = constant.rowPointers.byteLength;
      calls.push(
        { kernel: 'copy_bytes', args: [pointers, at.newPointers, address] },
        compact(entries, 1, (bytes - pointers) / 4, 0, at.kept, address + pointers),
      );
    } else if (!isTransposed(layout)) rest.push(form);
  }
  return { calls: [...calls, ...transpositions(constant, forms, at)], rest };
}

const PERMUTATION = 'csr.permutation';
const TRANSPOSED = 'csr.transposed.';

function isTransposed(layout: Layout): boolean {
  return layout === PERMUTATION || layout.startsWith(TRANSPOSED);
}

/** One call makes a transposed pattern and the permutation that belongs to it. */
function transpositions(constant: Shrinkable, forms: readonly Held[], at: Workplace): Call[] {
  const { rows, columns } = matrixView(constant.shape, constant.outputAxis);
  const pointers = 4 * (columns + 1);
  const permutation = forms.find(({ layout }) => layout === PERMUTATION);
  const patterns = forms.filter(({ layout }) => layout.startsWith(TRANSPOSED));
  if (permutation && patterns.length === 0)
    patterns.push({ layout: `${TRANSPOSED}0`, address: at.spare, bytes: pointers + permutation.bytes });
  return patterns.map(({ layout, address, bytes }) => {
    const width = Number(layout.slice(TRANSPOSED.length));
    const order = permutation?.address ?? at.spare;
    return {
      kernel: 'transpose_pattern',
      args: [
        ...[...blockOf(constant), rows, columns, width === 0 ? 1 : width * 4, (bytes - pointers) / 4],
        ...[at.newPointers, at.columns, address, address + pointers, order],
      ],
    };
  });
}
