/**
 * Images in planes with a border of zeros: convolutions read past the edges of such an image, and write the next one's.
 *
 *     planes.<top>.<left>.<pitch>.<plane>   of a value [N, C, H, W], sizes in floats
 *
 *     . . . . . .      one plane: `top` rows of zeros, then H rows `pitch` apart, each behind `left` zeros
 *     . a b c d .      a row's right border is the next row's left one:  (y, x) lies at (top + y) * pitch + left + x
 *     . e f g h .      everything else is 0, as are `left` floats behind the last plane and a tile that may be read there
 *     . . . . . .
 */
import { format, type Shape, sizeOf } from '../core/shape.ts';
import { copyCost } from './cost.ts';
import type { Call, Conversion, Layout, Operand } from './kernel.ts';
import { along } from './split.ts';

/** How rows and planes lie. */
export interface Planes {
  readonly top: number;
  readonly left: number;
  readonly pitch: number;
  readonly plane: number;
}

/** What a tile of columns may read behind the last plane, in floats. */
const TILE = 16;

/** What every row of the table that writes planes may call. */
export const planesExports = ['f32_crop', 'f32_clear_border'] as const;

export function planesLayout({ top, left, pitch, plane }: Planes): Layout {
  return `planes.${[top, left, pitch, plane].join('.')}`;
}

const named = /^planes\.(\d+)\.(\d+)\.(\d+)\.(\d+)$/;

export function isPlanes(layout: Layout): boolean {
  return layout.startsWith('planes.');
}

/** A value of rank 4 in `rows` or in planes as planes; undefined in other layouts. */
export function planesOf(layout: Layout, shape: Shape): Planes | undefined {
  if (shape.length !== 4) return undefined;
  const [, , height, width] = shape;
  if (layout === 'rows') return { top: 0, left: 0, pitch: width, plane: height * width };
  const found = named.exec(layout)?.slice(1).map(Number);
  return found && { top: found[0], left: found[1], pitch: found[2], plane: found[3] };
}

/** Whether an image of this size has room there. */
export function holds({ top, left, pitch, plane }: Planes, [, , height, width]: Shape): boolean {
  return left + width <= pitch && (top + height) * pitch <= plane;
}

/** Floats that a value takes in these planes, the zeros behind them included. */
export function planesFloats({ left, plane }: Planes, shape: Shape): number {
  return shape[0] * shape[1] * plane + left + TILE;
}

/** Floats from the start of the buffer to the first element. */
export function originOf({ top, left, pitch }: Planes): number {
  return top * pitch + left;
}

/** Some rows of some planes. */
export interface Area {
  readonly planes: number;
  /** The first row and how many. */
  readonly first: number;
  readonly rows: number;
}

/** Zeros around the rows of an area, whose first element is at `out`, of images [height, width]; `last` where the last plane of the buffer is among them. */
export function clearBorder(
  p: Planes,
  [height, width]: readonly number[],
  area: Area,
  last: boolean,
  out: number,
): Call {
  const head = area.first === 0 ? originOf(p) : 0;
  const down = area.first + area.rows === height;
  const tail = down ? p.plane - (p.top + height) * p.pitch : 0;
  const args = [area.planes, area.rows, width, p.pitch, p.plane, head, tail, down && last ? TILE : 0, out];
  return { kernel: 'f32_clear_border', args };
}

/** Copies planes of rows x width numbers; addresses are those of the first elements. */
export function copyPlanes(
  { planes, rows }: Pick<Area, 'planes' | 'rows'>,
  width: number,
  from: Pick<Planes, 'pitch' | 'plane'> & { readonly at: number },
  to: Pick<Planes, 'pitch' | 'plane'> & { readonly at: number },
): Call {
  return {
    kernel: 'f32_crop',
    args: [planes, rows, width, from.at, from.pitch, from.plane, to.at, to.pitch, to.plane],
  };
}

/** The conversion between `rows` and planes, or between planes; undefined where the layouts are others. */
export function betweenPlanes(from: Layout, to: Layout): Conversion | undefined {
  if (from === to || !(isPlanes(from) || isPlanes(to))) return undefined;
  if (![from, to].every((layout) => layout === 'rows' || isPlanes(layout))) return undefined;
  return { name: 'f32_crop', exports: planesExports, from, to, match: (operand) => matchCopy(operand, from, to) };
}

function matchCopy({ dtype, shape }: Operand, from: Layout, to: Layout) {
  const [source, target] = [planesOf(from, shape), planesOf(to, shape)];
  if (dtype !== 'float32' || !source || !target) return `planes want a float32 image, got ${dtype} ${format(shape)}`;
  if (!holds(target, shape)) return `${to} has no room for ${format(shape)}`;
  const [, , height, width] = shape;
  const count = shape[0] * shape[1];
  return along(
    {
      reads: [{ input: 0, layout: from }],
      writes: [to],
      microseconds: copyCost(sizeOf(shape)) + (isPlanes(to) ? clearCost(count * height) : 0),
    },
    {
      extent: count,
      unit: 1,
      calls: ({ reads: [x], writes: [out] }, first, planes) => {
        const at = (p: Planes, buffer: number) => buffer + (originOf(p) + first * p.plane) * 4;
        const area = { planes, first: 0, rows: height };
        const copy = copyPlanes(area, width, { ...source, at: at(source, x) }, { ...target, at: at(target, out) });
        if (!isPlanes(to)) return [copy];
        return [copy, clearBorder(target, [height, width], area, first + planes === count, at(target, out))];
      },
    },
  );
}

/** Predicted microseconds to put zeros around so many rows. */
export function clearCost(rows: number): number {
  return rows * 0.002;
}
