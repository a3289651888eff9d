/**
 * Runs single exports on operands laid out by hand: no planner, no session. Every operand is fenced with canaries;
 * `release` checks them. The last operand ends exactly at the end of memory, so that a read past it traps.
 */
import { readFileSync } from 'node:fs';
import { instantiateSync } from '@assemblyscript/loader';
import { expect } from 'vitest';
import { normal, random } from '../../src/core/random.ts';
import { supportsRelaxedSimd } from '../../src/core/simd.ts';

const PAGE = 65536;
const CANARY = 0x5ca1ab1e;
const FENCE = 64;

export type Build = 'simd' | 'debug' | 'relaxed';
/** The relaxed build too where the engine takes it. */
export const builds: readonly Build[] = ['simd', 'debug', ...(supportsRelaxedSimd() ? (['relaxed'] as const) : [])];

const modules = new Map<string, WebAssembly.Module>();

function moduleOf(build: string): WebAssembly.Module {
  let module = modules.get(build);
  if (!module) {
    module = new WebAssembly.Module(readFileSync(new URL(`../../build/wasm/kernels.${build}.wasm`, import.meta.url)));
    modules.set(build, module);
  }
  return module;
}

export type Exports = Record<string, (...args: number[]) => number>;
export type Numbers = Float32Array | Int32Array | Uint32Array | Uint8Array | Int8Array | BigInt64Array;

export interface Bench {
  readonly exports: Exports;
  /** Byte address of operand i. */
  readonly at: readonly number[];
  /** A copy of operand i as it is now. */
  read<T extends Numbers>(operand: number, like: T): T;
  /** Throws when a canary between operands was overwritten. */
  release(): void;
}

/** Places the operands, each behind a fence, the last one flush with the end of memory. `align` shifts all of them. */
export function place(build: string, operands: readonly Numbers[], align = 0): Bench {
  const sizes = operands.map((o) => Math.ceil(o.byteLength / 16) * 16);
  const total = sizes.reduce((a, b) => a + b + FENCE, FENCE) + 16;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(total / PAGE) });
  const end = memory.buffer.byteLength;
  new Uint32Array(memory.buffer).fill(CANARY);
  const at: number[] = new Array(operands.length);
  let top = end;
  for (let i = operands.length - 1; i >= 0; i--) {
    const last = i === operands.length - 1;
    // The last operand touches the end of memory; the others start at a 16-byte boundary plus `align`.
    at[i] = last ? end - operands[i].byteLength : top - sizes[i] - 16 + align;
    top = Math.floor((at[i] - align) / 16) * 16 - FENCE;
    const bytes = new Uint8Array(operands[i].buffer, operands[i].byteOffset, operands[i].byteLength);
    new Uint8Array(memory.buffer).set(bytes, at[i]);
  }
  const { exports } = instantiateSync(moduleOf(build), { env: { memory } });
  return {
    exports: exports as unknown as Exports,
    at,
    read(operand, like) {
      const bytes = memory.buffer.slice(at[operand], at[operand] + like.byteLength);
      return new (like.constructor as new (b: ArrayBuffer) => typeof like)(bytes as ArrayBuffer);
    },
    release() {
      const want = new Uint8Array(new Uint32Array(end / 4).fill(CANARY).buffer);
      const got = new Uint8Array(memory.buffer.slice(0));
      operands.forEach((o, i) => got.set(want.subarray(at[i], at[i] + o.byteLength), at[i]));
      if (Buffer.compare(got, want) === 0) return;
      throw new Error(`byte ${got.findIndex((byte, i) => byte !== want[i])} outside every operand was overwritten`);
    },
  };
}

/** Standard normal values; never denormal. */
export function gaussian(seed: number, length: number): Float32Array {
  const generator = random(seed);
  return Float32Array.from({ length }, () => normal(generator));
}

/** Largest |got - want| over 1 + |want|; NaN and infinities must match in kind. */
export function distance(got: ArrayLike<number>, want: ArrayLike<number>): number {
  let worst = got.length === want.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < want.length; i++) {
    if (Object.is(got[i], want[i]) || (Number.isNaN(got[i]) && Number.isNaN(want[i]))) continue;
    const error = Math.abs(got[i] - want[i]) / (1 + Math.abs(want[i]));
    worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
  }
  return worst;
}

/** Equal bit for bit, or equal as `toEqual` sees it, which words the difference but takes its time over long arrays. */
export function expectSame(got: Float32Array, want: Float32Array, what?: string): void {
  const [a, b] = [got, want].map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength));
  if (!a.equals(b)) expect(got, what).toEqual(want);
}
