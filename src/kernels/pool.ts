/** Pooling of [N, C, ...] over one to three axes, in one pass or two. Output extents come with the request. */
import { bytesPerElement, type DType } from '../core/dtype.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import { isPlain, type Kernel, type Layout, type Operand, type Request } from './kernel.ts';
import { arithmetic, flagOf, readRows, textOf, traffic, wanted } from './match.ts';
import { clearBorder, clearCost, holds, isPlanes, originOf, type Planes, planesOf } from './planes.ts';
import { between, type Pass, passesOf, planes, tapsOf } from './pool-passes.ts';
import { along } from './split.ts';

const isImage = (operand: Operand | undefined): operand is Operand => isPlain(operand);

/** Floats of a row with its padding, as far as windows reach. */
const lineOf = ({ from, to, kernel, strides, dilations, pads }: Pass) =>
  Math.max(pads[1] + from[1], (to[1] - 1) * strides[1] + (kernel[1] - 1) * dilations[1] + 1);

/** Where a pool's operand lies and where its result is to: planes.ts. Only f32 images are there. */
function placesOf({ inputs, outputs, wanted = 'rows' }: Request, passes: readonly Pass[]) {
  const place = (layout: Layout, shape: Shape) => {
    const planes = isPlanes(layout) && passes.length === 1 ? planesOf(layout, shape) : undefined;
    return planes && holds(planes, shape) ? { layout, planes } : { layout: 'rows', planes: undefined };
  };
  return [place(inputs[0]?.layout ?? 'rows', inputs[0]?.shape ?? []), place(wanted, outputs[0].shape)] as const;
}

/** Values alone. */
const maxPoolRows = (name: string, dtype: DType): Kernel => ({
  name,
  exports: dtype === 'float32' ? [name, 'f32_clear_border'] : [name],
  op: 'maxPool',
  match(request) {
    const [x] = request.inputs;
    if (!isPlain(x, dtype)) return wanted(`a plain ${dtype} operand [N, C, ...]`, request.inputs);
    if (request.outputs.length > 1) return 'makes no indices';
    const bytes = bytesPerElement(dtype);
    const passes = passesOf(request, x.shape, request.outputs[0].shape);
    if (typeof passes === 'string') return passes;
    const pitched = dtype === 'float32';
    const [source, made] = placesOf(pitched ? request : { ...request, inputs: [], wanted: 'rows' }, passes);
    const [area, pooled] = [x.shape, request.outputs[0].shape].map((shape) => sizeOf(shape.slice(2)));
    const step = { x: (source.planes?.plane ?? area) * bytes, out: (made.planes?.plane ?? pooled) * bytes };
    const starts = [source, made].map(({ planes: p }) => (p ? originOf(p) * bytes : 0));
    const count = planes(x.shape);
    const line = Math.max(...passes.map(lineOf)) * bytes;
    const looked = passes.reduce((sum, { images, from, to, kernel }) => {
      return sum + images * to[0] * (from[1] * kernel[0] + 2 * to[1] * kernel[1]);
    }, 0);
    /** What an address is followed by: floats from row to row, and from plane to plane. */
    const pitches = ([height, width]: readonly number[], p: Planes | undefined) =>
      pitched ? [p?.pitch ?? width, p?.plane ?? height * width] : [];
    return along(
      {
        reads: [{ input: 0, layout: source.layout }],
        writes: [made.layout],
        microseconds:
          arithmetic(count * looked, 0.25) + (made.planes ? clearCost(count * request.outputs[0].shape[2]) : 0),
        scratchBytes: line + count * between(passes, bytes),
      },
      {
        extent: count,
        unit: 1,
        calls: ({ reads: [from], writes: [out], scratch }, first, some) => {
          const [begin, end] = [from + starts[0] + first * step.x, out + starts[1] + first * step.out];
          const ends = [begin, ...(passes.length > 1 ? [scratch + line] : []), end];
          const calls = passes.map((pass, i) => {
            const { images, from: size, to, kernel, strides, pads, dilations } = pass;
            const window = [...size, ...kernel, ...strides, pads[0], pads[1], ...dilations, ...to, lineOf(pass)];
            const input = [ends[i], ...pitches(size, source.planes)];
            const output = [ends[i + 1], ...pitches(to, made.planes)];
            return { kernel: name, args: [some * images, ...window, ...input, ...output, scratch] };
          });
          if (!made.planes) return calls;
          const rows = { planes: some, first: 0, rows: passes[0].to[0] };
          return [...calls, clearBorder(made.planes, passes[0].to, rows, first + some === count, end)];
        },
      },
    );
  },
});

const maxPool: Kernel = {
  name: 'f32_max_pool',
  exports: ['f32_max_pool', 'max_pool_places'],
  op: 'maxPool',
  match(request) {
    const [x] = request.inputs;
    if (!isImage(x)) return wanted('a plain float32 operand [N, C, ...]', request.inputs);
    const passes = passesOf(request, x.shape, request.outputs[0].shape);
    if (typeof passes === 'string') return passes;
    const indexed = request.outputs.length > 1;
    if (indexed && passes.length > 1) return 'want no indices over three axes';
    const counting = textOf(request.attributes, 'indices', 'plane');
    const wide = indexed && counting !== 'plane';
    const [area, pooled] = [x.shape, request.outputs[0].shape].map((shape) => sizeOf(shape.slice(2)));
    return along(
      {
        reads: readRows(0),
        writes: request.outputs.map(() => 'rows'),
        microseconds: arithmetic(tapsOf(passes, planes(x.shape)), indexed ? 0.75 : 0.5),
        scratchBytes: planes(x.shape) * (wide ? pooled * 4 : between(passes)),
      },
      {
        extent: planes(x.shape),
        unit: 1,
        calls: ({ reads: [from], writes: [out, indices], scratch }, first, count) => {
          const ends = [from + first * area * 4, ...(passes.length > 1 ? [scratch] : []), out + first * pooled * 4];
          const places = wide ? scratch : (indices ?? 0) && indices + first * pooled * 4;
          const calls = passes.map(({ images, from: [h, w], to, kernel, strides, pads, dilations }, i) => ({
            kernel: 'f32_max_pool',
            args: [
              ...[count * images, h, w, ...kernel, ...strides, pads[0], pads[1], ...dilations, ...to],
              ...[ends[i], ends[i + 1], places],
            ],
          }));
          if (!wide) return calls;
          const width = x.shape[x.shape.length - 1];
          const columns = counting === 'tensorColumns' ? 1 : 0;
          const args = [count, pooled, first, area, width, columns, places, indices + first * pooled * 8];
          return [...calls, { kernel: 'max_pool_places', args }];
        },
      },
    );
  },
};

const maxPoolGrad: Kernel = {
  name: 'f32_max_pool_grad',
  exports: ['f32_max_pool_grad'],
  op: 'maxPoolGrad',
  match({ inputs, outputs }) {
    const [dy, indices] = inputs;
    if (!isImage(dy) || !isPlain(indices, 'int32'))
      return wanted('plain float32 dy [N, C, ...] and int32 indices', inputs);
    const [area, pooled] = [outputs[0].shape, dy.shape].map((shape) => sizeOf(shape.slice(2)));
    return {
      reads: readRows(0, 1),
      writes: ['rows'],
      microseconds: traffic(4 * sizeOf(outputs[0].shape)) + arithmetic(sizeOf(dy.shape), 1),
      calls: (at) => [
        { kernel: 'f32_max_pool_grad', args: [planes(dy.shape), 1, area, 1, pooled, ...at.reads, at.writes[0]] },
      ],
    };
  },
};

/** Arguments common to average pooling and its gradient, which sees the images the other way round. */
function averageArguments(request: Request, { from, kernel, strides, pads, to }: Pass): readonly number[] {
  const includePad = flagOf(request.attributes, 'countIncludePad', false) ? 1 : 0;
  return [...from, ...kernel, ...strides, ...pads, ...to, includePad];
}

/** The kernels know no dilation. */
function undilated(passes: readonly Pass[] | string): readonly Pass[] | string {
  if (typeof passes === 'string') return passes;
  const dilated = passes.find(({ dilations }) => dilations.some((dilation) => dilation !== 1));
  return dilated ? `want dilations of 1, got [${dilated.dilations}]` : passes;
}

const avgPool: Kernel = {
  name: 'f32_avg_pool',
  exports: ['f32_avg_pool'],
  op: 'avgPool',
  match(request) {
    const [x] = request.inputs;
    if (!isImage(x)) return wanted('a plain float32 operand [N, C, ...]', request.inputs);
    const passes = undilated(passesOf(request, x.shape, request.outputs[0].shape));
    if (typeof passes === 'string') return passes;
    const [area, pooled] = [x.shape, request.outputs[0].shape].map((shape) => sizeOf(shape.slice(2)) * 4);
    return along(
      {
        reads: readRows(0),
        writes: ['rows'],
        microseconds: arithmetic(tapsOf(passes, planes(x.shape)), 0.25),
        scratchBytes: planes(x.shape) * between(passes),
      },
      {
        extent: planes(x.shape),
        unit: 1,
        calls: ({ reads: [from], writes: [out], scratch }, first, count) => {
          const ends = [from + first * area, ...(passes.length > 1 ? [scratch] : []), out + first * pooled];
          return passes.map((pass, i) => ({
            kernel: 'f32_avg_pool',
            args: [count * pass.images, ...averageArguments(request, pass), ends[i], ends[i + 1]],
          }));
        },
      },
    );
  },
};

const avgPoolGrad: Kernel = {
  name: 'f32_avg_pool_grad',
  exports: ['f32_avg_pool_grad'],
  op: 'avgPoolGrad',
  match(request) {
    const [dy] = request.inputs;
    if (!isImage(dy)) return wanted('plain float32 dy [N, C, ...]', request.inputs);
    const image = request.outputs[0].shape;
    const passes = undilated(passesOf(request, image, dy.shape));
    if (typeof passes === 'string') return passes;
    const count = planes(image);
    return {
      reads: readRows(0),
      writes: ['rows'],
      microseconds: traffic(4 * sizeOf(image)) + arithmetic(tapsOf(passes, count), 0.6),
      scratchBytes: count * between(passes),
      calls: (at) => {
        const ends = [at.reads[0], ...(passes.length > 1 ? [at.scratch] : []), at.writes[0]];
        return [...passes].reverse().map((pass, i) => ({
          kernel: 'f32_avg_pool_grad',
          args: [count * pass.images, ...averageArguments(request, pass), ends[i], ends[i + 1]],
        }));
      },
    };
  },
};

export const pool: readonly Kernel[] = [
  maxPoolRows('f32_max_pool_rows', 'float32'),
  maxPoolRows('u8_max_pool_rows', 'uint8'),
  maxPoolRows('i8_max_pool_rows', 'int8'),
  maxPool,
  maxPoolGrad,
  avgPool,
  avgPoolGrad,
];
