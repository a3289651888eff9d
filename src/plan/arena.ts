/**
 * Offsets for buffers that live at different times: largest first, each at the lowest gap among those that live while
 * it does (greedy by size, Pisarchyk and Lee 2020).
 */
import type { Buffer } from './plan.ts';

export const ALIGNMENT = 64;

export function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** Sets `offset` of every buffer and returns the bytes that the arena needs. */
export function placeInArena(buffers: readonly Buffer[]): number {
  const order = [...buffers].sort((a, b) => b.bytes - a.bytes || a.id - b.id);
  const placed: Buffer[] = [];
  let end = 0;
  for (const buffer of order) {
    let offset = 0;
    for (const other of placed) {
      if (other.first > buffer.last || other.last < buffer.first) continue;
      if (offset + buffer.bytes <= other.offset) break;
      offset = Math.max(offset, other.offset + aligned(other.bytes));
    }
    buffer.offset = offset;
    placed.splice(insertionPoint(placed, offset), 0, buffer);
    end = Math.max(end, offset + aligned(buffer.bytes));
  }
  return end;
}

function insertionPoint(placed: readonly Buffer[], offset: number): number {
  let low = 0;
  let high = placed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (placed[middle].offset <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The largest sum of bytes that live at one step. */
export function peakLive(buffers: readonly Buffer[]): number {
  const change = new Map<number, number>();
  for (const { first, last, bytes } of buffers) {
    change.set(first, (change.get(first) ?? 0) + aligned(bytes));
    change.set(last + 1, (change.get(last + 1) ?? 0) - aligned(bytes));
  }
  let live = 0;
  let peak = 0;
  for (const step of [...change.keys()].sort((a, b) => a - b)) {
    live += change.get(step) ?? 0;
    peak = Math.max(peak, live);
  }
  return peak;
}
