/** Progress of a stage: a bar on a terminal, a line per milestone elsewhere. */
import { SingleBar } from 'cli-progress';

export interface Progress {
  /** `done` of the total; `note` stands behind the bar. */
  update(done: number, note: string): void;
  /** Something worth a line where there is no bar. */
  milestone(note: string): void;
  /** The stage is over; `result` takes the bar's place. */
  end(result: string): void;
}

export function progress(stage: string, total: number): Progress {
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  const label = stage.padEnd(28);
  if (!process.stdout.isTTY)
    return {
      update: () => {},
      milestone: (note) => console.log(`${label}${note}  ${seconds()}`),
      end: (result) => console.log(`${label}${result}  ${seconds()}`),
    };
  const bar = new SingleBar({
    format: `${label}{bar} {percentage} %  {note}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    clearOnComplete: true,
    stopOnComplete: false,
    stream: process.stdout,
  });
  bar.start(total, 0, { note: '' });
  return {
    update: (done, note) => bar.update(done, { note }),
    milestone: () => {},
    end(result) {
      bar.stop();
      console.log(`${label}${result}  ${seconds()}`);
    },
  };
}
