/** Bits in bytes: the first bit is the lowest of the first byte. Unused bits of the last byte are 0. */
import { ModelError } from '../core/errors.ts';

export interface BitWriter {
  /** The lowest `count` (at most 31) bits of `value`, lowest first. */
  write(value: number, count: number): void;
  /** `count` ones and a zero. */
  unary(count: number): void;
}

/** Writes into `bytes`, which must be zeros and long enough. */
export function bitWriter(bytes: Uint8Array): BitWriter {
  let at = 0;
  function write(value: number, count: number): void {
    for (let i = 0; i < count; i++, at++) if ((value >>> i) & 1) bytes[at >>> 3] |= 1 << (at & 7);
  }
  return {
    write,
    unary(count) {
      for (let i = 0; i < count; i++) write(1, 1);
      at++;
    },
  };
}

export interface BitReader {
  read(count: number): number;
  /** The number of ones before the next zero. */
  unary(): number;
  /** Throws unless only the zeros that fill up the last byte are left. */
  finish(): void;
}

/** Throws ModelError, beginning with `what`, past the end. */
export function bitReader(bytes: Uint8Array, what: string): BitReader {
  const end = bytes.length * 8;
  let at = 0;
  function bit(): number {
    if (at >= end) throw new ModelError(`${what}: want more than ${bytes.length} bytes of positions`);
    const value = (bytes[at >>> 3] >>> (at & 7)) & 1;
    at++;
    return value;
  }
  return {
    read(count) {
      let value = 0;
      for (let i = 0; i < count; i++) value |= bit() << i;
      return value;
    },
    unary() {
      let count = 0;
      while (bit()) count++;
      return count;
    },
    finish() {
      const rest = end - at;
      if (rest >= 8 || (rest > 0 && bytes[bytes.length - 1] >>> (8 - rest) !== 0))
        throw new ModelError(`${what}: want positions to end at bit ${at}, got ${end} bits`);
    },
  };
}
