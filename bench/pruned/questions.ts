/** What is asked of Lacewing in a process of its own. Plain data: the process may be another Node. */
export type Question = Start | Open | Check | Time | ProfileOf | { readonly output: string };

/** The input of every run. Answered by the version of Node. */
export interface Start {
  readonly build: 'simd' | 'relaxed';
  readonly dims: readonly number[];
}

/** Loads a file. Answered by the kernels of its plan, step by step. */
export interface Open {
  readonly open: string;
  readonly as: string;
  readonly format: 'auto' | 'dense';
}

/** Answered by max |Δ| / max |y| between a session and one that runs the same file dense. */
export interface Check {
  readonly check: string;
}

/** Runs that often in a row. Answered by the microseconds of one. */
export interface Time {
  readonly time: string;
  readonly runs: number;
}

/** Answered by a `Breakdown` of that many runs, each step as in the fastest. */
export interface ProfileOf {
  readonly profile: string;
  readonly runs: number;
}

export interface Breakdown {
  /** Microseconds of all steps. */
  readonly total: number;
  /** Fraction of it. */
  readonly repacking: number;
  /** By kernel, the longest first. */
  readonly kernels: readonly { readonly kernel: string; readonly calls: number; readonly microseconds: number }[];
}
