/** A seeded generator whose whole state is four 32-bit words, so that a checkpoint can hold it. */
export interface Random {
  readonly state: Uint32Array;
}

/** xoshiro128** (Blackman and Vigna 2018), seeded by splitmix32. */
export function random(seed: number): Random {
  const state = new Uint32Array(4);
  let s = seed >>> 0;
  for (let i = 0; i < 4; i++) {
    s = (s + 0x9e3779b9) >>> 0;
    state[i] = mix(s);
  }
  return { state };
}

export function restore(state: ArrayLike<number>): Random {
  return { state: Uint32Array.from(state) };
}

/** A uniform integer in [0, 2^32). Advances the state. */
export function nextUint32({ state: s }: Random): number {
  const [a, b, c, d] = s as unknown as [number, number, number, number];
  const mixed = Math.imul(b, 5);
  const result = Math.imul((mixed << 7) | (mixed >>> 25), 9) >>> 0;
  const c1 = c ^ a;
  const d1 = d ^ b;
  s[1] = b ^ c1;
  s[0] = a ^ d1;
  s[2] = c1 ^ (b << 9);
  s[3] = (d1 << 11) | (d1 >>> 21);
  return result;
}

/** Uniform in [0, 1), 32 bits of it. */
export function uniform(generator: Random): number {
  return nextUint32(generator) / 2 ** 32;
}

/** Standard normal by Box and Muller; one of the pair is thrown away so that the state stays four words. */
export function normal(generator: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(generator)));
  return radius * Math.cos(2 * Math.PI * uniform(generator));
}

/** A uniform integer in [0, bound), without modulo bias. */
export function below(generator: Random, bound: number): number {
  const limit = 2 ** 32 - (2 ** 32 % bound);
  for (;;) {
    const value = nextUint32(generator);
    if (value < limit) return value % bound;
  }
}

/** Fisher and Yates, in place. */
export function shuffle(generator: Random, items: Uint32Array): Uint32Array {
  for (let i = items.length - 1; i > 0; i--) {
    const j = below(generator, i + 1);
    const held = items[i];
    items[i] = items[j];
    items[j] = held;
  }
  return items;
}

/**
 * 32 bits that depend on all of (seed, salt, index), without state: what dropout decides by, so that its gradient makes
 * the same choice again. The kernel computes the same formula:
 *
 *     hash = mix(mix(seed ^ mix(salt + 0x9e3779b9)) + index * 0x9e3779b9)        (modulo 2^32)
 */
export function hash32(seed: number, salt: number, index: number): number {
  const golden = 0x9e3779b9;
  return mix((mix(seed ^ mix((salt + golden) >>> 0)) + Math.imul(index, golden)) >>> 0);
}

/** The finaliser of splitmix32: every bit of the result depends on every bit of z. */
function mix(z: number): number {
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}
