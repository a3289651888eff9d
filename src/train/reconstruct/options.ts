/** What `reconstruct` may be told, and what it tells. */
import { UsageError } from '../../core/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import type { OneShotOptions } from '../../prune/prune.ts';
import type { PruneReport } from '../../prune/report.ts';
import type { Feeds } from '../../runtime/executor.ts';

export type Batches = Iterable<Feeds> | AsyncIterable<Feeds>;

/** Feeds of the model, a tensor per input: batch after batch, or a function that yields them. They are kept while it runs. */
export type CalibrationData = Batches | (() => Batches);

export interface ReconstructOptions extends OneShotOptions {
  /** The same model pruned already, in place of criterion, pattern, scope and sparsity: its patterns are taken over. */
  readonly pruned?: Graph;
  /** How much it costs to move a weight away from the dense one, as a share of the mean square of its inputs. Default 0.1. */
  readonly ridge?: number;
  /**
   * Rows (pixels, tokens, items) of each layer's input to look at, picked evenly from all batches. Default 12 for each
   * weight of an output feature, and at least 2048.
   */
  readonly rows?: number;
  /** Whether layers that were not pruned are fitted too, to what pruning left of their inputs. Default 'keep'. */
  readonly unpruned?: 'fit' | 'keep';
  /** Bytes for values between layers, and for the sums of one layer. Default 1 GiB. */
  readonly memory?: number;
  /** Of the choice of rows. Default 0. */
  readonly seed?: number;
  readonly onProgress?: (progress: ReconstructProgress) => void;
  /** Stops between batches and between rows: layers that were not reached stay pruned only. */
  readonly signal?: AbortSignal;
}

export interface ReconstructProgress {
  /** From 1. */
  readonly layer: number;
  readonly layers: number;
  /** The weight's name. */
  readonly name: string;
  /** Batches of this layer that were run. */
  readonly batch: number;
  readonly batches: number;
}

export interface ReconstructedLayer {
  /** The weight's name. */
  readonly name: string;
  /** The node that uses it. */
  readonly node: string;
  /** Fraction of zeros. */
  readonly sparsity: number;
  /** Rows that were looked at. */
  readonly rows: number;
  /**
   * How far the outputs are from those of the dense net, in standard deviations of these: with the weights pruned and what
   * comes before reconstructed, and after it was reconstructed too. NaN where it was not.
   */
  readonly before: number;
  readonly after: number;
  readonly seconds: number;
  /** Why it was only pruned, if it was. */
  readonly skipped?: string;
}

export interface ReconstructReport {
  /** In the order of the nodes. */
  readonly layers: readonly ReconstructedLayer[];
  readonly seconds: number;
  /** What was pruned. */
  readonly pruning: PruneReport;
}

export interface Reconstruction {
  readonly graph: Graph;
  readonly report: ReconstructReport;
  readonly stopped: 'done' | 'aborted';
}

export interface Settings {
  readonly ridge: number;
  readonly rows: number | undefined;
  readonly unpruned: 'fit' | 'keep';
  readonly memory: number;
  readonly seed: number;
}

/** Throws UsageError that names the option, what it may be and what came. */
export function settingsOf(options: ReconstructOptions): Settings {
  const { ridge = 0.1, rows, unpruned = 'keep', memory = 2 ** 30, seed = 0 } = options;
  if (!(typeof ridge === 'number' && ridge >= 0 && ridge < Number.POSITIVE_INFINITY))
    throw new UsageError(`reconstruct: want ridge as a number >= 0, got ${String(ridge)}`);
  for (const [name, value] of Object.entries({ rows: rows ?? 1, memory }))
    if (!(Number.isInteger(value) && value >= 1))
      throw new UsageError(`reconstruct: want ${name} as a whole number from 1, got ${String(value)}`);
  if (unpruned !== 'fit' && unpruned !== 'keep')
    throw new UsageError(`reconstruct: want unpruned 'fit' or 'keep', got ${JSON.stringify(unpruned)}`);
  if (!Number.isSafeInteger(seed))
    throw new UsageError(`reconstruct: want seed as a whole number, got ${String(seed)}`);
  return { ridge, rows, unpruned, memory, seed };
}
