/** The worker threads of one session, and the memory that they share. */
import { sharedMemory } from '../shared-memory.ts';
import { WORDS } from './control.ts';
import { spawn, type WorkerSource } from './spawn.ts';

export interface Team {
  readonly memory: WebAssembly.Memory;
  readonly control: Int32Array;
  /** Workers and the main thread. */
  readonly threads: number;
  /** Whether the main thread may sleep: a browser's may not. */
  readonly blocking: boolean;
  /** Ends the workers. */
  stop(): void;
}

/** Starts `threads - 1` workers. Rejects with the reason, and leaves none behind, when one of them does not start. */
export async function startTeam(
  module: WebAssembly.Module,
  source: WorkerSource,
  threads: number,
  maxMemory?: number,
): Promise<Team> {
  const memory = sharedMemory(maxMemory);
  const control = new Int32Array(new SharedArrayBuffer(4 * WORDS));
  const starting = Array.from({ length: threads - 1 }, (_, i) =>
    spawn(source, { module, memory, control, thread: i + 1 }),
  );
  const started = await Promise.allSettled(starting);
  const stop = () => {
    for (const worker of started) if (worker.status === 'fulfilled') worker.value();
  };
  const failed = started.find((worker) => worker.status === 'rejected');
  if (failed) {
    stop();
    throw new Error(`a worker did not start: ${reasonOf(failed.reason)}`);
  }
  return { memory, control, threads, blocking: mayBlock(), stop };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function mayBlock(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

const abandoned = new FinalizationRegistry<() => void>((stop) => stop());

/** Ends the workers when their session is garbage. Node takes no session with it that nobody can reach. */
export function stopWithOwner(owner: object, { stop }: Team): void {
  abandoned.register(owner, stop);
}
