/** Padding is copies: of the inside and, where x is repeated, of the stretches of it that stand around. */
import { normalizeAxis, type Shape, sizeOf, stridesOf } from '../core/shape.ts';
import { type Move, movement, moving, shapeOf } from './copy.ts';
import type { Request } from './kernel.ts';
import { listOf, numberOf, textOf } from './match.ts';
import { copyGeometry } from './strides.ts';

/** Along one axis: `count` positions of the result from `to` that are those of x from `from` on, `step` apart. */
interface Stretch {
  readonly to: number;
  readonly from: number;
  readonly count: number;
  readonly step: number;
}

/** More moves than this are left to the reference. */
const MOST = 81;

/** What is put before and behind each axis; negative: cut off. */
function padsOf({ attributes }: Request, rank: number): { readonly before: number[]; readonly after: number[] } {
  const pads = listOf(attributes, 'pads');
  const asked = listOf(attributes, 'axes', []);
  const axes =
    asked.length > 0 ? asked.map((axis) => normalizeAxis(axis, rank)) : Array.from({ length: rank }, (_, i) => i);
  const [before, after] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)];
  axes.forEach((axis, i) => {
    before[axis] = pads[i];
    after[axis] = pads[axes.length + i];
  });
  return { before, after };
}

/** The inside, and unless the mode is constant what stands before and behind it, in stretches of one direction. */
function stretchesOf(mode: string, extent: number, before: number, after: number): Stretch[] {
  const first = Math.max(0, -before);
  const kept = extent - first - Math.max(0, -after);
  const front = Math.max(0, before);
  const inside = { to: front, from: first, count: kept, step: 1 };
  if (mode === 'constant') return [inside];
  const end = front + kept + Math.max(0, after);
  if (mode === 'edge' || kept === 1)
    return [
      { to: 0, from: first, count: front, step: 0 },
      inside,
      { to: front + kept, from: first + kept - 1, count: end - front - kept, step: 0 },
    ];
  const period = mode === 'wrap' ? kept : 2 * (kept - 1);
  const stretches: Stretch[] = [];
  for (let to = 0; to < end; ) {
    // Where in the period the position lies: going up, and if reflected down again.
    const at = (((to - front) % period) + period) % period;
    const up = mode === 'wrap' || at < kept - 1;
    const left = up ? kept - at : period - at;
    const count = Math.min(left, end - to);
    stretches.push({ to, from: first + (up ? at : period - at), count, step: up ? 1 : -1 });
    to += count;
  }
  return stretches;
}

/** Every choice of one stretch per axis. */
function choices(axes: readonly (readonly Stretch[])[]): Stretch[][] {
  return axes.reduce<Stretch[][]>((all, axis) => all.flatMap((chosen) => axis.map((each) => [...chosen, each])), [[]]);
}

function movesOf(axes: readonly (readonly Stretch[])[], shape: Shape, whole: Shape): Move[] {
  const [own, target] = [stridesOf(shape), stridesOf(whole)];
  return choices(axes).map((chosen) => ({
    read: 0,
    write: 0,
    from: chosen.reduce((sum, { from }, axis) => sum + from * own[axis], 0),
    to: chosen.reduce((sum, { to }, axis) => sum + to * target[axis], 0),
    geometry: copyGeometry(
      chosen.map(({ count }) => count),
      chosen.map(({ step }, axis) => step * own[axis]),
      target,
    ),
  }));
}

export const pad = movement('pad', 'first', (request, bytes) => {
  const mode = textOf(request.attributes, 'mode', 'constant');
  const shape = shapeOf(request);
  const whole = request.outputs[0].shape;
  const { before, after } = padsOf(request, shape.length);
  // Counted before they are made: a wide pad around little has as many as it is wide.
  const kept = shape.map((extent, axis) => extent + Math.min(0, before[axis]) + Math.min(0, after[axis]));
  const turns = whole.map((extent, axis) => extent / Math.max(1, kept[axis]));
  if (mode !== 'constant' && turns.some((times) => times > MOST)) return `want a pad of at most ${MOST} times x`;
  const axes = shape.map((extent, axis) =>
    stretchesOf(mode, extent, before[axis], after[axis]).filter(({ count }) => count > 0),
  );
  const count = axes.reduce((product, stretches) => product * stretches.length, 1);
  if (count > MOST) return `want at most ${MOST} stretches of x, got ${count}`;
  const grows = mode === 'constant' && [...before, ...after].some((width) => width > 0);
  const value = numberOf(request.attributes, 'value', 0);
  return moving(bytes, request, movesOf(axes, shape, whole), grows ? { n: sizeOf(whole), value } : undefined);
});
