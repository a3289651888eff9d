/**
 * A worker thread: its own instance of the kernels on the session's memory. It takes pieces of work whenever some are on
 * offer and never returns. Bundled by itself (scripts/build-worker.mjs): it may import nothing but its neighbours.
 */
import {
  BASE,
  DONE,
  FAILED,
  LIMIT,
  PAGES,
  PROGRAM,
  READY,
  SERIAL,
  SLEEPING,
  type Start,
  TRAPPED,
  takePiece,
  WAITING,
  watch,
} from './control.ts';
import { decodePiece, functionNames, type Piece, statusAt } from './program.ts';

/** Steps whose pieces are kept decoded; more than plans usually have. */
const MOST_STEPS = 1024;
const PAGE = 65536;

function serve({ module, memory, control, thread }: Start, answer: (message: string) => void): never {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = functionNames(module).map(
    (name) => exports[name] as (...args: readonly number[]) => number | undefined,
  );
  const known = new Map<number, Piece[]>();
  let buffer = memory.buffer;

  function run(ticket: number): void {
    // The step cannot change before this piece is done: what the words say is of this step.
    const piece = (ticket - Atomics.load(control, BASE)) | 0;
    const serial = Atomics.load(control, SERIAL);
    const pages = Atomics.load(control, PAGES);
    // Word of a memory that another thread has grown arrives between turns of a loop.
    while (buffer.byteLength < pages * PAGE) buffer = memory.buffer;
    const program = () => new Float64Array(buffer, Atomics.load(control, PROGRAM) >>> 0);
    let pieces = known.get(serial);
    if (!pieces) {
      if (known.size >= MOST_STEPS) known.clear();
      pieces = [];
      known.set(serial, pieces);
    }
    pieces[piece] ??= decodePiece(program(), piece, thread);
    const status = perform(pieces[piece]);
    if (status) {
      const numbers = program();
      numbers[statusAt(numbers, piece)] = status;
      Atomics.store(control, FAILED, 1);
    }
    Atomics.add(control, DONE, 1);
    if (Atomics.load(control, WAITING)) Atomics.notify(control, DONE);
  }

  function perform(calls: Piece): number {
    try {
      for (const { kernel, args } of calls) {
        const status = kernels[kernel](...args);
        if (status) return status;
      }
      return 0;
    } catch {
      return TRAPPED;
    }
  }

  answer(READY);
  for (;;) {
    // Read before looking for work: what is offered in between moves it on.
    const limit = Atomics.load(control, LIMIT);
    const ticket = takePiece(control);
    if (ticket !== undefined) run(ticket);
    else if (!watch(() => Atomics.load(control, LIMIT) !== limit)) {
      Atomics.add(control, SLEEPING, 1);
      Atomics.wait(control, LIMIT, limit);
      Atomics.sub(control, SLEEPING, 1);
    }
  }
}

interface Port {
  once(event: 'message', receive: (start: Start) => void): void;
  postMessage(message: string): void;
}

interface Host {
  readonly process?: { getBuiltinModule?(name: string): { readonly parentPort: Port | null } | undefined };
  onmessage: ((event: { readonly data: Start }) => void) | null;
  postMessage(message: string): void;
}

const host = globalThis as unknown as Host;
const port = host.process?.getBuiltinModule?.('node:worker_threads')?.parentPort;
if (port) port.once('message', (start) => serve(start, (message) => port.postMessage(message)));
else host.onmessage = ({ data }) => serve(data, (message) => host.postMessage(message));
