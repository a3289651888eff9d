import { parseArgs } from 'node:util';
import { UsageError } from 'lacewing';

export interface Options {
  readonly sparsities: readonly number[];
  /** Of retraining, in processor time; undefined: by sparsity. */
  readonly minutes: number | undefined;
  /** Instead of minutes. */
  readonly epochs: number | undefined;
  readonly seed: number;
  readonly lines: number;
  readonly out: string;
}

export const usage = `Usage: npm run ocr -- [options]

Prunes PP-OCR's recognition model, reconstructs it, distils it from the dense one, and reads held-out lines with it. What is done
is kept: run it again and it goes on where it was stopped.

  --sparsity SHARE   fraction of zeros; repeat for several (default 0.5, 0.7 and 0.8)
  --minutes N        of processor time to retrain each (default 10 from 0.5 to 0.7, else 20)
  --epochs N         passes over the lines instead: the same bits on every machine, whatever its speed
  --lines N          training lines to draw (default 1024)
  --seed N           of lines, batches and rows (default 1)
  --out FOLDER       where models, checkpoints and results go (default out/ocr)
  --help`;

/** Throws UsageError for an option that does not exist or has no sense. Returns undefined when help was asked for. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parsed(args);
  if (values.help) return undefined;
  if (values.minutes !== undefined && values.epochs !== undefined)
    throw new UsageError('--epochs: want it without --minutes, got both');
  const sparsities = values.sparsity.map((text) => number('sparsity', text, 0, 0.99));
  return {
    sparsities: [...new Set(sparsities)].sort((a, b) => a - b),
    minutes: values.minutes === undefined ? undefined : number('minutes', values.minutes, 0.1, 10_000),
    epochs: values.epochs === undefined ? undefined : whole('epochs', values.epochs, 1),
    seed: whole('seed', values.seed, 0),
    lines: whole('lines', values.lines, 64),
    out: values.out,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        sparsity: { type: 'string', multiple: true, default: ['0.5', '0.7', '0.8'] },
        minutes: { type: 'string' },
        lines: { type: 'string', default: '1024' },
        epochs: { type: 'string' },
        seed: { type: 'string', default: '1' },
        out: { type: 'string', default: 'out/ocr' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most))
    throw new UsageError(`--${name}: want a number from ${least} to ${most}, got "${text}"`);
  return value;
}

function whole(name: string, text: string, least: number): number {
  const value = number(name, text, least, 2 ** 31);
  if (!Number.isInteger(value)) throw new UsageError(`--${name}: want a whole number, got "${text}"`);
  return value;
}
