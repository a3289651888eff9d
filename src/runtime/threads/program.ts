/**
 * The calls of a step's pieces as float64 numbers in the shared memory, where workers read them:
 *
 *     [pieces][start of piece 0 .. n-1][status of piece 0 .. n-1] [calls][kernel][args][a0 a1 ...][kernel][args]... | ...
 *                                                                 ▲ start, counted in numbers
 *
 * A kernel is its place among the function exports of the module.
 */
export interface KernelCall {
  readonly kernel: number;
  readonly args: readonly number[];
}

export type Piece = readonly KernelCall[];

export function encode(pieces: readonly Piece[]): Float64Array {
  const head = 1 + 2 * pieces.length;
  const body: number[] = [];
  const starts = pieces.map((piece) => {
    const start = head + body.length;
    body.push(piece.length);
    for (const { kernel, args } of piece) body.push(kernel, args.length, ...args);
    return start;
  });
  return Float64Array.from([pieces.length, ...starts, ...starts.map(() => 0), ...body]);
}

export function decodePiece(program: Float64Array, piece: number): Piece {
  let at = program[1 + piece];
  return Array.from({ length: program[at++] }, () => {
    const [kernel, count] = [program[at], program[at + 1]];
    at += 2 + count;
    return { kernel, args: Array.from(program.subarray(at - count, at)) };
  });
}

/** Where the status of a piece stands. */
export function statusAt(program: Float64Array, piece: number): number {
  return 1 + program[0] + piece;
}

/** The functions of a module in an order that all threads share. */
export function functionNames(module: WebAssembly.Module): string[] {
  return WebAssembly.Module.exports(module).flatMap(({ kind, name }) => (kind === 'function' ? [name] : []));
}
