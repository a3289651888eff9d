import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bitsOf, countKept } from '../../src/train/bits.ts';

it('bits are 1 for whatever is not 0, and counted, at any length and alignment', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat(3), fc.boolean(), (bytes, shift, plain) => {
      const given = bytes.subarray(Math.min(shift, bytes.length)).map((byte) => (plain ? byte & 1 : byte & 7));
      const wanted = Uint8Array.from(given, (byte) => (byte === 0 ? 0 : 1));
      const bits = bitsOf(given);
      expect(bits).toEqual(wanted);
      const count = wanted.reduce((sum, bit) => sum + bit, 0);
      expect(countKept(bits)).toBe(count);
      expect(countKept(Uint8Array.from([0, ...bits]).subarray(1))).toBe(count);
    }),
    { seed: 3, numRuns: 300 },
  );
  expect(countKept(new Uint8Array(100_003).fill(1))).toBe(100_003);
});
