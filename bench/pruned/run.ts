/** What the bench of pruned networks finds out. */
import type { Breakdown } from './questions.ts';
import type { Zeros } from './subjects.ts';

export type Engine = 'lacewing' | 'lacewing relaxed' | 'onnxruntime-web' | 'onnxruntime-node' | 'tfjs-backend-wasm';

export interface PrunedRun extends Zeros {
  readonly model: string;
  readonly engine: Engine;
  readonly version: string;
  /** Microseconds of a run. */
  readonly min: number;
  readonly median: number;
  /** Kernels of the plan, step by step; empty for other engines. */
  readonly kernels: string;
  /** Of Lacewing's sessions. */
  readonly breakdown?: Breakdown;
}

/** Whose zeros gain anything. */
export function isOwn({ engine }: PrunedRun): boolean {
  return engine.startsWith('lacewing');
}

/** The run of an engine on a network; of ours the one whose zeros lie so, dense if nothing is said. */
export function find(
  runs: readonly PrunedRun[],
  model: string,
  engine: Engine,
  { pattern, sparsity }: Zeros = { pattern: 'dense', sparsity: 0 },
): PrunedRun | undefined {
  return runs.find(
    (run) => run.model === model && run.engine === engine && run.pattern === pattern && run.sparsity === sparsity,
  );
}
