/** The gradient of a dense convolution by its image: the transposed filter times dY gives columns, which go back to their places. */

import { steps } from './conv-forward.ts';
import { type Band, type Geometry, geometryOf, packPlanes, windowArgs } from './conv-geometry.ts';
import { columnsCost, copyCost, gemmCost } from './cost.ts';
import { unbounded } from './epilogue.ts';
import { gemmCall } from './gemm.ts';
import { type Addresses, type Call, isPlain, type Kernel, type Match, type Operand, type Request } from './kernel.ts';

export interface Gradient {
  readonly g: Geometry;
  readonly w: Operand;
}

/** Reads the sizes of a gradient node whose image and filter are the operands `x` and `w`. */
export function gradientOf(
  { attributes }: Request,
  dy: Operand | undefined,
  x: Operand | undefined,
  w: Operand | undefined,
): Gradient | string {
  if (!isPlain(dy)) return 'wants a dense float32 gradient of the output';
  if (!x || !w || x.dtype !== 'float32' || w.dtype !== 'float32') return 'wants a float32 image and filter';
  const g = geometryOf(attributes, x.shape, w.shape, dy.shape);
  return typeof g === 'string' ? g : { g, w };
}

/** Bytes of [rows][t] in panels. */
export const panelBytes = (rows: number, t: number, width: number) => Math.ceil(t / width) * width * rows * 4;

/** All pixels as one band. */
const whole = (g: Geometry): Band => ({ first: 0, count: g.t });
/**
 * dx = col2im(Wᵀ dY), group by group: dY's planes become the second operand as they are, the columns of the product go
 * back to their places. Scratch: [dY packed][columns, plain]; where the image is the columns, they are dx itself.
 */
function matchInputDense(request: Request): Match | string {
  const [dy, filter, x] = request.inputs;
  const gradient = gradientOf(request, dy, x, filter);
  if (typeof gradient === 'string') return gradient;
  const { g, w } = gradient;
  if (!isPlain(w)) return 'wants a dense filter';
  const k = g.filters / g.group;
  const step = steps(g);
  const packed = panelBytes(k, g.t, 8);
  const sizes = windowArgs(g, g.channels / g.group);
  const calls = ({ reads: [dyAt, weights], writes: [dx], scratch }: Addresses) => {
    const list: Call[] = [];
    for (let image = 0; image < g.images; image++)
      for (let group = 0; group < g.group; group++) {
        const to = dx + image * step.image + group * step.imageGroup;
        const columns = g.pointwise ? to : scratch + packed;
        list.push(packPlanes(8, k, g.t, whole(g), dyAt + image * step.output + group * step.outputGroup, scratch));
        list.push(
          gemmCall({
            ...{ m: g.depth, n: g.t, k, bounds: unbounded },
            a: weights + group * step.weightGroup,
            aStrides: [0, 1, g.depth],
            b: scratch,
            c: columns,
            cRow: g.t,
          }),
        );
        if (!g.pointwise) list.push({ kernel: 'f32_col2im', args: [...sizes, columns, to] });
      }
    return list;
  };
  const each = copyCost(k * g.t) + gemmCost(1, g.depth, g.t, k) + columnsCost(g.t * g.depth);
  return {
    reads: [0, 1].map((input) => ({ input, layout: 'rows' })),
    writes: ['rows'],
    microseconds: g.images * g.group * each,
    repacking: g.images * g.group * copyCost(k * g.t),
    scratchBytes: packed + (g.pointwise ? 0 : g.depth * g.t * 4),
    calls,
  };
}

export const convInputGradientKernels: readonly Kernel[] = [
  {
    name: 'f32_gemm_4x8',
    exports: ['f32_gemm_4x8', 'f32_pack_columns_8', 'f32_col2im'],
    op: 'conv2dInputGrad',
    match: matchInputDense,
  },
];
