/** `npm run bench -- models`: real models by session.run beside onnxruntime-web, one thread each. */
import type { BenchOptions } from '../options.ts';
import { installPeers } from '../peers.ts';
import type { Result } from '../result.ts';
import { acceptanceTable, type Verdict, verdictOf } from '../verdict.ts';
import { contestModel, type Engine, type ModelRun } from './contest.ts';
import { realModels } from './table.ts';

const ROUNDS = 21;

/** Model, input, and whether it is wanted to be no slower than onnxruntime-web. */
const contests: readonly (readonly [model: string, title: string, wanted: boolean])[] = [
  ['PP-OCR det', '640x640', true],
  ['PP-OCR rec', '1 lines, 48x320', true],
  ['PP-OCR cls', '1 lines', true],
  ['resnet18', '1 images 224x224', true],
  ['mobilenet_v3_small', '1 images 224x224', true],
  ['vit_b_16', '1 images 224x224', true],
  ['BERT layer', '1x128x768', true],
  ['BERT layer', '1x16x768', true],
  ['Silero VAD v6', '10 chunks of 512, 16000 Hz', false],
  ['melspectrogram', '12800 samples x 32767', false],
  ['embedding_model', '76 frames', false],
  ['hey_jarvis', '16 windows', false],
];

type Found = Readonly<Record<Engine, ModelRun>>;

export async function benchModels(
  { rounds = ROUNDS, only = '', build }: BenchOptions,
  print: (result: Result) => void,
): Promise<Result[]> {
  await installPeers();
  const results: Result[] = [];
  const verdicts: Verdict[] = [];
  const tell = (result: Result) => {
    results.push(result);
    print(result);
  };
  for (const [model, title, wanted] of contests) {
    const name = `${model}, ${title}`;
    if (!name.includes(only)) continue;
    const { path, cases } = realModels.find((each) => each.name === model) ?? {};
    const feeds = cases?.find((each) => each.title === title);
    if (!path || !feeds) throw new Error(`there is no ${name}`);
    const file = path();
    const found = file === undefined ? undefined : await contestModel(file, feeds, { rounds, build });
    if (found) tell(tableOf(name, found));
    else console.log(`skipped: ${name} (PyTorch makes it: apt-get install python3-torch python3-torchvision)\n`);
    if (wanted) verdicts.push(...judged(name, found));
  }
  tell(acceptanceTable(verdicts));
  return results;
}

const MB = 1e6;

function tableOf(title: string, found: Found): Result {
  const web = found['onnxruntime-web'];
  return {
    title,
    columns: [
      ...['engine', 'min ms', 'median ms', '× onnxruntime-web', 'first result ms', 'loaded again ms'],
      ...['WebAssembly MB', 'process MB'],
    ],
    rows: Object.entries(found).map(([engine, { version, min, median, first, again, memory }]) => [
      ...[`${engine} ${version}`, min / 1000, median / 1000, (web.min / min).toFixed(2), first, again],
      ...[memory.heap === undefined ? '' : memory.heap / MB, memory.resident / MB],
    ]),
  };
}

/** The other engine's number over ours: 1 is as good. */
function judged(layer: string, found: Found | undefined): Verdict[] {
  const line = (what: string, of: (run: ModelRun) => number | undefined): Verdict => {
    const [own, web] = found ? [of(found.lacewing), of(found['onnxruntime-web'])] : [];
    const got = own === undefined || web === undefined ? undefined : web / own;
    return verdictOf({ point: '4', layer, what: `${what}, onnxruntime-web ÷ lacewing`, wanted: 1 }, got);
  };
  return [
    line('time of a run', ({ min }) => min),
    line('time to the first result', ({ first }) => first),
    line('the same, engine warm', ({ again }) => again),
    line('WebAssembly memory', ({ memory }) => memory.heap),
    line('growth of the process', ({ memory }) => memory.resident),
  ];
}
