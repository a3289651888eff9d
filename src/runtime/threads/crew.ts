/** The main thread's side: offers the pieces of a step, takes its share of them, and waits for those that workers took. */
import { invariant } from '../../core/errors.ts';
import type { Call } from '../../kernels/kernel.ts';
import type { Heap } from '../heap.ts';
import type { KernelFunction } from '../instance.ts';
import {
  BASE,
  DONE,
  FAILED,
  LIMIT,
  NEXT,
  PAGES,
  PROGRAM,
  SERIAL,
  SLEEPING,
  TRAPPED,
  takePiece,
  WAITING,
  watch,
} from './control.ts';
import { encode, functionNames, maskOf, statusAt } from './program.ts';
import type { Team } from './team.ts';

/** Milliseconds after which a sleeping main thread looks again in any case. */
const NAP = 1;
const PAGE = 65536;

export interface Section {
  /** Runs all pieces, on whatever threads are free; the status of the first piece that failed, or 0. */
  readonly run: () => number;
  /** Address of its program, to be freed with it. */
  readonly program: number;
}

export interface Crew {
  /** Tells workers that work is about to come: waking up takes longer than most steps. */
  wake(): void;
  /**
   * Pieces of one step, ready to run.
   * @param pieces the calls of each, given the address of the scratch memory
   * @param scratch where the scratch memory of the main thread is, and after how many bytes the next thread's follows
   * @param allocate where the program goes: address of that many bytes
   */
  section(
    pieces: (scratch: number) => readonly (readonly Call[])[],
    scratch: { readonly address: number; readonly bytes: number },
    allocate: (bytes: number) => number,
  ): Section;
}

export function createCrew(
  { control, blocking }: Team,
  module: WebAssembly.Module,
  kernels: Readonly<Record<string, KernelFunction>>,
  heap: Heap,
): Crew {
  const places = new Map(functionNames(module).map((name, place) => [name, place]));
  let serials = 0;
  let finished = Atomics.load(control, DONE);

  /** Until workers have finished the pieces they took. */
  function join(): void {
    const over = () => Atomics.load(control, DONE) === finished;
    while (!watch(over)) {
      if (!blocking) continue;
      Atomics.store(control, WAITING, 1);
      const seen = Atomics.load(control, DONE);
      if (seen !== finished) Atomics.wait(control, DONE, seen, NAP);
      Atomics.store(control, WAITING, 0);
    }
  }

  function wake(): void {
    if (Atomics.load(control, SLEEPING) > 0) Atomics.notify(control, LIMIT);
  }

  return {
    wake,
    section(pieces, { address, bytes }, allocate) {
      const moved = pieces(address + bytes);
      const mine = pieces(address).map((calls, piece) =>
        calls.map(({ kernel, args }, i) => {
          const run = kernels[kernel];
          const place = places.get(kernel);
          invariant(typeof run === 'function' && place !== undefined, `the kernels export ${kernel}`);
          return { run, kernel: place, args, mask: maskOf(args, moved[piece][i].args, bytes) };
        }),
      );
      const numbers = encode(mine, bytes);
      const program = allocate(numbers.byteLength);
      const view = () => heap.view('float64', program, numbers.length) as Float64Array;
      view().set(numbers);
      const serial = ++serials;

      // A trap must not leave the others alone with their pieces: it is told when all are done.
      function perform(piece: number): number {
        try {
          for (const { run, args } of mine[piece]) {
            const status = run(...args);
            if (status) return status;
          }
          return 0;
        } catch {
          return TRAPPED;
        }
      }

      function run(): number {
        const base = Atomics.load(control, NEXT);
        Atomics.store(control, BASE, base);
        Atomics.store(control, SERIAL, serial);
        Atomics.store(control, PROGRAM, program);
        Atomics.store(control, PAGES, heap.size() / PAGE);
        Atomics.store(control, LIMIT, (base + mine.length) | 0);
        wake();
        const failures: [piece: number, status: number][] = [];
        let taken = 0;
        for (let next = takePiece(control); next !== undefined; next = takePiece(control)) {
          taken++;
          const piece = (next - base) | 0;
          const status = perform(piece);
          if (status) failures.push([piece, status]);
        }
        finished = (finished + mine.length - taken) | 0;
        if (taken < mine.length) join();
        return Atomics.exchange(control, FAILED, 0) === 0 && failures.length === 0 ? 0 : firstFailure(failures);
      }

      function firstFailure(own: [piece: number, status: number][]): number {
        const words = view();
        const from = statusAt(words, 0);
        const all = [...own, ...mine.map((_, piece): [number, number] => [piece, words[from + piece]])];
        words.fill(0, from, from + mine.length);
        const [, status] = all.filter(([, code]) => code !== 0).sort(([a], [b]) => a - b)[0];
        invariant(status !== TRAPPED, 'no kernel traps');
        return status;
      }

      return { run, program };
    },
  };
}
