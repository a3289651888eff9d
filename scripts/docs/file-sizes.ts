import { writeLace } from '../../src/file/lace.ts';
import { mlp } from '../../src/models/mlp.ts';
import { writeOnnx } from '../../src/onnx/write.ts';
import type { PatternOption } from '../../src/prune/patterns/table.ts';
import { type OneShotOptions, prune } from '../../src/prune/prune.ts';
import { table } from './markdown.ts';

const cases: readonly (readonly [label: string, pattern: PatternOption, sparsity?: number])[] = [
  ['unstructured, 50 %', 'unstructured', 0.5],
  ['unstructured, 80 %', 'unstructured', 0.8],
  ['unstructured, 90 %', 'unstructured', 0.9],
  ['unstructured, 95 %', 'unstructured', 0.95],
  ['blocks 4x1, 90 %', { block: [4, 1] }, 0.9],
  ['2:4', '2:4'],
  ['2:4, 4 rows share positions', { nm: '2:4', sharedRows: 4 }],
];

/** Bytes of LeNet-300-100 with its weights pruned by magnitude as they were initialised. */
export function fileSizes(): string {
  const graph = mlp([784, 300, 100, 10], { seed: 1 });
  const dense = writeOnnx(graph).byteLength;
  const line = (label: string, lace: number, sparseOnnx: string) => [
    label,
    String(lace),
    `${((100 * lace) / dense).toFixed(1)} %`,
    sparseOnnx,
  ];
  const lines = cases.map(([label, pattern, sparsity]) => {
    const options: OneShotOptions = { pattern, ...(sparsity !== undefined && { sparsity }) };
    const { graph: pruned } = prune(graph, options);
    return line(label, writeLace(pruned).byteLength, String(writeOnnx(pruned, { sparse: true }).byteLength));
  });
  return table([
    ['weights', '.lace, bytes', `of the dense ONNX file (${dense} bytes)`, 'ONNX with sparse_initializer, bytes'],
    line('dense', writeLace(graph).byteLength, ''),
    ...lines,
  ]);
}
