/** Filters of several groups: pruned like others, run by their stored values, trained dense with a mask. */
import { beforeAll, expect, it } from 'vitest';
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { prune } from '../../src/prune/index.ts';
import { InferenceSession } from '../../src/runtime/session.ts';
import { Tensor } from '../../src/runtime/tensor.ts';
import { sgd, Trainer } from '../../src/train/index.ts';
import { distance, gaussian } from '../kernels/harness.ts';
import { weights } from '../passes/equal.ts';
import { provideTestModules } from './modules.ts';

beforeAll(provideTestModules);

const SHAPE = [2, 8, 9, 17] as const;

function grouped(group: number): Graph {
  const b = graphBuilder('grouped');
  const x = b.input('x', 'float32', SHAPE);
  const filter = b.constant('w', weights([16, 8 / group, 3, 3], 1));
  b.output(b.node('conv2d', [x, filter], { group, pads: [1, 1, 1, 1] }, 'conv'));
  return b.build();
}

const image = () => new Tensor('float32', gaussian(3, 2 * 8 * 9 * 17), SHAPE);

it('of a pruned graph run sparse as they run dense', async () => {
  const { graph } = prune(grouped(2), { sparsity: 0.9 });
  expect(graph.constants.get('w')?.encoding).toBe('csr');
  using sparse = await InferenceSession.create(graph);
  using dense = await InferenceSession.create(graph, { format: 'dense' });
  const [[got], [want]] = await Promise.all(
    [sparse, dense].map(async (session) => Object.values(await session.run({ x: image() }))),
  );
  expect(distance(got.data as Float32Array, want.data as Float32Array)).toBeLessThan(1e-5);
});

it('by depth are left alone', () => {
  expect(() => prune(grouped(8), { sparsity: 0.9, targets: ['w'] })).toThrow('want targets among the weights');
});

it('train with their zeros', async () => {
  const { graph } = prune(grouped(2), { sparsity: 0.8 });
  using trainer = await Trainer.create(graph, { optimizer: sgd(), learningRate: 0.01, loss: 'mse' });
  const y = new Tensor('float32', gaussian(4, 2 * 16 * 9 * 17), [2, 16, 9, 17]);
  const losses = [0, 1, 2].map(() => trainer.step({ inputs: { x: image() }, targets: y }).loss);
  expect(losses[2]).toBeLessThan(losses[0]);
  const mask = trainer.mask('w') ?? expect.fail('it has a mask');
  expect(trainer.weight('w').every((w, i) => mask[i] === 1 || w === 0)).toBe(true);
});
