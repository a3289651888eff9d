import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../src/core/shape.ts';
import { STICK_OUT, storedPositions } from '../../src/formats/positions.ts';
import { toDense } from '../../src/formats/table.ts';
import { convKernels } from '../../src/kernels/conv.ts';
import { bandsOf, geometryOf } from '../../src/kernels/conv-geometry.ts';
import { convGradientKernels } from '../../src/kernels/conv-gradient.ts';
import { depthwiseScratch } from '../../src/kernels/depthwise.ts';
import type { Kernel } from '../../src/kernels/kernel.ts';
import { builds, distance, gaussian, place } from './harness.ts';
import { type Input, requestOf, run } from './run-match.ts';
import { encodings, weight } from './weights.ts';

interface Case {
  readonly n: number;
  readonly c: number;
  readonly size: readonly [number, number];
  readonly oc: number;
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
  readonly group: number;
}

const base: Case = {
  n: 1,
  c: 3,
  size: [9, 11],
  oc: 4,
  kernel: [3, 3],
  strides: [1, 1],
  pads: [1, 1, 1, 1],
  dilations: [1, 1],
  group: 1,
};

const cases: readonly [string, Partial<Case>][] = [
  ['3x3 padded', {}],
  ['two images, wide', { n: 2, size: [5, 37], c: 2 }],
  ['no padding', { pads: [0, 0, 0, 0] }],
  ['stride 2', { strides: [2, 2], size: [10, 21] }],
  ['uneven strides, pads and dilations', { strides: [1, 3], pads: [2, 0, 1, 3], dilations: [2, 1], kernel: [2, 4] }],
  ['stride 3, dilation 2', { strides: [3, 3], dilations: [2, 2], size: [14, 17] }],
  ['padding wider than the kernel', { pads: [4, 5, 4, 5], kernel: [2, 2] }],
  ['1x1', { kernel: [1, 1], pads: [0, 0, 0, 0], n: 2 }],
  ['1x1 over whole tiles', { kernel: [1, 1], pads: [0, 0, 0, 0], size: [4, 8], n: 2 }],
  ['1x1 stride 2', { kernel: [1, 1], pads: [0, 0, 0, 0], strides: [2, 2] }],
  ['1x1 over one pixel', { kernel: [1, 1], pads: [0, 0, 0, 0], size: [1, 1], c: 7, oc: 9 }],
  ['few pixels', { size: [2, 3], c: 5, oc: 6 }],
  ['kernel as large as the image', { size: [3, 3], pads: [0, 0, 0, 0] }],
  ['one column of pixels', { size: [19, 1], kernel: [3, 1], pads: [1, 0, 1, 0] }],
  ['two groups', { c: 4, oc: 6, group: 2 }],
  ['two groups, 1x1', { c: 4, oc: 6, group: 2, kernel: [1, 1], pads: [0, 0, 0, 0], n: 2 }],
  ['two groups of blocks', { c: 6, oc: 16, group: 2, size: [7, 19], n: 2 }],
  [
    'three groups, stride 2, dilation 2',
    { c: 6, oc: 12, group: 3, strides: [2, 2], dilations: [2, 2], size: [13, 18] },
  ],
  ['depthwise', { c: 3, oc: 3, group: 3, size: [7, 23], n: 2 }],
  ['depthwise, two per channel, stride 2', { c: 3, oc: 6, group: 3, strides: [2, 2], size: [9, 23] }],
  [
    'depthwise 5x5, uneven',
    { c: 2, oc: 2, group: 2, kernel: [5, 4], pads: [0, 3, 2, 1], dilations: [1, 2], size: [9, 20] },
  ],
  ['depthwise, stride 3', { c: 2, oc: 2, group: 2, strides: [3, 3], size: [9, 20] }],
  ['depthwise, padding wider than the kernel', { c: 2, oc: 2, group: 2, pads: [5, 6, 5, 6], kernel: [2, 3] }],
  ['more channels than a tile of the filter has', { n: 1, c: 500, oc: 3, kernel: [1, 1], size: [5, 7] }],
  [
    'depthwise 5x5, stride 2 down',
    { c: 2, oc: 2, group: 2, kernel: [5, 5], pads: [2, 2, 2, 2], strides: [2, 1], n: 2 },
  ],
  ['depthwise, stride 2 across', { c: 2, oc: 2, group: 2, strides: [1, 2], size: [6, 22] }],
  ['depthwise, stride 3, dilation 2', { c: 2, oc: 2, group: 2, strides: [3, 3], dilations: [2, 2], size: [14, 17] }],
  ['depthwise, stride 4, dilation 2', { c: 2, oc: 2, group: 2, strides: [4, 2], dilations: [2, 4], size: [14, 17] }],
  ['depthwise, stride beyond the kernel', { c: 2, oc: 2, group: 2, strides: [4, 5], kernel: [2, 3], size: [9, 20] }],
  ['depthwise, several bands, two per channel', { c: 2, oc: 4, group: 2, size: [61, 150] }],
  ['depthwise, several bands, stride 2', { c: 2, oc: 2, group: 2, size: [67, 99], strides: [2, 2] }],
  [
    'depthwise 5x5, several bands',
    { c: 2, oc: 2, group: 2, size: [50, 151], kernel: [5, 5], pads: [2, 2, 2, 2], dilations: [2, 1] },
  ],
  ['depthwise 7x7, wide', { c: 2, oc: 2, group: 2, size: [7, 33], kernel: [7, 7], pads: [3, 3, 3, 3] }],
  ['depthwise 5x5, odd rows', { c: 2, oc: 2, group: 2, size: [3, 80], kernel: [5, 5], pads: [2, 2, 2, 2] }],
  ['depthwise 5x5, square', { c: 2, oc: 2, group: 2, size: [7, 7], kernel: [5, 5], pads: [2, 2, 2, 2] }],
  ['depthwise, one line', { c: 3, oc: 3, group: 3, size: [1, 41], kernel: [1, 5], pads: [0, 2, 0, 2], n: 2 }],
  ['depthwise, a short line', { c: 3, oc: 3, group: 3, size: [1, 6], kernel: [1, 3], pads: [0, 1, 0, 1] }],
  ['depthwise, three columns', { c: 2, oc: 2, group: 2, size: [9, 3] }],
  ['depthwise 5x5, one column', { c: 2, oc: 2, group: 2, size: [9, 1], kernel: [5, 1], pads: [2, 0, 2, 0] }],
  ['long sums, filters in several groups', { c: 200, oc: 70, size: [3, 6] }],
  ['no image', { n: 0 }],
  ['no image, depthwise', { n: 0, c: 2, oc: 2, group: 2 }],
];

function sizes(k: Case) {
  const out = [0, 1].map((axis) => {
    const span = (k.kernel[axis] - 1) * k.dilations[axis] + 1;
    return Math.floor((k.size[axis] + k.pads[axis] + k.pads[axis + 2] - span) / k.strides[axis]) + 1;
  });
  return {
    x: [k.n, k.c, ...k.size],
    w: [k.oc, k.c / k.group, ...k.kernel],
    y: [k.n, k.oc, ...out],
  };
}

/** Every pair of an output and an input element, with the weight between them. */
function visit(k: Case, each: (y: number, x: number, w: number) => void): void {
  const { y, w } = sizes(k);
  const [kh, kw] = k.kernel;
  for (let n = 0; n < k.n; n++)
    for (let f = 0; f < k.oc; f++)
      for (let oy = 0; oy < y[2]; oy++)
        for (let ox = 0; ox < y[3]; ox++)
          for (let c = 0; c < w[1]; c++)
            for (let ky = 0; ky < kh; ky++)
              for (let kx = 0; kx < kw; kx++) {
                const iy = oy * k.strides[0] - k.pads[0] + ky * k.dilations[0];
                const ix = ox * k.strides[1] - k.pads[1] + kx * k.dilations[1];
                if (iy < 0 || ix < 0 || iy >= k.size[0] || ix >= k.size[1]) continue;
                const channel = Math.floor(f / (k.oc / k.group)) * w[1] + c;
                each(
                  ((n * k.oc + f) * y[2] + oy) * y[3] + ox,
                  ((n * k.c + channel) * k.size[0] + iy) * k.size[1] + ix,
                  ((f * w[1] + c) * kh + ky) * kw + kx,
                );
              }
}

const attributesOf = ({ strides, pads, dilations, group }: Case) => ({ strides, pads, dilations, group });

/** Runs every row that takes the node; returns their names. */
function every(
  build: string,
  kernels: readonly Kernel[],
  node: Parameters<typeof run>[2],
  want: Float64Array,
  terms = 1,
): string[] {
  const names: string[] = [];
  // Sums of many terms round off more, those near 0 noticeably so.
  const limit = 2e-5 * Math.max(1, terms / 500);
  for (const kernel of kernels) {
    if (kernel.op !== node.op || typeof kernel.match(requestOf(node)) === 'string') continue;
    names.push(kernel.name);
    expect(distance(run(build, kernel, node)[0], want), kernel.name).toBeLessThan(limit);
  }
  return names;
}

/** The filter as a dense input and in some sparse encodings, with the dense numbers each stands for. */
function filters(k: Case, grouped = false): { input: Input; numbers: Float32Array }[] {
  const { w } = sizes(k);
  const numbers = gaussian(5, sizeOf(w));
  const sparse = k.group === 1 || grouped ? [0, 1, 2, 4, 7, 9].map((i) => weight(w, 0, encodings[i], 0.4)) : [];
  return [
    { input: { shape: w, data: numbers }, numbers },
    ...sparse.map((constant) => ({ input: { shape: w, constant }, numbers: toDense(constant) })),
  ];
}

describe.each(builds)('convolution, %s build', (build) => {
  it.each(cases)('%s', (_, over) => {
    const k = { ...base, ...over };
    const { x, y, w } = sizes(k);
    const terms = sizeOf(w.slice(1));
    const [image, bias] = [gaussian(1, sizeOf(x)), gaussian(2, k.oc)];
    const plane = y[2] * y[3];
    for (const { input, numbers } of filters(k, true)) {
      const sums = Float64Array.from({ length: sizeOf(y) }, (_, i) => bias[Math.floor(i / plane) % k.oc]);
      visit(k, (yi, xi, wi) => {
        sums[yi] += image[xi] * numbers[wi];
      });
      const inputs = [{ shape: x, data: image }, input, { shape: [k.oc], data: bias }];
      const attributes = { ...attributesOf(k), activation: 'clip', min: -1, max: 2 };
      const node = { op: 'conv2d', attributes, inputs, outputs: [y] };
      const names = every(
        build,
        convKernels,
        node,
        sums.map((v) => Math.min(Math.max(v, -1), 2)),
        terms,
      );
      expect(names.length).toBeGreaterThan(0);
      if (!input.constant) {
        expect(names.includes('f32_depthwise')).toBe(k.group > 1 && k.group === k.c);
        const bare = sums.map((v, i) => v - bias[Math.floor(i / plane) % k.oc]);
        every(build, convKernels, { ...node, inputs: inputs.slice(0, 2), attributes: attributesOf(k) }, bare, terms);
      }
    }
  });

  it.each(cases)('gradient by the image: %s', (_, over) => {
    const k = { ...base, ...over };
    const { x, y } = sizes(k);
    const dy = gaussian(1, sizeOf(y));
    for (const { input, numbers } of filters(k)) {
      const want = new Float64Array(sizeOf(x));
      visit(k, (yi, xi, wi) => {
        want[xi] += dy[yi] * numbers[wi];
      });
      const inputs = [{ shape: y, data: dy }, input, { shape: x }];
      const names = every(
        build,
        convGradientKernels,
        { op: 'conv2dInputGrad', attributes: attributesOf(k), inputs, outputs: [x] },
        want,
      );
      expect(names.length).toBeGreaterThan(0);
      expect(names.includes('f32_depthwise')).toBe(k.group === k.c && k.oc === k.c);
    }
  });

  it.each(cases)('gradient by the filter: %s', (_, over) => {
    const k = { ...base, ...over };
    const { x, y, w } = sizes(k);
    const [dy, image] = [gaussian(1, sizeOf(y)), gaussian(2, sizeOf(x))];
    const want = new Float64Array(sizeOf(w));
    visit(k, (yi, xi, wi) => {
      want[wi] += dy[yi] * image[xi];
    });
    for (const { input } of filters(k)) {
      const inputs = [{ shape: y, data: dy }, { shape: x, data: image }, input];
      const node = { op: 'conv2dWeightGrad', attributes: { ...attributesOf(k), dense: true }, inputs, outputs: [w] };
      const names = every(build, convGradientKernels, node, want);
      expect(names).toContain('f32_gemm_4x8');
      expect(names.includes('f32_depthwise_weight_grad')).toBe(k.group === k.c);
      if (!input.constant) continue;
      const stored = Float64Array.from(storedPositions(input.constant), (at) => (at === STICK_OUT ? 0 : want[at]));
      const sampled = { ...node, attributes: attributesOf(k), outputs: [[stored.length]] };
      expect(every(build, convGradientKernels, sampled, stored).length).toBeGreaterThan(0);
    }
  });

  it('images that need several bands', () => {
    for (const over of [
      { kernel: [1, 1], pads: [0, 0, 0, 0] },
      { strides: [2, 1] },
      { c: 60, size: [50, 60] },
    ] as Partial<Case>[]) {
      const k: Case = { ...base, c: 40, size: [41, 43], oc: 2, ...over };
      const { x, w, y } = sizes(k);
      const geometry = geometryOf(attributesOf(k), x, w, y);
      if (typeof geometry === 'string') throw new Error(geometry);
      expect(bandsOf(geometry).length).toBeGreaterThan(1);
      const [image, dy] = [gaussian(1, sizeOf(x)), gaussian(2, sizeOf(y))];
      for (const { input, numbers } of filters(k).slice(0, 3)) {
        const [forward, back] = [new Float64Array(sizeOf(y)), new Float64Array(sizeOf(w))];
        visit(k, (yi, xi, wi) => {
          forward[yi] += image[xi] * numbers[wi];
          back[wi] += dy[yi] * image[xi];
        });
        const attributes = attributesOf(k);
        every(
          build,
          convKernels,
          { op: 'conv2d', attributes, inputs: [{ shape: x, data: image }, input], outputs: [y] },
          forward,
        );
        const stored = input.constant
          ? Float64Array.from(storedPositions(input.constant), (at) => (at === STICK_OUT ? 0 : back[at]))
          : back;
        const inputs = [{ shape: y, data: dy }, { shape: x, data: image }, input];
        const outputs = [input.constant ? [stored.length] : w];
        const names = every(
          build,
          convGradientKernels,
          { op: 'conv2dWeightGrad', attributes, inputs, outputs },
          stored,
        );
        expect(names.length).toBeGreaterThan(0);
      }
    }
  });

  it('depthwise reads nothing past the image, keeps NaN and clamps', () => {
    for (const [stride, width] of [
      [1, 12],
      [2, 17],
      [2, 18],
      [3, 20],
    ]) {
      const outWidth = Math.floor((width - 3) / stride) + 1;
      const x = new Float32Array(3 * width).fill(1);
      x[1] = Number.NaN;
      const taps = new Float32Array(9).fill(1);
      const out = new Float32Array(outWidth);
      const window = { kernel: [3, 3], strides: [stride, stride], dilations: [1, 1], outHeight: 1, outWidth } as const;
      const scratch = new Uint8Array(depthwiseScratch(window));
      const { at, exports, read, release } = place(build, [taps, out, x, scratch]);
      const geometry = [1, 1, 3, width, 3, 3, stride, stride, 0, 0, 1, 1, 1, outWidth];
      const args = [...geometry, at[2], at[0], 0, -1, 5, at[1], at[3]];
      exports.f32_depthwise(...args);
      release();
      const want = Float32Array.from({ length: outWidth }, (_, i) => (i * stride <= 1 ? Number.NaN : 5));
      expect(read(1, out)).toEqual(want);
    }
  });

  it('im2col reads nothing past the image', () => {
    for (const [stride, width] of [
      [1, 12],
      [2, 17],
      [2, 18],
      [3, 20],
    ])
      for (const name of ['f32_im2col_transposed_8']) {
        const outWidth = Math.floor((width - 3) / stride) + 1;
        const out = new Float32Array(16 * outWidth * 16);
        const { at, exports, release } = place(build, [out, gaussian(1, 3 * width)]);
        exports[name](1, 3, width, 3, 3, stride, stride, 0, 0, 1, 1, 1, outWidth, at[1], at[0]);
        release();
      }
  });
});

describe('what the rows refuse', () => {
  const { x, w, y } = sizes(base);
  const constant = weight(w, 0, encodings[0], 0.5);
  const sparseRow = convKernels.find(({ name }) => name === 'f32_spmm_csr_1x16') as Kernel;
  const match = (kernel: Kernel, attributes: object, inputs: Input[], outputs = [y]) =>
    kernel.match(requestOf({ op: 'conv2d', attributes: { ...attributesOf(base), ...attributes }, inputs, outputs }));

  it('with a reason', () => {
    expect(match(convKernels[0], {}, [{ shape: x }, { shape: w, constant }])).toContain('dense filter');
    expect(match(convKernels[0], { group: 3 }, [{ shape: x }, { shape: w }])).toContain('C / 3');
    expect(match(convKernels[0], { pads: [1, 1] }, [{ shape: x }, { shape: w }])).toContain('pads 4');
    expect(match(convKernels[0], { activation: 'swish' }, [{ shape: x }, { shape: w }])).toContain('activation swish');
    expect(match(convKernels[0], {}, [{ shape: x }, { shape: w }, { shape: [5] }])).toContain('bias [4], got [5]');
    expect(match(sparseRow, {}, [{ shape: x }, { shape: w }])).toContain('sparse constant');
    const other = weight(w, 1, encodings[0], 0.5);
    expect(match(sparseRow, {}, [{ shape: x }, { shape: w, constant: other }])).toContain('output axis 0, got 1');
  });
});
