import fc from 'fast-check';
import { expect, it } from 'vitest';
import { aligned, peakLive, placeInArena } from '../../src/plan/arena.ts';
import type { Buffer } from '../../src/plan/plan.ts';

function buffersOf(rows: readonly (readonly [number, number, number])[]): Buffer[] {
  return rows.map(([bytes, first, length], id) => ({
    id,
    place: 'arena',
    bytes,
    label: `b${id}`,
    offset: -1,
    first,
    last: first + length,
  }));
}

const lives = fc.array(fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.nat(20), fc.nat(8)), { maxLength: 40 });

it('buffers that live at once never overlap, and the arena is never smaller than what lives', () => {
  fc.assert(
    fc.property(lives, (rows) => {
      const buffers = buffersOf(rows);
      const bytes = placeInArena(buffers);
      expect(bytes).toBeGreaterThanOrEqual(peakLive(buffers));
      for (const a of buffers)
        for (const b of buffers) {
          if (a.id >= b.id || a.last < b.first || b.last < a.first || a.bytes === 0 || b.bytes === 0) continue;
          expect(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset).toBe(true);
        }
    }),
    { seed: 1, numRuns: 300 },
  );
});

it('a chain of equal buffers needs two of them', () => {
  const buffers = buffersOf(Array.from({ length: 10 }, (_, i) => [1000, i, 1] as const));
  expect(placeInArena(buffers)).toBe(2 * aligned(1000));
  expect(peakLive(buffers)).toBe(2 * aligned(1000));
});
