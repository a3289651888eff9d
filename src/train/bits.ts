/** Masks of one byte per weight, four at a time: they are as long as the dense weight. */

/** A copy in which whatever is not 0 is 1. */
export function bitsOf(given: Uint8Array): Uint8Array {
  const bits = given.slice();
  const words = wordsOf(bits);
  let any = 0;
  for (let i = 0; i < words.length; i++) any |= words[i];
  for (let i = words.length * 4; i < bits.length; i++) any |= bits[i];
  if ((any & 0xfefefefe) !== 0) for (let i = 0; i < bits.length; i++) bits[i] = (bits[i] + 255) >> 8;
  return bits;
}

/** How many are 1. The mask holds nothing but 0 and 1. */
export function countKept(keep: Uint8Array): number {
  const words = keep.byteOffset % 4 === 0 ? wordsOf(keep) : new Uint32Array();
  let kept = 0;
  for (let from = 0; from < words.length; from += 255) {
    // Four counters of a byte each; 255 words cannot overflow them.
    const to = Math.min(words.length, from + 255);
    let counters = 0;
    for (let i = from; i < to; i++) counters += words[i];
    kept += (counters & 255) + ((counters >>> 8) & 255) + ((counters >>> 16) & 255) + (counters >>> 24);
  }
  for (let i = words.length * 4; i < keep.length; i++) kept += keep[i];
  return kept;
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
}
