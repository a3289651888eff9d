/** Harm to a file, as fast-check makes and shrinks it: bytes changed, cut out, put in, repeated; the end cut off. */
import * as fc from 'fast-check';

type Harm = (bytes: Uint8Array) => Uint8Array;

/** Uniform in [0, 1): fast-check's own doubles crowd around 0, and all harm would fall on the head of the file. */
const position = fc.noBias(fc.nat(2 ** 31 - 2)).map((at) => at / (2 ** 31 - 1));

/** Bytes that often matter: zero, one, all bits, the sign, and what makes a varint go on. */
const byte = fc.oneof(fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff), fc.nat(255));

const change = fc.record({ at: position, to: byte }).map(
  ({ at, to }): Harm =>
    (bytes) => {
      const out = bytes.slice();
      if (out.length > 0) out[Math.floor(at * out.length)] = to;
      return out;
    },
);

const flip = fc.record({ at: position, bit: fc.nat(7) }).map(
  ({ at, bit }): Harm =>
    (bytes) => {
      const out = bytes.slice();
      if (out.length > 0) out[Math.floor(at * out.length)] ^= 1 << bit;
      return out;
    },
);

const cut = fc.record({ at: position, count: fc.nat(16) }).map(
  ({ at, count }): Harm =>
    (bytes) => {
      const from = Math.floor(at * bytes.length);
      return join(bytes.subarray(0, from), bytes.subarray(from + count));
    },
);

const insert = fc.record({ at: position, more: fc.array(byte, { maxLength: 8 }) }).map(
  ({ at, more }): Harm =>
    (bytes) => {
      const from = Math.floor(at * bytes.length);
      return join(bytes.subarray(0, from), Uint8Array.from(more), bytes.subarray(from));
    },
);

const repeat = fc.record({ at: position, from: position, count: fc.nat(64) }).map(
  ({ at, from, count }): Harm =>
    (bytes) => {
      const to = Math.floor(at * bytes.length);
      const start = Math.floor(from * bytes.length);
      return join(bytes.subarray(0, to), bytes.subarray(start, start + count), bytes.subarray(to));
    },
);

const truncate = position.map(
  (at): Harm =>
    (bytes) =>
      bytes.slice(0, Math.floor(at * bytes.length)),
);

/** One to three harms, one after the other. */
export const damage: fc.Arbitrary<Harm> = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: change },
      { weight: 5, arbitrary: flip },
      { weight: 2, arbitrary: cut },
      { weight: 2, arbitrary: insert },
      { weight: 1, arbitrary: repeat },
      { weight: 1, arbitrary: truncate },
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map(
    (harms): Harm =>
      (bytes) =>
        harms.reduce((out, harm) => harm(out), bytes),
  );

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
