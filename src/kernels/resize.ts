/** Resizing: nearest and bilinear of planes in one go, everything else axis by axis. */
import type { Taps } from '../core/resample.ts';
import { tapsByAxis } from '../core/resize.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import { type Addresses, type Call, isPlain, type Kernel, type Request } from './kernel.ts';
import { arithmetic, numberOf, readRows, textOf, traffic, wanted } from './match.ts';
import { along } from './split.ts';
import { copyGeometry, flatCopy, tableOf } from './strides.ts';

/** Tables of longer axes would be greater than what they are for. */
const LONGEST = 2 ** 20;

/** Why an axis of the result is left to the reference. */
function tooLong({ outputs }: Request): string | undefined {
  return outputs[0].shape.some((extent) => extent > LONGEST) ? `want axes of at most ${LONGEST}` : undefined;
}

/** Float bits as words of a table. */
function words(values: ArrayLike<number>): Int32Array {
  return new Int32Array(Float32Array.from(values).buffer);
}

function joined(parts: readonly ArrayLike<number>[]): Int32Array {
  return Int32Array.from(parts.flatMap((part) => Array.from(part)));
}

/** The last two axes as planes, if no other is resized and none lies outside; else why not. */
function planesOf(request: Request, mode: string) {
  const { inputs, outputs, attributes } = request;
  const [x] = inputs;
  if (!isPlain(x) || x.shape.length < 2) return wanted('a plain float32 operand of at least two axes', inputs);
  if (textOf(attributes, 'mode') !== mode) return `want mode ${mode}, got ${textOf(attributes, 'mode')}`;
  const reason = tooLong(request);
  if (reason) return reason;
  const taps = tapsByAxis(attributes, x.shape);
  if (taps.slice(0, -2).some((axis) => axis)) return 'want the last two axes resized, got others';
  if (taps.some((axis) => axis?.outside)) return 'want coordinates inside, got tfCropAndResize';
  const [h, w] = x.shape.slice(-2);
  const [oh, ow] = outputs[0].shape.slice(-2);
  const [rows, columns] = taps.slice(-2);
  return { h, w, oh, ow, rows, columns, planes: sizeOf(x.shape.slice(0, -2)) };
}

const counting = (n: number) => Int32Array.from({ length: n }, (_, i) => i);

/** How many times each column comes one behind the other, if all come equally often. */
function factorOf(columns: ArrayLike<number>, w: number): number {
  const factor = columns.length / w;
  const regular =
    Number.isInteger(factor) && Array.from(columns).every((column, i) => column === Math.floor(i / factor));
  return regular ? factor : 0;
}

const nearest: Kernel = {
  name: 'f32_resize_nearest',
  exports: ['f32_resize_nearest'],
  op: 'resize',
  match(request) {
    const geometry = planesOf(request, 'nearest');
    if (typeof geometry === 'string') return geometry;
    const { h, w, oh, ow, planes } = geometry;
    const [rows, columns] = [geometry.rows?.positions ?? counting(h), geometry.columns?.positions ?? counting(w)];
    const sizes = [h, w, oh, ow, factorOf(columns, w)];
    return along(
      {
        reads: readRows(0),
        writes: ['rows'],
        microseconds: traffic(4 * planes * (h * w + oh * ow)),
        table: joined([rows, columns]),
      },
      {
        extent: planes,
        unit: 1,
        calls: ({ table, reads: [x], writes: [y] }, first, count) => [
          {
            kernel: 'f32_resize_nearest',
            args: [count, ...sizes, table, x + first * h * w * 4, y + first * oh * ow * 4],
          },
        ],
      },
    );
  },
};

/** Per output the two neighbours and the part of the second. */
function neighbours(taps: Taps | undefined, extent: number): ArrayLike<number>[] {
  if (!taps) return [counting(extent), counting(extent), words(new Float32Array(extent))];
  const half = (array: ArrayLike<number>, which: number) => Array.from(array).filter((_, i) => i % 2 === which);
  return [half(taps.positions, 0), half(taps.positions, 1), words(half(taps.weights, 1))];
}

const linear: Kernel = {
  name: 'f32_resize_linear',
  exports: ['f32_resize_linear'],
  op: 'resize',
  match(request) {
    const geometry = planesOf(request, 'linear');
    if (typeof geometry === 'string') return geometry;
    const { h, w, oh, ow, rows, columns, planes } = geometry;
    if ([rows, columns].some((taps) => taps && taps.count !== 2)) return 'want two neighbours, got antialias';
    return along(
      {
        reads: readRows(0),
        writes: ['rows'],
        microseconds: arithmetic(planes * (oh * ow * 0.5 + Math.min(2 * oh, h) * ow * 1.2), 1),
        scratchBytes: 8 * ow,
        table: joined([...neighbours(rows, h), ...neighbours(columns, w)]),
      },
      {
        extent: planes,
        unit: 1,
        calls: ({ table, scratch, reads: [x], writes: [y] }, first, count) => [
          {
            kernel: 'f32_resize_linear',
            args: [count, h, w, oh, ow, table, scratch, x + first * h * w * 4, y + first * oh * ow * 4],
          },
        ],
      },
    );
  },
};

/** Taps of one axis as the kernel reads them; `back`: what each input gives becomes what it gets. */
function tapTable({ count, positions, weights, outside }: Taps, from: number, back: boolean) {
  const to = positions.length / count;
  const lists: [number, number][][] = Array.from({ length: back ? from : to }, () => []);
  positions.forEach((position, k) => {
    const i = Math.floor(k / count);
    if (weights[k] === 0 || outside?.[i]) return;
    if (back) lists[position].push([i, weights[k]]);
    else lists[i].push([position, weights[k]]);
  });
  const starts = [0];
  for (const list of lists) starts.push(starts[starts.length - 1] + list.length);
  const taps = lists.flat();
  const table = joined([starts, taps.map(([at]) => at), words(taps.map(([, weight]) => weight))]);
  return { table, taps: taps.length };
}

/** One axis of the way from x to the result. */
interface Step {
  readonly outer: number;
  readonly from: number;
  readonly to: number;
  readonly inner: number;
  readonly taps: number;
  /** In bytes. */
  readonly table: number;
}

/** `image` is what the taps read: x of a resize, dx of its gradient. */
function stepsOf(taps: readonly (Taps | undefined)[], image: Shape, result: Shape, start: Shape, back: boolean) {
  const steps: Step[] = [];
  const tables: Int32Array[] = [];
  let [now, offset] = [start, 0];
  taps.forEach((axisTaps, axis) => {
    if (!axisTaps) return;
    const made = tapTable(axisTaps, image[axis], back);
    const [outer, inner] = [sizeOf(now.slice(0, axis)), sizeOf(now.slice(axis + 1))];
    steps.push({ outer, from: now[axis], to: result[axis], inner, taps: made.taps, table: offset });
    tables.push(made.table);
    offset += made.table.byteLength;
    now = now.with(axis, result[axis]);
  });
  return { steps, table: joined(tables) };
}

/** The places outside of the image get the value: copied from the table, where it stands behind everything else. */
function outsideOf(taps: readonly (Taps | undefined)[], result: Shape) {
  return taps.flatMap((axisTaps, axis) => {
    const [outer, inner] = [sizeOf(result.slice(0, axis)), sizeOf(result.slice(axis + 1))];
    const geometry = copyGeometry([outer, inner], [0, 0], [result[axis] * inner, 1]);
    const places = Array.from(axisTaps?.outside ?? []).flatMap((is, i) => (is ? [i * inner * 4] : []));
    return places.map((to) => ({ to, geometry }));
  });
}

const COPY = 'copy_strided_4';

function resampling(op: 'resize' | 'resizeGrad'): Kernel {
  const back = op === 'resizeGrad';
  return {
    name: 'f32_resample',
    exports: ['f32_resample', COPY],
    op,
    match(request) {
      const { inputs, outputs, attributes } = request;
      const [x] = inputs;
      if (!isPlain(x)) return wanted('a plain float32 operand', inputs);
      const reason = tooLong(request);
      if (reason) return reason;
      const result = outputs[0].shape;
      const image = back ? result : x.shape;
      const taps = tapsByAxis(attributes, image);
      const { steps, table } = stepsOf(taps, image, result, x.shape, back);
      const outside = back || sizeOf(result) === 0 ? [] : outsideOf(taps, result);
      const flat = steps.length === 0 ? [flatCopy(sizeOf(result))] : [];
      const strided = tableOf([...flat, ...outside.map(({ geometry }) => geometry)]);
      const value = back ? 0 : numberOf(attributes, 'extrapolationValue');
      const sizes = steps.map(({ outer, to, inner }) => outer * to * inner * 4);
      // Steps but the last write to one of two buffers in turn.
      const [even, odd] = [0, 1].map((turn) => Math.max(0, ...sizes.slice(0, -1).filter((_, i) => i % 2 === turn)));
      const calls = ({ reads, writes, scratch, table: at }: Addresses): Call[] => {
        if (sizeOf(result) === 0) return [];
        const geometries = at + table.byteLength;
        const target = (i: number) => (i === steps.length - 1 ? writes[0] : scratch + (i % 2) * even);
        if (steps.length === 0) return [{ kernel: COPY, args: [1, geometries, reads[0], writes[0]] }];
        const resample = steps.map(({ outer, from, to, inner, taps: count, table: offset }, i) => ({
          kernel: 'f32_resample',
          args: [outer, from, to, inner, count, at + offset, i === 0 ? reads[0] : target(i - 1), target(i)],
        }));
        const behind = geometries + strided.table.byteLength;
        const fills = outside.map(({ to, geometry }, i) => ({
          kernel: COPY,
          args: [geometry.dims.length, geometries + strided.offsets[i], behind, writes[0] + to],
        }));
        return [...resample, ...fills];
      };
      return {
        reads: readRows(0),
        writes: ['rows'],
        microseconds: steps.reduce(
          (sum, { outer, inner, taps: count }) => sum + arithmetic(outer * inner * count, inner >= 4 ? 0.5 : 1.5),
          traffic(4 * sizeOf(result)),
        ),
        scratchBytes: even + odd,
        table: joined([table, strided.table, words([value])]),
        calls,
      };
    },
  };
}

export const resizeKernels: readonly Kernel[] = [nearest, linear, resampling('resize'), resampling('resizeGrad')];
