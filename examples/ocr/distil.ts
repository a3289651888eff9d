/** Retrains a pruned recogniser on what the dense one says to the training lines. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Graph, UsageError } from 'lacewing';
import { checkpointFile, writeFileAtomic } from 'lacewing/node';
import {
  adam,
  type Batch,
  cosine,
  fit,
  type TeacherOptions,
  Trainer,
  type TrainerOptions,
  warmUp,
} from 'lacewing/train';
import { progress } from '../demo/progress.ts';
import { logitsName, type Taught, timeLeft } from './answers.ts';
import { batchesOf, batchOf } from './batches.ts';
import type { Recognizer } from './model.ts';

/** What a run decides when it begins, and keeps to when it goes on. */
interface Course {
  readonly epochs: number;
  /** That it was to take; undefined where epochs were asked for. */
  readonly minutes?: number;
  /** Seconds of processor time that went into it so far. */
  readonly seconds: number;
}

export interface Distilled extends Course {
  readonly graph: Graph;
  readonly steps: number;
}

export interface DistilOptions {
  readonly seed: number;
  /** Of processor time; how many steps that is, is tried out first. */
  readonly minutes: number;
  /** Instead of minutes. */
  readonly epochs: number | undefined;
  readonly rate: number;
}

const SAVE_EVERY = 50;
const TRIAL_STEPS = 8;
const WARM_UP = 100;

/** @param folder where the checkpoint is, or will be: a run that was stopped goes on from it */
export async function distil(
  student: Graph,
  lines: readonly Taught[],
  { graph: dense, features, characters }: Recognizer,
  folder: string,
  { seed, minutes, epochs: asked, rate }: DistilOptions,
): Promise<Distilled> {
  const teacher = { features };
  const options: TrainerOptions = {
    ...{ teacher, optimizer: adam(), clip: { norm: 1 }, batchNorm: 'frozen', seed },
    parameters: await trained(student, teacher),
  };
  using trainer = await Trainer.create(student, options);
  const logits = logitsName(trainer, features);
  const widths = lines.map(({ width }) => width);
  const batch = (numbers: readonly number[]): Batch => {
    const own = numbers.map((i) => lines[i]);
    return batchOf(own, dense.inputs[0].name, logits, characters.length);
  };
  const first = batchesOf(widths, seed, 0);

  const file = join(folder, 'course.json');
  const write = (now: Course) => writeFileAtomic(file, new TextEncoder().encode(JSON.stringify(now)));
  const length = asked === undefined ? { minutes } : {};
  if (!existsSync(file)) {
    const begin = processorSeconds();
    const chosen = async () => {
      using trial = await Trainer.create(student, options);
      const step = secondsPerStep(trial, first.slice(0, TRIAL_STEPS).map(batch));
      return Math.max(1, Math.round((60 * minutes) / (step * first.length)));
    };
    const epochs = asked ?? (await chosen());
    await write({ epochs, ...length, seconds: processorSeconds() - begin });
  }
  const { epochs, minutes: begun, seconds: before } = JSON.parse(readFileSync(file, 'utf8')) as Course;
  if (asked === undefined ? begun !== minutes : asked !== epochs)
    throw new UsageError(
      `${folder}: it was begun with ${begun === undefined ? `--epochs ${epochs}` : `--minutes ${begun}`}: want the same, or another --out`,
    );
  const checkpoint = checkpointFile(join(folder, 'distil.ckpt'));
  const saved = await checkpoint.load();
  if (saved) trainer.restore(saved);
  const steps = epochs * first.length;
  const begin = { cpu: processorSeconds(), clock: performance.now(), step: trainer.progress.step };
  const spent = () => before + processorSeconds() - begin.cpu;
  const bar = progress('distil', steps);
  async function* epoch() {
    for (const numbers of batchesOf(widths, seed, trainer.progress.epoch)) yield batch(numbers);
  }
  // A fit that is over would begin another.
  if (trainer.progress.step < steps)
    await fit(trainer, epoch, {
      epochs,
      learningRate: warmUp(WARM_UP, cosine({ rate, steps: steps - WARM_UP, end: rate / 100 })),
      checkpoint: {
        every: SAVE_EVERY,
        async save(bytes) {
          await checkpoint.save(bytes);
          await write({ epochs, ...length, seconds: spent() });
        },
      },
      onProgress({ step, loss }) {
        const share = (step - begin.step) / (steps - begin.step);
        bar.update(step, `loss ${loss.toFixed(4)}, ${timeLeft(begin.clock, share)}`);
      },
      onEpoch: (report) => bar.milestone(`epoch ${report.epoch} of ${epochs}, loss ${report.loss.toFixed(4)}`),
    });
  bar.end(`${steps} steps`);
  return { graph: trainer.graph(), epochs, steps, seconds: spent() };
}

/** All but the single numbers between layers: their gradients take a sum over a whole image each. */
async function trained(student: Graph, teacher: TeacherOptions): Promise<string[]> {
  using probe = await Trainer.create(student, { teacher, batchNorm: 'frozen' });
  return probe.parameters.filter((name) => student.constants.get(name)?.shape.some((extent) => extent > 1));
}

export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Without the first step of each width, which makes plans. */
function secondsPerStep(trainer: Trainer, batches: readonly Batch[]): number {
  const seen = new Set<string>();
  const times: number[] = [];
  for (const each of [...batches, ...batches]) {
    const width = String(Object.values(each.inputs)[0].dims);
    const begin = processorSeconds();
    trainer.step(each);
    if (seen.has(width)) times.push(processorSeconds() - begin);
    seen.add(width);
  }
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}
