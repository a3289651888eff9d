/** What is asked of an engine in a process of its own. */
import type { Values } from './values.ts';

/** Loads a model, in place of the one before, and runs it once. Keeps the feeds for `time`. Answered by an `Opened`. */
export interface Open {
  readonly open: string;
  readonly feeds: Values;
  /** Of our kernels. */
  readonly build?: 'simd' | 'relaxed';
}

export interface Opened {
  readonly version: string;
  /** From the bytes of the file to the first result. */
  readonly milliseconds: number;
  readonly outputs: Values;
}

/** Runs that often in a row. Answered by the microseconds of one. */
export interface Time {
  readonly time: number;
}

/** What has been taken at most. Answered by a `Memory`. */
export interface Memory {
  /** Bytes of WebAssembly memory, which never shrinks; undefined where it cannot be seen. */
  readonly heap: number | undefined;
  /** Bytes by which the process has grown since it was ready to load. */
  readonly resident: number;
}

export type Question = Open | Time | { readonly memory: true };

/** A model in an engine. */
export interface Runner {
  readonly version: string;
  readonly run: () => Promise<Values>;
  readonly heap: () => number | undefined;
  readonly dispose: () => Promise<void>;
}

/** Answers for an engine that makes a runner of the bytes of a model. */
export function answers(
  load: (bytes: Uint8Array, question: Open) => Promise<Runner>,
  read: (path: string) => Uint8Array,
) {
  let runner: Runner | undefined;
  let before: number | undefined;
  return async (question: Question): Promise<Opened | number | Memory> => {
    if ('open' in question) {
      await runner?.dispose();
      const bytes = read(question.open);
      before ??= process.memoryUsage.rss();
      const start = performance.now();
      runner = await load(bytes, question);
      const outputs = await runner.run();
      return { version: runner.version, milliseconds: performance.now() - start, outputs };
    }
    if (!runner) throw new Error('want a model first');
    if ('memory' in question)
      return { heap: runner.heap(), resident: 1024 * process.resourceUsage().maxRSS - (before ?? 0) };
    const start = performance.now();
    for (let i = 0; i < question.time; i++) await runner.run();
    return ((performance.now() - start) * 1000) / question.time;
  };
}
