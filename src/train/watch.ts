/** Finds out where a number first stopped being finite. */
import type { Feeds } from '../runtime/executor.ts';
import type { TrainedModel } from './model.ts';

/** The first tensor with a NaN or an infinity, in the order of computation, weights first; in words. */
export function firstBad({ executor, training, read }: TrainedModel, feeds: Feeds): string {
  for (const [name, { data }] of read()) {
    const at = badAt(data as Float32Array);
    if (at >= 0) return `weight "${name}" (${data[at]} at ${at})`;
  }
  let found = 'not to be found: every tensor is finite when looked at one by one';
  executor.inspect(training, feeds, (value, numbers) => {
    const at = badAt(numbers);
    if (at < 0) return false;
    const node = training.nodes.find(({ outputs }) => outputs.includes(value));
    found = `${node ? `the output of ${node.op} "${node.name}"` : `input "${value}"`} (${numbers[at]} at ${at})`;
    return true;
  });
  return found;
}

function badAt(numbers: Float32Array): number {
  for (let i = 0; i < numbers.length; i++) if (!Number.isFinite(numbers[i])) return i;
  return -1;
}
