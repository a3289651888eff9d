/** What a bench was wanted to reach, and whether it did. */
import type { Result } from './result.ts';

export interface Verdict {
  /** Number in the list of acceptance. */
  readonly point: string;
  readonly layer: string;
  readonly what: string;
  readonly wanted: number;
  /** `wanted` is the most that it may be, as a fraction of a run; else it is the least, as a ratio of times. */
  readonly share?: true;
  /** undefined when something that is compared did not run. */
  readonly got: number | undefined;
  readonly verdict: 'pass' | 'short' | 'not measured';
}

export function verdictOf(line: Omit<Verdict, 'got' | 'verdict'>, got: number | undefined): Verdict {
  const reached = got !== undefined && (line.share ? got <= line.wanted : got >= line.wanted);
  return { ...line, got, verdict: got === undefined ? 'not measured' : reached ? 'pass' : 'short' };
}

export function acceptanceTable(verdicts: readonly Verdict[]): Result {
  const count = (verdict: Verdict['verdict']) => verdicts.filter((line) => line.verdict === verdict).length;
  return {
    title: `acceptance: ${count('pass')} pass, ${count('short')} short, ${count('not measured')} not measured`,
    columns: ['point', 'layer', 'what', 'wanted', 'got', 'verdict'],
    rows: verdicts.map(({ point, layer, what, wanted, share, got, verdict }) => {
      const number = (value: number) => (share ? `${(100 * value).toFixed(1)} %` : value.toFixed(2));
      return [
        point,
        layer,
        what,
        `${share ? '≤' : '≥'} ${number(wanted)}`,
        got === undefined ? '' : number(got),
        verdict,
      ];
    }),
  };
}
