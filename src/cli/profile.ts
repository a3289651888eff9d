/** `lacewing profile`: where a run's time goes, step by step, as a table and as a timeline to look at. */
import { writeFile } from 'node:fs/promises';
import { format } from '../core/shape.ts';
import { type FormatChoice, formatChoices } from '../plan/encode.ts';
import { InferenceSession } from '../runtime/session.ts';
import { repackingShare, type StepTiming } from '../runtime/timings.ts';
import { filled } from './bench.ts';
import { readModelFile } from './model-file.ts';
import { addJson, addShape, choice, type NamedShape, wholeNumber } from './options.ts';
import { progressBar } from './progress.ts';
import { shapesOf } from './shapes.ts';
import { microseconds, percent, say, sayJson, tableOf } from './text.ts';
import { timelinePage } from './timeline.ts';
import type { Verb } from './verb.ts';

interface Options {
  readonly shape?: readonly NamedShape[];
  readonly format: FormatChoice;
  readonly runs: number;
  readonly html?: string;
  readonly json?: true;
}

export const profile: Verb = {
  signature: 'profile <model>',
  summary: 'show where the time of a run goes',
  examples: [
    'profile pruned.lace',
    'profile model.onnx --shape image=1x3x224x224 --html timeline.html',
    'profile pruned.onnx --format dense --json',
  ],
  declare(command) {
    addShape(command)
      .addOption(choice('--format <name>', 'how weights are stored while running', formatChoices).default('auto'))
      .option('--runs <n>', 'runs, of which each step shows its fastest', wholeNumber(1), 20)
      .option('--html <file>', 'also write a timeline as a page that needs nothing else');
    addJson(command).action(async (path: string, options: Options) => {
      const graph = await readModelFile(path);
      const shapes = shapesOf(graph, options.shape);
      const session = await InferenceSession.create(graph, { format: options.format });
      try {
        const feeds = Object.fromEntries(
          graph.inputs.map(({ name, dtype }) => [name, filled(dtype, shapes.get(name) ?? [])]),
        );
        const { build } = session.info();
        const steps = await fastestOf(options.runs, async () => (await session.profile(feeds)).steps);
        const repacking = repackingShare(steps);
        const title = `${path}: ${[...shapes].map(([name, shape]) => `${name} ${format(shape)}`).join(', ')}; ${build} kernels`;
        if (options.html) await writeFile(options.html, timelinePage(title, steps));
        if (options.json) return sayJson({ build, shapes: Object.fromEntries(shapes), repacking, steps });
        say(title);
        say(table(steps));
        say(`repacking: ${percent(repacking)} of the run only brings numbers into other layouts`);
        if (options.html) say(`wrote ${options.html}`);
      } finally {
        session.dispose();
      }
    });
  },
};

/** The first runs meet kernels that the engine has not yet compiled well. */
const WARM_UP = 3;

/** Each step as in the run where it was fastest. */
async function fastestOf(runs: number, once: () => Promise<readonly StepTiming[]>): Promise<StepTiming[]> {
  let best: StepTiming[] = [];
  const bar = progressBar();
  for (let run = -WARM_UP; run < runs; run++) {
    const steps = await once();
    if (run <= 0) best = [...steps];
    else best = best.map((step, i) => (steps[i].microseconds < step.microseconds ? steps[i] : step));
    bar.update(Math.max(0, run) / runs, `run ${Math.max(0, run)}/${runs}`);
  }
  bar.clear();
  return best;
}

function table(steps: readonly StepTiming[]): string {
  const total = steps.reduce((sum, step) => sum + step.microseconds, 0);
  const columns = [
    ...['node', 'op', 'kernel'].map((head) => ({ head })),
    ...['µs', 'predicted µs', 'share', 'repacking µs'].map((head) => ({ head, right: true })),
  ];
  const rows = steps.map(({ title, op, kernel, microseconds: time, predicted, repacking }) => [
    title,
    op,
    kernel,
    microseconds(time),
    microseconds(predicted),
    percent(time / (total || 1)),
    microseconds(repacking),
  ]);
  return tableOf(columns, [
    ...rows,
    ['all', '', '', microseconds(total), '', '', microseconds(total * repackingShare(steps))],
  ]);
}
