/** Models as exporters leave them: extents that follow from those of the input, and shapes that nodes compute. */
import { beforeAll, describe, expect, it } from 'vitest';
import { random, uniform } from '../../src/core/random.ts';
import { dense, graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { inferSymbolic } from '../../src/ops/infer.ts';
import { condense } from '../../src/passes/condense.ts';
import { Tensor } from '../../src/runtime/tensor.ts';
import { adam, type Batch, Trainer } from '../../src/train/index.ts';
import { provideTestModules } from './modules.ts';

beforeAll(provideTestModules);

/**
 * Lines [n, 1, 4, w] to steps [n, w / 2, 3]: a convolution with a stride, batchNorm, a reshape to what `shape` and `concat` say, and a
 * softmax.
 */
function recogniser(): Graph {
  const generator = random(7);
  const numbers = (shape: readonly number[]) =>
    dense(
      shape,
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => uniform(generator) - 0.3),
    );
  const builder = graphBuilder('recogniser');
  const ints = (name: string, values: readonly number[]) =>
    builder.constant(name, {
      ...{ encoding: 'dense', dtype: 'int64', shape: [values.length] },
      data: BigInt64Array.from(values.map(BigInt)),
    });
  const x = builder.input('x', 'float32', ['n', 1, 4, 'w']);
  const filter = builder.constant('conv.weight', numbers([5, 1, 4, 2]));
  const planes = builder.node('conv2d', [x, filter], { strides: [4, 2] }, 'conv');
  const statistics = ['scale', 'bias', 'mean', 'variance'].map((name) => builder.constant(name, numbers([5])));
  const variance = numbers([5]);
  if (variance.encoding === 'dense') (variance.data as Float32Array).fill(0.8);
  statistics[3] = builder.constant('spread', variance);
  const normed = builder.node('batchNorm', [planes, ...statistics], {}, 'norm');
  const rows = builder.node('transpose', [normed], { perm: [0, 3, 1, 2] }, 'rows');
  const items = builder.node('slice', [builder.node('shape', [x], {}, 'shape')], { starts: [0], ends: [1], axes: [0] });
  const wanted = builder.node('concat', [items, ints('rest', [-1, 5])], { axis: 0 }, 'wanted');
  const flat = builder.node('reshape', [rows, wanted], {}, 'flat');
  const logits = builder.node('matmul', [flat, builder.constant('head.weight', numbers([5, 3]))], {}, 'head');
  builder.output(builder.node('softmax', [logits], { axis: 2 }, 'softmax'));
  const graph = builder.build();
  const nodes = graph.nodes.map((node) =>
    node.op === 'reshape' ? { ...node, attributes: { shape: { input: 1 } } } : node,
  );
  return { ...graph, nodes };
}

function batch(items: number, width: number): Batch {
  const data = Float32Array.from({ length: items * 4 * width }, (_, i) => Math.cos(i * i));
  return { inputs: { x: new Tensor('float32', data, [items, 1, 4, width]) } };
}

describe.each<readonly [string, (graph: Graph) => Graph]>([
  ['as it comes', (graph) => graph],
  ['condensed', condense],
])('a model with open shapes, %s', (_, prepare) => {
  it('has targets of the extents of its output', async () => {
    using trainer = await Trainer.create(prepare(recogniser()), { loss: 'mse', batchNorm: 'frozen' });
    for (const [items, width] of [
      [3, 12],
      [2, 20],
    ]) {
      const targets = new Tensor('float32', new Float32Array((items * width * 3) / 2), [items, width / 2, 3]);
      expect(trainer.step({ ...batch(items, width), targets }).loss).toBeGreaterThan(0);
    }
  });

  it('learns from a teacher, batch after batch of other widths', async () => {
    const model = recogniser();
    const student = {
      ...model,
      constants: new Map(model.constants).set('head.weight', dense([5, 3], new Float32Array(15))),
    };
    using trainer = await Trainer.create(prepare(student), {
      teacher: { model, features: ['flat:out'] },
      batchNorm: 'frozen',
      optimizer: adam(),
      learningRate: 0.02,
    });
    expect(trainer.compared).toEqual(['flat:out', 'head:out']);
    expect(trainer.parameters).not.toContain('spread');
    const before = trainer.evaluate(batch(4, 16)).loss;
    for (let i = 0; i < 40; i++) trainer.step(batch(4, 16 + 8 * (i % 3)));
    expect(trainer.evaluate(batch(4, 16)).loss).toBeLessThan(before / 5);
  });
});

it('an input may have the extents of a value', () => {
  const graph = recogniser();
  const [output] = graph.outputs;
  const like = { name: 'like', dtype: 'float32', shape: [`?${output}.0`, `?${output}.1`, 3] } as const;
  const sum = { op: 'add', name: 'sum', inputs: [output, 'like'], outputs: ['sum'], attributes: {} };
  const types = inferSymbolic({ ...graph, inputs: [...graph.inputs, like], nodes: [...graph.nodes, sum] });
  expect(types.get('sum')?.shape).toEqual(types.get(output)?.shape.map((dim, i) => (i === 1 ? `?${output}.1` : dim)));
});
