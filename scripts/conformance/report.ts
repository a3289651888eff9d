/** What came of the tests, as text. */
import type { Outcome } from './run-case.ts';
import { patternOf, type Skips } from './skips.ts';

export type Verdict = 'passed' | 'failed' | 'skipped';

export interface Judged extends Outcome {
  readonly name: string;
  readonly verdict: Verdict;
  /** What failed, or why it is skipped. */
  readonly why?: string;
}

/** A test that is listed is skipped if it fails; one that passes all the same has no business on the list. */
export function judge(name: string, outcome: Outcome, skips: Skips): Judged {
  const pattern = patternOf(name, skips);
  if (outcome.failure === undefined) {
    if (pattern === undefined) return { name, ...outcome, verdict: 'passed' };
    return { name, ...outcome, verdict: 'failed', why: `it passes, but is listed to be skipped as ${pattern}` };
  }
  if (pattern === undefined) return { name, ...outcome, verdict: 'failed', why: outcome.failure };
  return { name, ...outcome, verdict: 'skipped', why: skips.get(pattern) ?? '' };
}

export function countOf(judged: readonly Judged[]): Readonly<Record<Verdict, number>> {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const { verdict } of judged) count[verdict]++;
  return count;
}

export const summary = (judged: readonly Judged[]): string => {
  const { passed, failed, skipped } = countOf(judged);
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
};

/** Per op how the tests fared whose models use it. */
export function tableByOp(judged: readonly Judged[]): string[] {
  const byOp = new Map<string, Judged[]>();
  for (const each of judged) for (const op of each.ops) byOp.set(op, [...(byOp.get(op) ?? []), each]);
  const rows = [...byOp]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([op, tests]) => {
      const { passed, failed, skipped } = countOf(tests);
      return row(op, [passed, failed, skipped]);
    });
  return [row('op', ['passed', 'failed', 'skipped']), ...rows];
}

const row = (head: string, cells: readonly (string | number)[]): string =>
  `${head.padEnd(30)}${cells.map((cell) => String(cell || '.').padStart(9)).join('')}`;

/** How many tests each reason excuses. */
export function reasonsOf(judged: readonly Judged[]): string[] {
  const reasons = new Map<string, number>();
  for (const { verdict, why = '' } of judged) if (verdict === 'skipped') reasons.set(why, (reasons.get(why) ?? 0) + 1);
  return [...reasons].sort(([, a], [, b]) => b - a).map(([reason, count]) => `${String(count).padStart(5)}  ${reason}`);
}
