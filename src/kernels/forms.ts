/**
 * Host-packed forms of sparse constants: what the kernels read instead of the encoding itself.
 *
 *     values                   the stored values, in the order of the encoding
 *     <kind>.pattern.<width>   [rowPointers, rows + 1][offsets]      one Uint32Array
 *     csr.tiles.<width>        the same in tiles of columns          see tiles.ts, for csr.tiles.order too
 *     csr.transposed.<width>   the same of the transposed matrix     always csr
 *     csr.permutation          for each transposed entry its index in `values`
 *     sell4.pattern            headers and u16 columns of SELL-4: see sell.ts
 *     <kind>.order             for each value of the kind's own order its index in `values`, or STICK_OUT
 *     <kind>.inverse           for each of `values` its index in the kind's own order, or STICK_OUT
 *     positions                for each of `values` its index in the dense tensor, or STICK_OUT
 *
 * offset = column * width * 4, the byte distance of a column's row in a panel of `width` lanes; width 0 means the bare
 * column index. The offsets lie right behind the row pointers, so their place does not depend on how many there are:
 * a pattern that has lost weights fits into the memory of the one it replaces.
 *
 * How a weight is walked: walk.ts.
 */
import type { TypedArray } from '../core/dtype.ts';
import { invariant } from '../core/errors.ts';
import { type Constant, matrixView, type SparseConstant } from '../formats/constant.ts';
import { STICK_OUT, storedPositions } from '../formats/positions.ts';
import type { Layout } from './kernel.ts';
import { phasedForm } from './phase-forms.ts';
import { sliced } from './sell.ts';
import { tiled } from './tiles.ts';
import { type Kind, kinds, placed, transposed, type Walk, walk } from './walk.ts';

export interface Form {
  readonly layout: Layout;
  /** Only sparse constants have forms other than `values`. */
  readonly build: (constant: Constant) => TypedArray | Uint32Array;
}

function tiledWalk(constant: SparseConstant): Walk {
  return tiled(walk(constant, 'csr'), matrixView(constant.shape, constant.outputAxis).columns);
}

function pattern(walk: Walk, width: number): Uint32Array {
  const scale = width === 0 ? 1 : width * 4;
  return placed(walk, (column) => column * scale);
}

function inverse(order: Uint32Array, length: number): Uint32Array {
  const out = new Uint32Array(length).fill(STICK_OUT);
  order.forEach((index, at) => {
    if (index !== STICK_OUT) out[index] = at;
  });
  return out;
}

function sparseForm(layout: Layout, build: (constant: SparseConstant) => Uint32Array): Form {
  return {
    layout,
    build(constant) {
      invariant(constant.encoding !== 'dense', `form ${layout} of a dense constant`);
      return build(constant);
    },
  };
}

const widths = [0, 8, 16] as const;

export const forms: readonly Form[] = [
  { layout: 'values', build: (constant) => (constant.encoding === 'dense' ? constant.data : constant.values) },
  sparseForm('positions', storedPositions),
  sparseForm('csr.permutation', (constant) => transposed(constant).order),
  ...widths.map((width) => sparseForm(`csr.transposed.${width}`, (constant) => pattern(transposed(constant), width))),
  sparseForm('csr.tiles.16', (constant) => pattern(tiledWalk(constant), 16)),
  sparseForm('csr.tiles.order', (constant) => tiledWalk(constant).order),
  sparseForm('sell4.pattern', (constant) => sliced(constant, walk(constant, 'csr')).pattern),
  sparseForm('sell4.order', (constant) => sliced(constant, walk(constant, 'csr')).order),
  ...kinds.flatMap((kind) => [
    ...widths.map((width) =>
      sparseForm(`${kind}.pattern.${width}`, (constant) => pattern(walk(constant, kind), width)),
    ),
    sparseForm(`${kind}.order`, (constant) => walk(constant, kind).order),
    sparseForm(`${kind}.inverse`, (constant) => inverse(walk(constant, kind).order, constant.values.length)),
  ]),
];

const byLayout = new Map(forms.map((form) => [form.layout, form]));

const TAPS = '.pattern.taps.';

/**
 * The form of this name, or undefined when the layout is not made on the host. Besides those of the table there are patterns
 * whose columns are the taps of a convolution: `csr.pattern.taps.<bytes of a plane>.<offset of each tap in a plane>`, and those of
 * phase-forms.ts.
 */
export function formOf(layout: Layout): Form | undefined {
  const at = layout.indexOf(TAPS);
  if (at < 0) return phasedForm(layout) ?? byLayout.get(layout);
  const [plane, ...offsets] = layout
    .slice(at + TAPS.length)
    .split('.')
    .map(Number);
  const place = (column: number) => Math.floor(column / offsets.length) * plane + offsets[column % offsets.length];
  return sparseForm(layout, (constant) => placed(walk(constant, layout.slice(0, at) as Kind), place));
}
