/** Transposed convolutions by 2x2 with a stride of 2, where nothing overlaps: one product, whose result goes out interleaved. */
import { sizeOf } from '../core/shape.ts';
import { geometryOf, type TransposeGeometry } from './conv-transpose.ts';
import { biasAt, EPILOGUE, epilogueOf, epilogueReads, finishCalls, NEAR_BYTES } from './epilogue.ts';
import type { Kernel, Match, Request } from './kernel.ts';
import { readRows } from './match.ts';
import { along, inBlocks } from './split.ts';

/** Pixels of a tile. */
const TILE = 8;
/** Flops per microsecond. */
const RATE = 34000;

function disjoint({ from, to, kernel, strides, dilations, pads }: TransposeGeometry): boolean {
  return [0, 1].every(
    (axis) =>
      kernel[axis] === 2 &&
      strides[axis] === 2 &&
      dilations[axis] === 1 &&
      pads[axis] === 0 &&
      to[axis] === 2 * from[axis],
  );
}

function match(request: Request): Match | string {
  const g = geometryOf(request);
  if (typeof g === 'string') return g;
  if (!disjoint(g)) return 'wants a kernel of 2x2, a stride of 2, no padding';
  const [height, width] = g.from;
  if (width < TILE) return `wants rows of at least ${TILE} pixels, got ${width}`;
  const epilogue = epilogueOf(request, g.filters * g.group);
  if (typeof epilogue === 'string') return epilogue;
  const [image, area] = [sizeOf(g.from), sizeOf(g.to)];
  const near = Math.max(1, Math.floor(NEAR_BYTES / (g.filters * width * 16)));
  return along(
    {
      reads: [...readRows(0, 1), ...epilogueReads(epilogue)],
      writes: ['rows'],
      microseconds: 0.2 + (g.images * g.group * 8 * g.channels * g.filters * image) / RATE + epilogue.microseconds,
      scratchBytes: g.channels * TILE * 4,
    },
    {
      // Rows of all groups of all images.
      extent: g.images * g.group * height,
      unit: 1,
      calls(at, first, count) {
        const { reads, writes, scratch } = at;
        const bias = biasAt(epilogue, at);
        return inBlocks(Math.ceil((first + count) / height), 1, (plane) => {
          const begin = Math.max(0, first - plane * height);
          const rows = Math.min(height, first + count - plane * height) - begin;
          const group = plane % g.group;
          return inBlocks(Math.max(0, rows), epilogue.finish ? near : Math.max(1, rows), (from, some) => {
            const row = begin + from;
            const start = plane * g.filters * area + row * 4 * width;
            const x = reads[0] + (plane * g.channels * image + row * width) * 4;
            const w = reads[1] + group * g.channels * g.filters * 16;
            return [
              {
                kernel: 'f32_conv_transpose_2x2',
                args: [
                  ...[g.channels, g.filters, some, width, x, image, w, bias && bias + group * g.filters * 4],
                  ...[epilogue.bounds.lo, epilogue.bounds.hi, writes[0] + start * 4, area, scratch],
                ],
              },
              ...finishCalls(epilogue, at, { first: start, rows: g.filters, n: some * 4 * width, row: area }),
            ];
          });
        });
      },
    },
  );
}

export const convTranspose2x2: Kernel = {
  name: 'f32_conv_transpose_2x2',
  exports: ['f32_conv_transpose_2x2', EPILOGUE],
  op: 'convTranspose',
  match,
};
