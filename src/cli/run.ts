/** `lacewing run`: one run on .npy files. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { format } from '../core/shape.ts';
import { type FormatChoice, formatChoices } from '../plan/encode.ts';
import { InferenceSession } from '../runtime/session.ts';
import type { AnyTensor } from '../runtime/tensor.ts';
import { readModelFile } from './model-file.ts';
import { readNpy, tensorOf, writeNpy } from './npy.ts';
import { addJson, choice, type Pair, pair, repeated } from './options.ts';
import { say, sayJson, tableOf } from './text.ts';
import type { Verb } from './verb.ts';

interface Options {
  readonly input?: readonly Pair[];
  readonly output: string;
  readonly format: FormatChoice;
  readonly json?: true;
}

export const run: Verb = {
  signature: 'run <model>',
  summary: 'run a model once on .npy files and write its outputs',
  examples: [
    'run model.onnx --input image=x.npy --output results',
    'run pruned.lace --input ids=ids.npy --input mask=mask.npy --format csr --output results --json',
  ],
  declare(command) {
    command
      .option('--input <name=file.npy>', 'the numbers of an input (repeatable)', repeated(pair))
      .requiredOption('-o, --output <folder>', 'each output goes there as NAME.npy')
      .addOption(choice('--format <name>', 'how weights are stored while running', formatChoices).default('auto'));
    addJson(command).action(async (path: string, options: Options) => {
      const graph = await readModelFile(path);
      using session = await InferenceSession.create(graph, { format: options.format });
      const results = await session.run(await feedsOf(session, options.input ?? []));
      const written = await writeResults(results, options.output);
      if (options.json) return sayJson(written);
      const columns = ['output', 'type', 'shape', 'file'].map((head) => ({ head }));
      say(
        tableOf(
          columns,
          written.map(({ name, type, shape, file }) => [name, type, format(shape), file]),
        ),
      );
    });
  },
};

async function feedsOf(session: InferenceSession, given: readonly Pair[]): Promise<Record<string, AnyTensor>> {
  const feeds: Record<string, AnyTensor> = {};
  for (const { name, value } of given) {
    const input = session.inputMetadata.find((each) => each.name === name);
    if (!input)
      throw new UsageError(`--input: want a name among ${session.inputNames.join(', ') || '(none)'}, got "${name}"`);
    if (Object.hasOwn(feeds, name)) throw new UsageError(`--input: want one file per input, got two for "${name}"`);
    feeds[name] = tensorOf(await readNpy(value), input.type, `input "${name}"`);
  }
  const missing = session.inputNames.filter((name) => !Object.hasOwn(feeds, name));
  if (missing.length > 0)
    throw new UsageError(`run: want ${missing.map((name) => `--input ${name}=FILE.npy`).join(' ')}, got none`);
  return feeds;
}

interface Written {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly file: string;
}

async function writeResults(results: Readonly<Record<string, AnyTensor>>, folder: string): Promise<Written[]> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new UsageError(`--output "${folder}": want a folder, got ${error instanceof Error ? error.message : error}`);
  }
  const names = fileNames(Object.keys(results));
  const written: Written[] = [];
  for (const [name, tensor] of Object.entries(results)) {
    const file = join(folder, names.get(name) ?? name);
    await writeNpy(file, tensor);
    written.push({ name, type: tensor.type, shape: tensor.dims, file });
  }
  return written;
}

/** Names of values may hold anything, a slash included. Names that become the same get a number. */
export function fileNames(names: readonly string[]): Map<string, string> {
  const taken = new Set<string>();
  const files = new Map<string, string>();
  for (const name of names) {
    const safe =
      name
        .replaceAll(/[^A-Za-z0-9._-]/g, '_')
        .replace(/^\.+/, '_')
        .slice(0, 200) || '_';
    let file = `${safe}.npy`;
    // File systems that ignore case would lay A over a.
    for (let i = 1; taken.has(file.toLowerCase()); i++) file = `${safe}.${i}.npy`;
    taken.add(file.toLowerCase());
    files.set(name, file);
  }
  return files;
}
