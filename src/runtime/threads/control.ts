/**
 * What the threads of a session tell each other: words of an Int32Array, those that are written often on cache lines of
 * their own.
 *
 *     pieces of work, numbered through the life of the session:
 *
 *        done or running              offered, free           not offered yet
 *     ├──────────────────────────┼───────────────────────┼─────────────────────▶
 *                               NEXT                   LIMIT
 *
 * Whoever moves NEXT from n to n + 1 runs piece n. The main thread offers the pieces of one step by moving LIMIT, takes
 * pieces itself, and goes on when all are done; it never waits for a worker that has taken none. Words wrap around.
 */
export const NEXT = 0;
export const LIMIT = 16;
/** Pieces that workers have finished. */
export const DONE = 32;
/** Workers that sleep until LIMIT moves. */
export const SLEEPING = 48;
/** 1 while the main thread sleeps until DONE moves. */
export const WAITING = 49;
/** Of the step on offer: number of its first piece, ... */
export const BASE = 64;
/** ... a number that no other step has, under which workers keep what they have read of its program, ... */
export const SERIAL = 65;
/** ... the address of its program (unsigned), ... */
export const PROGRAM = 66;
/** ... and pages that the memory has: a worker must know all of them before it calls a kernel. */
export const PAGES = 67;
/** 1 when a worker's piece of the step has failed. */
export const FAILED = 80;
export const WORDS = 96;

/** The one message that a worker gets. Its one answer is READY. */
export interface Start {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: Int32Array;
  /** Its number; the main thread is 0. */
  readonly thread: number;
}

export const READY = 'ready';

/** How long threads watch a word before they sleep, in milliseconds. To wake one up takes about as long. */
export const PATIENCE = 0.1;

/** The status of a piece whose kernel trapped. */
export const TRAPPED = -1;

/** Takes the next piece on offer; undefined when there is none. */
export function takePiece(control: Int32Array): number | undefined {
  for (;;) {
    const limit = Atomics.load(control, LIMIT);
    const next = Atomics.load(control, NEXT);
    if (((limit - next) | 0) <= 0) return undefined;
    if (Atomics.compareExchange(control, NEXT, next, (next + 1) | 0) === next) return next;
  }
}

/** Watches until `over` says so; false when patience is at its end. */
export function watch(over: () => boolean): boolean {
  let end = 0;
  for (let i = 1; !over(); i++) {
    if (i % 64 !== 0) continue;
    const now = performance.now();
    if (end === 0) end = now + PATIENCE;
    else if (now >= end) return false;
  }
  return true;
}
