/** How many threads a session gets, on which build, and why. */
import { type LoadedModule, loadForThreads, loadModule } from '../modules.ts';
import { canSpawn } from './spawn.ts';
import { startTeam, type Team } from './team.ts';

export interface Hired {
  readonly loaded: LoadedModule;
  /** Absent when there is one thread. */
  readonly team?: Team;
  readonly threads: number;
  readonly why: string;
}

export interface HireOptions {
  readonly threads?: number;
  readonly maxMemory?: number;
  readonly deterministic?: boolean;
}

/** As many threads as are asked for, or one, with a warning that says why. */
export async function hire({ threads = 1, maxMemory, deterministic = false }: HireOptions): Promise<Hired> {
  if (threads === 1) return { loaded: await loadModule(deterministic), threads, why: 'one thread was asked for' };
  const found = obstacle() ?? (await hireTeam(threads, maxMemory));
  if (typeof found !== 'string') return found;
  const why = `${threads} threads were asked for, but ${found}`;
  warn(why);
  return { loaded: await loadModule(deterministic), threads: 1, why };
}

/** Why this host can have no threads, if it cannot. */
function obstacle(): string | undefined {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  if (crossOriginIsolated === false)
    return 'this page is not cross-origin isolated, which shared memory takes (see the COOP and COEP headers)';
  if (typeof SharedArrayBuffer === 'undefined') return 'this host has no SharedArrayBuffer';
  if (!canSpawn()) return 'this host has no worker threads';
  return undefined;
}

async function hireTeam(threads: number, maxMemory: number | undefined): Promise<Hired | string> {
  const found = await loadForThreads();
  if (typeof found === 'string') return found;
  try {
    const team = await startTeam(found.loaded.module, found.worker, threads, maxMemory);
    return { loaded: found.loaded, team, threads, why: `${threads} threads were asked for` };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const warned = new Set<string>();

function warn(why: string): void {
  if (!warned.has(why)) console.warn(`lacewing: ${why}`);
  warned.add(why);
}
