/** Gradients of the stored values of a sparse weight. */
import { format, sizeOf } from '../core/shape.ts';
import { matrixView, type SparseConstant } from '../formats/constant.ts';
import { tapsPattern } from './conv-taps.ts';
import { copyCost, sddmmCost, sddmmPlanesCost } from './cost.ts';
import { type Call, isPlain, type Kernel, type Layout, type Match, type Read, type Request } from './kernel.ts';
import { folded } from './layouts.ts';
import { widthFor } from './spmm.ts';
import { blockRows, type Kind, native, walkable, walkSize } from './walk.ts';

/** The walks with a kernel; all others are multiples of these. */
export type SampledKind = Extract<Kind, 'csr' | 'bsr2x1' | 'bsr4x1'>;

const sampledKinds = ['csr', 'bsr2x1', 'bsr4x1'] as const satisfies readonly SampledKind[];

export const sddmmNames: Readonly<Record<SampledKind, string>> = {
  csr: 'f32_sddmm_csr',
  bsr2x1: 'f32_sddmm_bsr_2x1',
  bsr4x1: 'f32_sddmm_bsr_4x1',
};

/** The same over planes, see conv-sampled.ts. */
export const sddmmPlanesNames: Readonly<Record<SampledKind, string>> = {
  csr: 'f32_sddmm_planes_csr',
  bsr2x1: 'f32_sddmm_planes_bsr_2x1',
  bsr4x1: 'f32_sddmm_planes_bsr_4x1',
};

/** How the values of a walk become the constant's: directly, or through scratch and a gather. */
export interface Sampled {
  readonly kind: SampledKind;
  readonly rows: number;
  readonly depth: number;
  readonly pointerBytes: number;
  /** Values of the walk, and so of the kernel's output. */
  readonly stored: number;
  /** Values of the constant. */
  readonly values: number;
  readonly pattern: (width: number) => Layout;
  /** The form to gather by when the walk's order is not the constant's. */
  readonly inverse: Layout | undefined;
}

/** The walk of `constant` as `kind`, or why it has none. */
export function sampledOf(constant: SparseConstant, kind: SampledKind): Sampled | string {
  if (!walkable(constant, kind))
    return `a ${constant.encoding} constant whose rows do not share columns as ${kind} needs`;
  const { rows, columns } = matrixView(constant.shape, constant.outputAxis);
  return {
    kind,
    rows,
    depth: columns,
    pointerBytes: (Math.ceil(rows / blockRows[kind]) + 1) * 4,
    stored: walkSize(constant, kind).values,
    values: constant.values.length,
    pattern: (width) => `${kind}.pattern.${width}`,
    inverse: native(constant, kind) ? undefined : `${kind}.inverse`,
  };
}

export interface SddmmAt {
  readonly pattern: number;
  readonly y: number;
  readonly x: number;
  readonly out: number;
}

/** out (+)= Σ_t Y[r][t] X[c][t] over the walk; Y and X in panels of `width`. */
export function sddmmCall(sampled: Sampled, width: number, t: number, accumulate: boolean, at: SddmmAt): Call {
  const { kind, rows, depth, stored, pointerBytes } = sampled;
  return {
    kernel: sddmmNames[kind],
    args: [
      ...[rows, t, width, stored, at.pattern, at.pattern + pointerBytes, at.y, rows * width * 4],
      ...[at.x, depth * width * 4, accumulate ? 1 : 0, at.out],
    ],
  };
}

/** The last step of a sampled product whose walk is not in the constant's order. */
export function gatherCall(sampled: Sampled, inverse: number, from: number, out: number): Call {
  return { kernel: 'f32_gather_1', args: [sampled.values, inverse, from, out] };
}

/** The sizes of a node, or why a row cannot do it. */
function productOf({ attributes, inputs: [x, dy, w] }: Request, kind: SampledKind) {
  const constant = w?.constant;
  if (!constant || constant.encoding === 'dense') return 'wants a sparse constant as the third operand';
  if (constant.shape.length !== 2) return `wants a weight of rank 2, got ${format(constant.shape)}`;
  const { outputAxis = -1 } = attributes;
  if (outputAxis !== -1 && outputAxis !== constant.outputAxis)
    return `wants a weight encoded along output axis ${outputAxis}, got ${constant.outputAxis}`;
  if (!isPlain(x) || !isPlain(dy)) return 'wants two dense float32 operands';
  const sampled = sampledOf(constant, kind);
  if (typeof sampled === 'string') return sampled;
  const { t, k } = folded(x.shape);
  const { t: other, k: n } = folded(dy.shape);
  if (t !== other || k !== sampled.depth || n !== sampled.rows)
    return `wants [t, ${sampled.depth}] and [t, ${sampled.rows}], got ${format(x.shape)} and ${format(dy.shape)}`;
  return { sampled, t };
}

/** Both operands in panels: for few rows. */
function overPanels(kind: SampledKind): Kernel {
  return {
    name: sddmmNames[kind],
    exports: [sddmmNames[kind], 'f32_gather_1'],
    op: 'sddmm',
    match(request) {
      const product = productOf(request, kind);
      if (typeof product === 'string') return product;
      const { sampled, t } = product;
      const width = widthFor(t);
      const { inverse, stored, values } = sampled;
      const reads: Read[] = [
        { input: 0, layout: `panels${width}` },
        { input: 1, layout: `panels${width}` },
        { input: 2, layout: sampled.pattern(width) },
      ];
      if (inverse) reads.push({ input: 2, layout: inverse });
      return {
        reads,
        writes: ['rows'],
        microseconds: sddmmCost(sddmmNames[kind], sampled, t, width, request.engine) + (inverse ? copyCost(values) : 0),
        scratchBytes: inverse ? stored * 4 : 0,
        calls: ({ reads: [xAt, y, pattern, index], writes: [out], scratch }) => {
          const main = sddmmCall(sampled, width, t, false, { pattern, y, x: xAt, out: inverse ? scratch : out });
          return inverse ? [main, gatherCall(sampled, index, scratch, out)] : [main];
        },
      };
    },
  };
}

/** Both operands transposed: a dot product goes over one row of either without a break. Scratch: [x][dy][values]. */
function overPlanes(kind: SampledKind): Kernel {
  const name = sddmmPlanesNames[kind];
  return {
    name,
    exports: [name, 'f32_transpose', 'f32_gather_1'],
    op: 'sddmm',
    match(request) {
      const product = productOf(request, kind);
      if (typeof product === 'string') return product;
      const { sampled, t } = product;
      const { inverse, stored, values, rows, depth, pointerBytes } = sampled;
      // Planes a power of two apart would share few sets of a cache.
      const pitch = t % 512 === 0 ? t + 16 : t;
      const [xBytes, yBytes] = [depth, rows].map((planes) => planes * pitch * 4);
      const reads: Read[] = [
        { input: 0, layout: 'rows' },
        { input: 1, layout: 'rows' },
        { input: 2, layout: tapsPattern(kind, pitch * 4, [0]) },
      ];
      if (inverse) reads.push({ input: 2, layout: inverse });
      return {
        reads,
        writes: ['rows'],
        microseconds:
          sddmmPlanesCost(name, sampled, 1, t, request.engine) +
          copyCost(2 * t * (depth + rows)) +
          (inverse ? copyCost(values) : 0),
        scratchBytes: xBytes + yBytes + (inverse ? stored * 4 : 0),
        calls: ({ reads: [xAt, dyAt, pattern, index], writes: [dw], scratch }) => {
          const [x, y] = [scratch, scratch + xBytes];
          const out = inverse ? y + yBytes : dw;
          const list: Call[] = [
            { kernel: 'f32_transpose', args: [t, depth, xAt, depth, x, pitch] },
            { kernel: 'f32_transpose', args: [t, rows, dyAt, rows, y, pitch] },
            {
              kernel: name,
              args: [
                ...[rows, Math.min(t, 1), t, stored, pattern, pattern + pointerBytes],
                ...[y, pitch * 4, 0, x, 0, 0, out],
              ],
            },
          ];
          if (inverse) list.push(gatherCall(sampled, index, out, dw));
          return list;
        },
      };
    },
  };
}

/** A dense gradient, picked at the stored positions. */
function matchSample({ inputs: [x, w] }: Request): Match | string {
  const constant = w?.constant;
  if (!constant || constant.encoding === 'dense') return 'wants a sparse constant as the second operand';
  if (!isPlain(x)) return 'wants a dense float32 operand';
  if (sizeOf(x.shape) !== sizeOf(constant.shape)) return `wants ${format(constant.shape)}, got ${format(x.shape)}`;
  const stored = constant.values.length;
  return {
    reads: [
      { input: 0, layout: 'rows' },
      { input: 1, layout: 'positions' },
    ],
    writes: ['rows'],
    microseconds: 2 * copyCost(stored),
    calls: ({ reads: [from, positions], writes: [out] }) => [
      { kernel: 'f32_gather_1', args: [stored, positions, from, out] },
    ],
  };
}

export const sddmmKernels: readonly Kernel[] = [
  ...sampledKinds.map(overPanels),
  ...sampledKinds.map(overPlanes),
  { name: 'f32_gather_1', exports: ['f32_gather_1'], op: 'sample', match: matchSample },
];
