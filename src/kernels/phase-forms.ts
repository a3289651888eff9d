/**
 * Forms of a sparse filter for the gradient by its image: the transposed pattern, its rows sorted by the phase of pixels that a
 * tap reaches (conv-phases.ts), its columns offsets into the planes of dY.
 *
 *     csr.phases.<phases>.<phase of each tap>.taps.<bytes of a plane>.<offset of each tap>      [rowPointers][offsets]
 *     csr.phases.<phases>.<phase of each tap>.order      for each entry its index in `values`
 *
 * Row (phase, c) comes at phase * channels + c. Taps that reach no pixel have the phase past the last, whose rows nobody reads.
 * Numbers are joined by dots.
 */
import { invariant } from '../core/errors.ts';
import { type Constant, matrixView, type SparseConstant } from '../formats/constant.ts';
import type { Form } from './forms.ts';
import type { Layout } from './kernel.ts';
import { placed, remembered, type Walk, walk } from './walk.ts';

const PREFIX = 'csr.phases.';
const TAPS = '.taps.';
const ORDER = '.order';

/** Into how many phases rows are sorted, and the phase of each tap. */
export interface Sorting {
  readonly count: number;
  readonly phases: readonly number[];
}

export function phasedOrder({ count, phases }: Sorting): Layout {
  return `${PREFIX}${[count, ...phases].join('.')}${ORDER}`;
}

export function phasedPattern({ count, phases }: Sorting, planeBytes: number, offsets: readonly number[]): Layout {
  return `${PREFIX}${[count, ...phases].join('.')}${TAPS}${[planeBytes, ...offsets].join('.')}`;
}

/** The form of such a name; undefined for others. */
export function phasedForm(layout: Layout): Form | undefined {
  if (!layout.startsWith(PREFIX)) return undefined;
  const [numbers, places] = layout.slice(PREFIX.length).split(TAPS);
  const ordered = places === undefined;
  const [count, ...phases] = (ordered ? numbers.slice(0, -ORDER.length) : numbers).split('.').map(Number);
  const sorted = (constant: Constant) => {
    invariant(constant.encoding !== 'dense', `form ${layout} of a dense constant`);
    return sortedByPhase(constant, { count, phases });
  };
  if (ordered) return { layout, build: (constant) => sorted(constant).order };
  const [plane, ...offsets] = places.split('.').map(Number);
  const place = (column: number) => Math.floor(column / offsets.length) * plane + offsets[column % offsets.length];
  return { layout, build: (constant) => placed(sorted(constant), place) };
}

/** Columns are filter * taps + tap. */
function sortedByPhase(constant: SparseConstant, { count, phases }: Sorting): Walk {
  return remembered(constant, `phases ${count} ${phases.join('.')}`, () => {
    const taps = phases.length;
    const { rows, columns: width } = matrixView(constant.shape, constant.outputAxis);
    const channels = width / taps;
    const own = walk(constant, 'csr');
    const rowOf = (column: number) => phases[column % taps] * channels + Math.floor(column / taps);
    const rowPointers = new Uint32Array((count + 1) * channels + 1);
    for (const column of own.columns) rowPointers[rowOf(column) + 1]++;
    for (let i = 1; i < rowPointers.length; i++) rowPointers[i] += rowPointers[i - 1];
    const next = rowPointers.slice(0, -1);
    const columns = new Uint32Array(own.columns.length);
    const order = new Uint32Array(own.columns.length);
    for (let row = 0; row < rows; row++)
      for (let i = own.rowPointers[row]; i < own.rowPointers[row + 1]; i++) {
        const at = next[rowOf(own.columns[i])]++;
        columns[at] = row * taps + (own.columns[i] % taps);
        order[at] = own.order[i];
      }
    return { rowPointers, columns, order };
  });
}
