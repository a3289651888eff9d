/** The networks that are pruned, and which of their weights: random masks, for speed does not depend on which ones go. */
import { readFileSync } from 'node:fs';
import { writeOnnx } from 'lacewing/onnx';
import type { Selection } from 'lacewing/prune';
import { realModels } from '../models/table.ts';
import { bertLayer } from './networks/bert-layer.ts';
import { mobilenetV1 } from './networks/mobilenet-v1.ts';
import { resnet18 } from './networks/resnet18.ts';

export interface Subject {
  readonly name: string;
  /** Of the one input. */
  readonly dims: readonly number[];
  /** The dense network as an ONNX file; its one input is `x`. */
  readonly file: () => Uint8Array;
  /** What is pruned; everything that can be if empty. */
  readonly meant: Selection;
  /** Whether tfjs takes part: it is told the network op by op. */
  readonly tfjs?: boolean;
}

function ocr(name: string): Uint8Array {
  const path = realModels.find((model) => model.name === name)?.path();
  if (path === undefined) throw new Error(`there is no ${name}`);
  return new Uint8Array(readFileSync(path));
}

export const subjects: readonly Subject[] = [
  { name: 'BERT layer S=128', dims: [1, 128, 768], file: () => writeOnnx(bertLayer(128)), meant: {} },
  { name: 'BERT layer S=16', dims: [1, 16, 768], file: () => writeOnnx(bertLayer(16)), meant: {} },
  {
    ...{ name: 'mobilenet_v1', dims: [1, 3, 224, 224], file: () => writeOnnx(mobilenetV1()), tfjs: true },
    meant: { targets: [/^pw\d+\.weight$/] },
  },
  {
    ...{ name: 'resnet18', dims: [1, 3, 224, 224], file: () => writeOnnx(resnet18()) },
    meant: { targets: [/^stage.*\.weight$/] },
  },
  { name: 'PP-OCR det', dims: [1, 3, 640, 640], file: () => ocr('PP-OCR det'), meant: {} },
  { name: 'PP-OCR rec', dims: [1, 3, 48, 320], file: () => ocr('PP-OCR rec'), meant: {} },
];

/** How the zeros of a variant lie. */
export interface Zeros {
  readonly pattern: 'dense' | 'unstructured' | '4x1';
  /** Fraction of zeros among the weights that are pruned. */
  readonly sparsity: number;
}

const unstructured = [0.5, 0.7, 0.8, 0.9, 0.95].map((sparsity): Zeros => ({ pattern: 'unstructured', sparsity }));
export const DENSE: Zeros = { pattern: 'dense', sparsity: 0 };
export const BLOCKS: Zeros = { pattern: '4x1', sparsity: 0.9 };

/** The first one runs all dense, whatever the plan would choose. */
export const allZeros: readonly Zeros[] = [DENSE, { pattern: 'unstructured', sparsity: 0 }, ...unstructured, BLOCKS];
/** Of the relaxed build, which runs beside. */
export const fewZeros: readonly Zeros[] = [DENSE, { pattern: 'unstructured', sparsity: 0.9 }, BLOCKS];

export function zerosName({ pattern, sparsity }: Zeros): string {
  return pattern === 'dense' ? 'dense' : `${(100 * sparsity).toFixed(0)} %${pattern === '4x1' ? ' 4x1' : ''}`;
}
