/** The fences of the harness: a write past an operand is found. */
import { expect, it } from 'vitest';
import { builds, place } from './harness.ts';

it.each([0, 4])('a byte written beside an operand is found, shifted by %i', (align) => {
  const operands = [new Float32Array(5), new Float32Array(7), new Float32Array(3)];
  for (const [operand, { byteLength }] of operands.entries())
    for (const offset of [-1, byteLength]) {
      const bench = place(builds[0], operands, align);
      const bytes = new Uint8Array((bench.exports as unknown as { memory: WebAssembly.Memory }).memory.buffer);
      const at = bench.at[operand];
      bytes.fill(7, at, at + byteLength);
      expect(() => bench.release()).not.toThrow();
      // The last operand ends with the memory: nothing is behind it.
      if (at + offset >= bytes.length) continue;
      bytes[at + offset] ^= 1;
      expect(() => bench.release()).toThrow(`byte ${at + offset} outside every operand`);
    }
});
