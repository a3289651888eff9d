/**
 * The calls of a step's pieces as float64 numbers in the shared memory, where workers read them:
 *
 *     [pieces][scratch bytes][start of piece 0 .. n-1][status of piece 0 .. n-1] [calls]{call}{call}... [calls]{call}...
 *                                                                                ▲ start, counted in numbers
 *     {call}: [kernel][args][mask][a0 a1 ...]
 *
 * A kernel is its place among the function exports of the module. Bit i of the mask says that argument i is an address in
 * the scratch memory; every thread has its own, so many bytes behind that of the thread before.
 */
import { invariant } from '../../core/errors.ts';

export interface KernelCall {
  readonly kernel: number;
  readonly args: readonly number[];
  readonly mask: number;
}

export type Piece = readonly KernelCall[];

const HEAD = 2;

export function encode(pieces: readonly Piece[], scratchBytes: number): Float64Array {
  const head = HEAD + 2 * pieces.length;
  const body: number[] = [];
  const starts = pieces.map((piece) => {
    const start = head + body.length;
    body.push(piece.length);
    for (const { kernel, args, mask } of piece) body.push(kernel, args.length, mask, ...args);
    return start;
  });
  return Float64Array.from([pieces.length, scratchBytes, ...starts, ...starts.map(() => 0), ...body]);
}

/** The calls of a piece as thread number `thread` makes them. */
export function decodePiece(program: Float64Array, piece: number, thread: number): Piece {
  const shift = thread * program[1];
  let at = program[HEAD + piece];
  return Array.from({ length: program[at++] }, () => {
    const [kernel, count, mask] = program.subarray(at, at + 3);
    at += 3 + count;
    const args = Array.from(program.subarray(at - count, at), (arg, i) => arg + bit(mask, i) * shift);
    return { kernel, args, mask };
  });
}

/** The mask of the arguments that move with the scratch memory, seen from the arguments when it lies `bytes` further on. */
export function maskOf(args: readonly number[], moved: readonly number[], bytes: number): number {
  return args.reduce((mask, arg, i) => {
    if (moved[i] === arg) return mask;
    invariant(moved[i] === arg + bytes, `argument ${i} is an address in the scratch memory`);
    return mask + 2 ** i;
  }, 0);
}

function bit(mask: number, i: number): number {
  return Math.floor(mask / 2 ** i) % 2;
}

/** Where the status of a piece stands. */
export function statusAt(program: Float64Array, piece: number): number {
  return HEAD + program[0] + piece;
}

/** The functions of a module in an order that all threads share. */
export function functionNames(module: WebAssembly.Module): string[] {
  return WebAssembly.Module.exports(module).flatMap(({ kind, name }) => (kind === 'function' ? [name] : []));
}
