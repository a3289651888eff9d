/** The dense gradient of a convolution by its filter: dY times the columns of the image. */

import { steps } from './conv-forward.ts';
import { bandsOf, windowArgs } from './conv-geometry.ts';
import { gradientOf } from './conv-input-gradient.ts';
import { columnsCost, gemmCost } from './cost.ts';
import { unbounded } from './epilogue.ts';
import { gemmCall } from './gemm.ts';
import { type Addresses, type Call, isPlain, type Kernel, type Match, type Request } from './kernel.ts';

/** dW += dY · columnsᵀ over bands and images, group by group. Also the whole gradient of a sparse filter, when asked. */
function matchWeightDense(request: Request): Match | string {
  const [dy, x, filter] = request.inputs;
  const gradient = gradientOf(request, dy, x, filter);
  if (typeof gradient === 'string') return gradient;
  const { g, w } = gradient;
  if (!isPlain(x)) return 'wants a dense float32 image';
  if (!isPlain(w) && request.attributes.dense !== true)
    return 'makes the dense gradient; this one is of the stored values';
  const m = g.filters / g.group;
  const step = steps(g);
  const bands = bandsOf(g);
  const channels = g.channels / g.group;
  const calls = ({ reads: [dyAt, xAt], writes: [dw], scratch }: Addresses) => {
    const list: Call[] = [];
    for (let group = 0; group < g.group; group++) {
      const product = { m, n: g.depth, bounds: unbounded, b: scratch, c: dw + group * step.weightGroup, cRow: g.depth };
      // Zeros first: there may be no image at all.
      list.push(gemmCall({ ...product, k: 0, a: dyAt, aStrides: [0, 0, 0] }));
      for (let image = 0; image < g.images; image++)
        for (const { first, count } of bands) {
          const rows = count / g.outWidth;
          // A run of pixels of a pointwise convolution is one row of an image whose rows are the planes.
          const sizes = g.pointwise
            ? [channels, 1, g.t, 1, 1, 1, 1, 0, -first, 1, 1, 1, count]
            : windowArgs(g, channels, first / g.outWidth, rows);
          const from = xAt + image * step.image + group * step.imageGroup;
          list.push({ kernel: 'f32_im2col_transposed_8', args: [...sizes, from, scratch] });
          const a = dyAt + image * step.output + group * step.outputGroup + first * 4;
          list.push(gemmCall({ ...product, k: count, a, aStrides: [0, g.t, 1], accumulate: true }));
        }
    }
    return list;
  };
  const longest = bands.reduce((most, { count }) => Math.max(most, count), 0);
  return {
    reads: [0, 1].map((input) => ({ input, layout: 'rows' })),
    writes: ['rows'],
    repacking: g.images * g.group * columnsCost(g.t * g.depth),
    microseconds: g.images * g.group * (columnsCost(g.t * g.depth) + gemmCost(1, m, g.depth, g.t, request.engine)),
    scratchBytes: Math.ceil(g.depth / 8) * 8 * longest * 4,
    calls,
  };
}

export const convWeightGradientKernels: readonly Kernel[] = [
  {
    name: 'f32_gemm_4x8',
    exports: ['f32_gemm_4x8', 'f32_im2col_transposed_8'],
    op: 'conv2dWeightGrad',
    match: matchWeightDense,
  },
];
