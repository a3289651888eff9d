/** What benches in Node print: where they ran, and tables of text. */
import { cpus, loadavg } from 'node:os';
import { type Report, type Result, resultText } from './result.ts';

export type { Result } from './result.ts';

export type Machine = Pick<Report, 'cpu' | 'cores' | 'engine' | 'when'>;

export function machine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown processor',
    cores: all.length,
    engine: `Node ${process.versions.node} (V8 ${process.versions.v8})`,
    when: new Date().toISOString(),
  };
}

/** How many processes wanted to run in the last 1, 5 and 15 minutes. */
export function machineLoad(): string {
  return loadavg()
    .map((load) => load.toFixed(1))
    .join(', ');
}

export function printHeader(bench: string): void {
  const { cpu, cores, engine } = machine();
  console.log(`${bench}: ${cpu}, ${cores} cores, ${engine}, one thread, contestants in turns\n`);
}

export function printResult(result: Result): void {
  console.log(resultText(result));
}
