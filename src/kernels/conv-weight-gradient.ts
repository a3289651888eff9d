/** Gradients of convolutions by their filter: dY times the columns of the image, all of it or at the stored positions. */

import { steps } from './conv-forward.ts';
import { bandBytes, bandsOf, packColumns, packExports, packPlanes, windowArgs } from './conv-geometry.ts';
import { gradientOf, panelBytes } from './conv-input-gradient.ts';
import { columnsCost, copyCost, gemmCost, sddmmCost } from './cost.ts';
import { unbounded } from './epilogue.ts';
import { gemmCall } from './gemm.ts';
import { type Addresses, type Call, isPlain, type Kernel, type Match, type Read, type Request } from './kernel.ts';
import { gatherCall, type SampledKind, sampledOf, sddmmCall, sddmmNames } from './sddmm.ts';
import { widthFor } from './spmm.ts';

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
    microseconds: g.images * g.group * (columnsCost(g.t * g.depth) + gemmCost(1, m, g.depth, g.t, request.engine)),
    scratchBytes: Math.ceil(g.depth / 8) * 8 * longest * 4,
    calls,
  };
}

/** The gradient of the stored values only: dot products of dY's planes and the columns. Scratch: [dY][columns][values]. */
function weightSparse(kind: SampledKind): Kernel {
  const name = sddmmNames[kind];
  return {
    name,
    exports: [name, 'f32_gather_1', ...packExports],
    op: 'conv2dWeightGrad',
    match(request) {
      const [dy, x, filter] = request.inputs;
      const gradient = gradientOf(request, dy, x, filter);
      if (typeof gradient === 'string') return gradient;
      const { g, w } = gradient;
      const { constant } = w;
      if (!isPlain(x)) return 'wants a dense float32 image';
      if (!constant || constant.encoding === 'dense') return 'wants a sparse constant as the filter';
      if (request.attributes.dense === true) return 'makes the gradient of the stored values; this one is dense';
      if (constant.outputAxis !== 0) return `wants a filter encoded along output axis 0, got ${constant.outputAxis}`;
      if (g.group !== 1) return `wants one group, got ${g.group}`;
      const sampled = sampledOf(constant, kind);
      if (typeof sampled === 'string') return sampled;
      const width = widthFor(g.t);
      const bands = bandsOf(g);
      const longest = bands.reduce((most, { count }) => Math.max(most, count), 0);
      const step = steps(g);
      const [dyBytes, columnBytes] = [panelBytes(g.filters, longest, width), bandBytes(g, width)];
      const { inverse, stored, values } = sampled;
      const reads: Read[] = [
        { input: 0, layout: 'rows' },
        { input: 1, layout: 'rows' },
        { input: 2, layout: sampled.pattern(width) },
      ];
      if (inverse) reads.push({ input: 2, layout: inverse });
      const perImage =
        copyCost(g.filters * g.t) + columnsCost(g.t * g.depth) + sddmmCost(name, sampled, g.t, width, request.engine);
      return {
        reads,
        writes: ['rows'],
        microseconds: g.images * perImage + (inverse ? copyCost(values) : 0),
        scratchBytes: dyBytes + columnBytes + (inverse ? stored * 4 : 0),
        calls: ({ reads: [dyAt, xAt, pattern, index], writes: [dw], scratch }) => {
          const columns = scratch + dyBytes;
          const out = inverse ? columns + columnBytes : dw;
          // t = 0 writes zeros: there may be no image at all.
          const list: Call[] = [sddmmCall(sampled, width, 0, false, { pattern, y: scratch, x: columns, out })];
          for (let image = 0; image < g.images; image++)
            for (const band of bands) {
              list.push(packPlanes(width, g.filters, g.t, band, dyAt + image * step.output, scratch));
              list.push(packColumns(width, g, band, xAt + image * step.image, columns));
              list.push(sddmmCall(sampled, width, band.count, true, { pattern, y: scratch, x: columns, out }));
            }
          if (inverse) list.push(gatherCall(sampled, index, out, dw));
          return list;
        },
      };
    },
  };
}

export const convWeightGradientKernels: readonly Kernel[] = [
  {
    name: 'f32_gemm_4x8',
    exports: ['f32_gemm_4x8', 'f32_im2col_transposed_8'],
    op: 'conv2dWeightGrad',
    match: matchWeightDense,
  },
  weightSparse('csr'),
  weightSparse('bsr2x1'),
  weightSparse('bsr4x1'),
];
