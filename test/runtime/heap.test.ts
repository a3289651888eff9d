import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { createHeap } from '../../src/runtime/heap.ts';

const fresh = (cap?: number) => createHeap(new WebAssembly.Memory({ initial: 1 }), cap);

describe('heap', () => {
  it('gives ranges that never overlap, and takes all of them back', () => {
    const commands = fc.array(fc.oneof(fc.nat(200_000), fc.constant(-1)), { maxLength: 60 });
    fc.assert(
      fc.property(commands, (sizes) => {
        const heap = fresh();
        const live = new Map<number, number>();
        for (const size of sizes) {
          if (size < 0) {
            const [address] = live.keys();
            if (address !== undefined) heap.free(address);
            if (address !== undefined) live.delete(address);
            continue;
          }
          const address = heap.allocate(size, 'a test');
          expect(address % 64).toBe(0);
          expect(address + size).toBeLessThanOrEqual(heap.size());
          for (const [other, length] of live) expect(address >= other + length || address + size <= other).toBe(true);
          live.set(address, size);
        }
        for (const address of live.keys()) heap.free(address);
        expect(heap.used()).toBe(0);
        expect(heap.allocate(heap.size() - 1024, 'everything')).toBe(1024);
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it('refuses to pass its cap and says by how much', () => {
    const heap = fresh(100_000);
    heap.allocate(60_000, 'first');
    expect(() => heap.allocate(60_000, 'weights')).toThrow(UsageError);
    expect(() => heap.allocate(60_000, 'weights')).toThrow(
      /weights: want 60032 bytes more than the 60032 in use, but maxMemory is 100000/,
    );
    expect(heap.allocate(30_000, 'smaller')).toBeGreaterThan(0);
  });

  it('keeps the memory itself under the cap, free pieces included', () => {
    const heap = fresh(3 * 65536);
    const first = heap.allocate(60_000, 'first');
    heap.allocate(60_000, 'second');
    heap.free(first);
    expect(() => heap.allocate(80_000, 'third')).toThrow(/no free range is that long .* maxMemory, 196608/);
    expect(heap.size()).toBeLessThanOrEqual(3 * 65536);
    expect(heap.allocate(60_000, 'fits')).toBe(first);
  });
});
