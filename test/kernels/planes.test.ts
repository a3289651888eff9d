/** Images in planes with a border: what rows read there and write there is what they do in rows, and the border is zeros. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import { geometryOf } from '../../src/kernels/conv-geometry.ts';
import { sparseConvKernels } from '../../src/kernels/conv-sparse.ts';
import { imagePlanes } from '../../src/kernels/conv-taps.ts';
import { elementwise } from '../../src/kernels/elementwise.ts';
import type { Kernel, Layout } from '../../src/kernels/kernel.ts';
import { isPlanes, originOf, type Planes, planesFloats, planesLayout, planesOf } from '../../src/kernels/planes.ts';
import { pool } from '../../src/kernels/pool.ts';
import { rangesOf } from '../../src/kernels/split.ts';
import { unary } from '../../src/kernels/unary.ts';
import { builds, distance, gaussian } from './harness.ts';
import { convert, type Node, requestOf, run, runRaw } from './run-match.ts';
import { encodings, weight } from './weights.ts';

/** Room for more than the image: borders of these sizes, and some floats between planes. */
function planesFor([, , height, width]: Shape, [top, left, right, bottom, between]: readonly number[]): Planes {
  const pitch = left + width + right;
  return { top, left, pitch, plane: pitch * (top + height + bottom) + between };
}

/** The numbers of an image as planes hold them. */
function asPlanes(shape: Shape, layout: Layout, data: Float32Array): Float32Array {
  const planes = planesOf(layout, shape) as Planes;
  const [height, width] = shape.slice(2);
  const out = new Float32Array(planesFloats(planes, shape));
  data.forEach((value, i) => {
    const [plane, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
    out[originOf(planes) + plane * planes.plane + y * planes.pitch + x] = value;
  });
  return out;
}

/** The row with its work cut into three, the last part first. */
function cut(kernel: Kernel): Kernel {
  return {
    ...kernel,
    match(request) {
      const match = kernel.match(request);
      if (typeof match === 'string' || !match.split) return match;
      const { split } = match;
      const calls: typeof match.calls = (at) =>
        rangesOf(split, 3)
          .reverse()
          .flatMap(({ first, count }) => split.calls(at, first, count));
      return { ...match, calls };
    },
  };
}

/** Holds a row's result in planes, whole and cut, against its result in rows. */
function expectInPlanes(build: string, kernel: Kernel, inRows: Node, inPlanes: Node, wanted: Layout): void {
  const [want] = run(build, kernel, inRows);
  for (const row of [kernel, cut(kernel)]) {
    const raw = runRaw(build, row, { ...inPlanes, wanted });
    const [shape] = inPlanes.outputs;
    if (!isPlanes(wanted)) {
      expect(distance(raw, want), kernel.name).toBeLessThan(2e-6);
      continue;
    }
    const expected = asPlanes(shape, wanted, want);
    expect(distance(raw, expected), `${kernel.name} > ${wanted}`).toBeLessThan(2e-6);
  }
}

const small = (min: number, max: number) => fc.integer({ min, max });
const borders = fc.tuple(small(0, 3), small(0, 3), small(0, 3), small(0, 3), small(0, 5));

const convolutions = fc.record({
  images: small(1, 3),
  channels: small(1, 4),
  filters: small(1, 9),
  size: fc.tuple(small(1, 21), small(1, 21)),
  kernel: fc.tuple(small(1, 4), small(1, 4)),
  strides: fc.constantFrom([1, 1], [1, 1], [1, 1], [2, 2], [2, 1], [1, 2], [3, 3]),
  pads: fc.tuple(small(0, 3), small(0, 3), small(0, 3), small(0, 3)),
  dilations: fc.constantFrom([1, 1], [1, 1], [2, 1], [2, 3]),
  encoding: fc.constantFrom(0, 1, 2),
  group: fc.constantFrom(1, 1, 2),
  from: fc.oneof(fc.constant('rows'), fc.constant('own'), borders),
  to: fc.oneof(fc.constant('rows'), fc.constant('same pitch'), borders),
  residual: fc.boolean(),
});

describe.each(builds)('images in planes, %s build', (build) => {
  it('convolutions with a sparse filter read and write them', () => {
    let direct = 0;
    fc.assert(
      fc.property(convolutions, (k) => {
        const [height, width] = k.size.map((extent, axis) => {
          const span = (k.kernel[axis] - 1) * k.dilations[axis] + 1;
          return Math.floor((extent + k.pads[axis] + k.pads[axis + 2] - span) / k.strides[axis]) + 1;
        });
        fc.pre(height > 0 && width > 0);
        const [channels, filters] = [k.group * k.channels, k.group * k.filters];
        const x = [k.images, channels, ...k.size];
        const w = [filters, k.channels, ...k.kernel];
        const y = [k.images, filters, height, width];
        const { strides, pads, dilations, group } = k;
        const g = geometryOf({ strides, pads, dilations, group }, x, w, y);
        if (typeof g === 'string') throw new Error(g);
        const own = imagePlanes(g);
        const from =
          k.from === 'own'
            ? own && planesLayout(own)
            : typeof k.from === 'string'
              ? k.from
              : planesLayout(planesFor(x, k.from));
        fc.pre(from !== undefined);
        const image = { shape: x, data: gaussian(1, sizeOf(x)) };
        const filter = { shape: w, constant: weight(w, 0, encodings[k.encoding], 0.6) };
        const bias = { shape: [filters], data: gaussian(3, filters) };
        const beside = { shape: y, data: gaussian(4, sizeOf(y)) };
        const pitch = planesOf(from, x)?.pitch ?? 0;
        const to =
          k.to === 'same pitch'
            ? planesLayout({
                top: 1,
                left: 0,
                pitch: Math.max(width, pitch),
                plane: Math.max(width, pitch) * (height + 2),
              })
            : typeof k.to === 'string'
              ? k.to
              : planesLayout(planesFor(y, k.to));
        const attributes = { strides, pads, dilations, group, activation: 'clip', min: -1, max: 2 };
        const node: Node = {
          ...{ op: 'conv2d', attributes, outputs: [y] },
          inputs: [image, filter, bias, ...(k.residual ? [beside] : [])],
        };
        const inPlanes: Node = {
          ...node,
          inputs: [{ ...image, layout: from }, filter, bias, ...(k.residual ? [{ ...beside, layout: to }] : [])],
        };
        for (const kernel of sparseConvKernels) {
          const matches = [node, { ...inPlanes, wanted: to }].map((each) => kernel.match(requestOf(each)));
          if (matches.some((match) => typeof match === 'string')) continue;
          if (isPlanes(from) && typeof matches[1] === 'object' && !matches[1].scratchBytes) direct++;
          expectInPlanes(build, kernel, node, inPlanes, to);
        }
      }),
      { seed: 5, numRuns: build === 'debug' ? 30 : 120 },
    );
    expect(direct).toBeGreaterThan(3);
  });

  it('the largest of a window reads and writes them', () => {
    const kernel = pool.find(({ name }) => name === 'f32_max_pool_rows') as Kernel;
    fc.assert(
      fc.property(
        small(1, 2),
        fc.tuple(small(3, 19), small(3, 19)),
        small(1, 3),
        borders,
        borders,
        (n, size, stride, a, b) => {
          const x = [n, 3, ...size];
          const y = [n, 3, ...size.map((extent) => Math.floor((extent + 2 - 3) / stride) + 1)];
          const attributes = { kernel: [3, 3], strides: [stride, stride], pads: [1, 1, 1, 1] };
          const image = { shape: x, data: gaussian(1, sizeOf(x)) };
          const node: Node = { op: 'maxPool', attributes, inputs: [image], outputs: [y] };
          const inPlanes = { ...node, inputs: [{ ...image, layout: planesLayout(planesFor(x, a)) }] };
          expectInPlanes(build, kernel, node, inPlanes, planesLayout(planesFor(y, b)));
          expectInPlanes(build, kernel, node, node, planesLayout(planesFor(y, b)));
          expectInPlanes(build, kernel, node, inPlanes, 'rows');
        },
      ),
      { seed: 6, numRuns: 30 },
    );
  });

  it('conversions between them and rows', () => {
    fc.assert(
      fc.property(fc.tuple(small(1, 2), small(1, 3), small(1, 9), small(1, 9)), borders, borders, (shape, a, b) => {
        const [from, to] = [a, b].map((border) => planesLayout(planesFor(shape, border)));
        const image = { shape, data: gaussian(1, sizeOf(shape)) };
        const first = convert(build, image, 'rows', from);
        expect(first).toEqual(asPlanes(shape, from, image.data));
        if (from !== to) expect(convert(build, image, from, to, first)).toEqual(asPlanes(shape, to, image.data));
        expect(convert(build, image, from, 'rows', first)).toEqual(image.data);
      }),
      { seed: 7, numRuns: 30 },
    );
  });

  it('functions that keep zeros, and sums of two, leave them where they are', () => {
    const shape = [2, 3, 5, 7];
    const layout = planesLayout(planesFor(shape, [1, 2, 0, 1, 3]));
    const input = { shape, data: gaussian(1, sizeOf(shape)), layout };
    const other = { ...input, data: gaussian(2, sizeOf(shape)) };
    const scalars = { alpha: 0.7, gamma: 1.1, beta: 0.2, min: -1, max: 2 };
    let rows = 0;
    for (const kernel of [...unary, ...elementwise]) {
      if (!kernel.carries) continue;
      const attributes = { ...scalars, approximate: kernel.name.includes('tanh') ? 'tanh' : 'none' };
      const inputs = kernel.carries.length === 2 ? [input, other] : [input];
      const node: Node = { op: kernel.op, attributes, inputs, outputs: [shape] };
      const match = kernel.match(requestOf(node));
      if (typeof match === 'string') throw new Error(match);
      expect(match.writes, kernel.name).toEqual([layout]);
      const plain = { ...node, inputs: inputs.map(({ layout: _, ...rest }) => rest) };
      const [want] = run(build, kernel, plain);
      expect(distance(runRaw(build, kernel, node), asPlanes(shape, layout, want)), kernel.name).toBe(0);
      rows++;
    }
    expect(rows).toBeGreaterThan(15);
  });
});
