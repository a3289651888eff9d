/**
 * Convolutions of volumes: one output depth at a time is a convolution of images, whose channels are the planes that its taps
 * along depth reach.
 *
 *     [C][D][H][W]   ->   [C * KD][H][W]   *   [OC][C * KD][KH][KW]   ->   one of OD planes
 */
import { padsOf } from '../core/padding.ts';
import { format } from '../core/shape.ts';
import { windowCalls, windowExports, windowsOf } from './conv-dense.ts';
import { geometryOf } from './conv-geometry.ts';
import { copyCost } from './cost.ts';
import { unbounded } from './epilogue.ts';
import { isPlain, type Kernel, type Match, type Request } from './kernel.ts';
import { listOf, numberOf, readRows, wanted } from './match.ts';
import { along } from './split.ts';

function match({ attributes, inputs, outputs }: Request): Match | string {
  const [x, w, bias] = inputs;
  if (!isPlain(x) || !isPlain(w) || (bias && !isPlain(bias)))
    return wanted('plain float32 x, filters and perhaps bias', inputs);
  const [images, channels, depth, height, width] = x.shape;
  const [filters, perGroup, taps, ...kernel] = w.shape;
  const [, , outDepth, ...out] = outputs[0].shape;
  if (x.shape.length !== 5) return `wants [N, C, D, H, W], got ${format(x.shape)}`;
  const group = numberOf(attributes, 'group', 1);
  const list = (name: string) => [0, 1, 2].map((axis) => listOf(attributes, name, [])[axis] ?? 1);
  const [strides, dilations] = [list('strides'), list('dilations')];
  const pads = padsOf(attributes, x.shape.slice(2), w.shape.slice(2));
  const m = filters / group;
  const flat = {
    strides: strides.slice(1),
    dilations: dilations.slice(1),
    pads: [pads[1], pads[2], pads[4], pads[5]],
  };
  const planes = perGroup * taps;
  const g = geometryOf(flat, [1, planes, height, width], [m, planes, ...kernel], [1, m, ...out]);
  if (typeof g === 'string') return g;
  const windows = windowsOf(g);
  const volume = depth * height * width;
  const gathered = planes * height * width;
  const gatheredBytes = Math.ceil(gathered / 16) * 64;
  return along(
    {
      reads: bias ? readRows(0, 1, 2) : readRows(0, 1),
      writes: ['rows'],
      repacking: images * group * outDepth * windows.repacking,
      microseconds: images * group * outDepth * (copyCost(gathered) + windows.microseconds),
      scratchBytes: gatheredBytes + windows.scratchBytes,
      table: windows.offsets,
    },
    {
      extent: images * group * outDepth,
      unit: 1,
      calls: ({ reads: [from, weights, b = 0], writes: [to], scratch, table }, first, count) =>
        Array.from({ length: count }, (_, i) => {
          const od = (first + i) % outDepth;
          const at = Math.floor((first + i) / outDepth);
          const part = at % group;
          const start = od * strides[0] - pads[0];
          const source = from + (Math.floor(at / group) * channels + part * perGroup) * volume * 4;
          const target = to + (at * m * outDepth + od) * g.t * 4;
          return [
            {
              kernel: 'f32_depth_planes',
              args: [perGroup, depth, height * width, taps, start, dilations[0], source, scratch],
            },
            ...windows.slab.bands.flatMap((band) =>
              windowCalls(windows, band, unbounded, [0, m], {
                ...{ image: scratch, filters: weights + part * m * g.depth * 4, bias: b && b + part * m * 4 },
                ...{ table, scratch: scratch + gatheredBytes, out: target, outRow: outDepth * g.t },
              }),
            ),
          ];
        }).flat(),
    },
  );
}

export const conv3dKernels: readonly Kernel[] = [
  { name: 'f32_depth_planes', exports: ['f32_depth_planes', ...windowExports], op: 'conv3d', match },
];
