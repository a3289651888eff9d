/**
 * The host owns all allocation in a WebAssembly memory: kernels only ever see addresses.
 *
 * Views die whenever the memory grows (they get length 0 and lose writes silently), so nobody keeps one: `bytes()` and
 * `view()` make them anew.
 */
import { type DType, type TypedArray, viewOf } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';

const PAGE = 65536;
const ALIGNMENT = 64;
/** Address 0 stays unused, so that 0 can mean "absent"; compiled modules may put nothing below this either. */
const FIRST = 1024;
/** The largest memory a 32-bit module can have. */
const LIMIT = 65536 * PAGE;

export interface Heap {
  readonly memory: WebAssembly.Memory;
  /** Address of `size` fresh bytes, 64-byte aligned. Contents are undefined. Throws UsageError past the cap. */
  allocate(size: number, what: string): number;
  free(address: number): void;
  bytes(): Uint8Array;
  view(dtype: DType, address: number, length: number): TypedArray;
  /** Bytes allocated now. */
  used(): number;
  /** Bytes of the WebAssembly memory. */
  size(): number;
}

interface Gap {
  start: number;
  end: number;
}

export function createHeap(memory: WebAssembly.Memory, maxBytes = LIMIT): Heap {
  const cap = Math.min(maxBytes, LIMIT);
  /** Free ranges, ascending, never touching each other. */
  const gaps: Gap[] = [{ start: FIRST, end: memory.buffer.byteLength }];
  const taken = new Map<number, number>();
  let used = 0;

  function grow(size: number): void {
    const end = memory.buffer.byteLength;
    const last = gaps.at(-1);
    const reusable = last && last.end === end ? end - last.start : 0;
    const pages = Math.ceil((size - reusable) / PAGE);
    // What lies free in pieces counts as well: the cap is on the memory, not only on what is in use of it.
    if (end + pages * PAGE > Math.ceil(cap / PAGE) * PAGE) return;
    memory.grow(pages);
    if (last && last.end === end) last.end = memory.buffer.byteLength;
    else gaps.push({ start: end, end: memory.buffer.byteLength });
  }

  function take(size: number): number | undefined {
    const index = gaps.findIndex(({ start, end }) => end - start >= size);
    if (index < 0) return undefined;
    const gap = gaps[index];
    const address = gap.start;
    gap.start += size;
    if (gap.start === gap.end) gaps.splice(index, 1);
    return address;
  }

  return {
    memory,
    allocate(size, what) {
      const rounded = Math.max(ALIGNMENT, Math.ceil(size / ALIGNMENT) * ALIGNMENT);
      const refuse = (why: string): never => {
        throw new UsageError(`${what}: want ${rounded} bytes more than the ${used} in use, but ${why}`);
      };
      if (used + rounded > cap) refuse(`maxMemory is ${cap}`);
      let address = take(rounded);
      if (address === undefined) {
        try {
          grow(rounded);
        } catch {
          refuse(`the WebAssembly memory of ${memory.buffer.byteLength} bytes cannot grow so far`);
        }
        address = take(rounded);
      }
      if (address === undefined)
        return refuse(`no free range is that long and the memory may not grow past maxMemory, ${cap}`);
      taken.set(address, rounded);
      used += rounded;
      return address;
    },
    free(address) {
      const size = taken.get(address);
      if (size === undefined) return;
      taken.delete(address);
      used -= size;
      const end = address + size;
      let at = gaps.findIndex(({ start }) => start > address);
      if (at < 0) at = gaps.length;
      gaps.splice(at, 0, { start: address, end });
      const next = gaps[at + 1];
      if (next && next.start === end) {
        gaps[at].end = next.end;
        gaps.splice(at + 1, 1);
      }
      const before = gaps[at - 1];
      if (before && before.end === address) {
        before.end = gaps[at].end;
        gaps.splice(at, 1);
      }
    },
    bytes: () => new Uint8Array(memory.buffer),
    view: (dtype, address, length) => viewOf(dtype, memory.buffer, address, length),
    used: () => used,
    size: () => memory.buffer.byteLength,
  };
}
