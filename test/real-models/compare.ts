/** How far two engines are from each other on a case. */
import type { ModelCase } from '../../bench/models/table.ts';
import type { Values } from '../../bench/models/values.ts';
import type { Loaded } from './engines.ts';

/** Of the largest number in an output. */
export const TOLERANCE = 1e-4;

/** Every run of the case; each engine keeps its own state. */
export async function outputsOf(engine: Loaded, { runs, feeds }: ModelCase): Promise<Values[]> {
  const results: Values[] = [];
  for (let run = 0; run < runs; run++) results.push(await engine.run(feeds(run, results.at(-1) ?? {})));
  return results;
}

/** The largest max |Δ| / max |y|, per output over all runs. Throws an Error where they do not even have the same form. */
export function distance(got: readonly Values[], want: readonly Values[]): number {
  const ratios = Object.keys(want[0]).map((name) => {
    let [largest, difference] = [0, 0];
    for (const [run, outputs] of want.entries()) {
      const { type, dims, data } = outputs[name];
      const own = got[run][name];
      const form = `${own?.type}[${own?.dims}]`;
      if (form !== `${type}[${dims}]`) throw new Error(`output "${name}": want ${type}[${dims}], got ${form}`);
      for (let i = 0; i < data.length; i++) {
        const [a, b] = [Number(own.data[i]), Number(data[i])];
        if (!Object.is(a, b) && !Number.isFinite(a - b)) throw new Error(`output "${name}"[${i}]: want ${b}, got ${a}`);
        if (!Object.is(a, b)) difference = Math.max(difference, Math.abs(a - b));
        largest = Math.max(largest, Math.abs(b));
      }
    }
    return difference === 0 ? 0 : difference / largest;
  });
  return Math.max(...ratios);
}
