/** How long the steps of a run took, and how much of that only moved numbers from one layout into another. */
import { isRepacking } from '../kernels/repacking.ts';
import type { Step } from '../plan/plan.ts';
import { table } from '../plan/print.ts';

/** What the calls of one kernel took within a step, together. */
export interface KernelTiming {
  readonly kernel: string;
  readonly calls: number;
  readonly microseconds: number;
}

export interface StepTiming {
  /** Index in the plan. */
  readonly step: number;
  readonly title: string;
  readonly op: string;
  /** The kernel that the plan chose. */
  readonly kernel: string;
  readonly microseconds: number;
  readonly predicted: number;
  /** Every kernel that it calls, in the order of first calls. A step that threads share is one call. */
  readonly kernels: readonly KernelTiming[];
  /** Of `microseconds` what only brought numbers into another layout: a conversion, a transpose, packing within the step. */
  readonly repacking: number;
}

/** Adds up the times of calls; `time` counts one that took so long. */
export function stepClock() {
  const seen = new Map<string, { calls: number; microseconds: number }>();
  return {
    time(kernel: string, microseconds: number): void {
      const own = seen.get(kernel);
      if (!own) seen.set(kernel, { calls: 1, microseconds });
      else {
        own.calls++;
        own.microseconds += microseconds;
      }
    },
    timing(step: number, { title, op, kernel, microseconds: predicted }: Step): StepTiming {
      const kernels = [...seen].map(([name, own]) => ({ kernel: name, ...own }));
      const microseconds = sum(kernels);
      const layoutsOnly = op === 'convert' || op === 'transpose';
      const repacking = layoutsOnly ? microseconds : sum(kernels.filter((each) => isRepacking(each.kernel)));
      return { ...{ step, title, op, kernel, microseconds, predicted, kernels, repacking } };
    },
  };
}

function sum(parts: readonly { readonly microseconds: number }[]): number {
  return parts.reduce((total, { microseconds }) => total + microseconds, 0);
}

/** The part of the run, 0 to 1, that only brought numbers into other layouts. */
export function repackingShare(timings: readonly StepTiming[]): number {
  return timings.reduce((total, { repacking }) => total + repacking, 0) / (sum(timings) || 1);
}

/** One line per step, then the total and the share of repacking. */
export function printTimings(timings: readonly StepTiming[]): string {
  const total = sum(timings);
  const rows = [['step', 'node', 'op', 'kernel', 'µs', 'predicted', 'share', 'repacking µs']];
  for (const { step, title, op, kernel, microseconds, predicted, repacking } of timings) {
    const share = `${((100 * microseconds) / (total || 1)).toFixed(1)} %`;
    const numbers = [microseconds.toFixed(1), predicted.toFixed(1), share, repacking.toFixed(1)];
    rows.push([String(step), title, op, kernel, ...numbers]);
  }
  const share = `repacking: ${(100 * repackingShare(timings)).toFixed(1)} % of the run`;
  return `${table(rows).join('\n')}\ntotal ${total.toFixed(1)} µs\n${share}\n`;
}
