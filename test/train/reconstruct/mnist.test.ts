/** The digits of MNIST: pruned at once to nine tenths, a net is all but lost without reconstruction. */
import { beforeAll, expect, it } from 'vitest';
import { readMnist } from '../../../src/cli/mnist.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { mlp } from '../../../src/models/index.ts';
import { prune } from '../../../src/prune/index.ts';
import { Tensor } from '../../../src/runtime/tensor.ts';
import { adam, type Dataset, fit, reconstruct, Trainer } from '../../../src/train/index.ts';
import { provideTestModules } from '../modules.ts';

beforeAll(provideTestModules);

function only<T>(inputs: ReadonlyMap<string, T>): T {
  const [first] = inputs.values();
  return first;
}

it('an mlp keeps most of what it knows at 90 %', async () => {
  const { training, test } = await readMnist();
  const some = ({ inputs, targets }: typeof test, count: number): Dataset => ({
    inputs: {
      image: new Tensor('float32', (only(inputs).data as Float32Array).slice(0, count * 784), [count, 784]),
    },
    targets: new Tensor('int32', Int32Array.from((targets.data as Uint8Array).subarray(0, count))),
  });
  const [data, held] = [some(training, 10_000), some(test, 2000)];
  using trainer = await Trainer.create(mlp([784, 128, 64, 10], { seed: 1 }), { optimizer: adam() });
  await fit(trainer, data, { epochs: 2, learningRate: 0.002 });
  const dense = trainer.graph();
  const errorOf = async (graph: Graph) => {
    using other = await Trainer.create(graph);
    return other.evaluate(held).error ?? Number.NaN;
  };
  const samples = [{ image: some(training, 1024).inputs.image }];
  const { graph, report } = await reconstruct(dense, samples, { sparsity: 0.9 });
  expect(report.pruning.pruned.sparsity).toBeCloseTo(0.9, 3);
  const [before, masked, after] = [
    await errorOf(dense),
    await errorOf(prune(dense, { sparsity: 0.9 }).graph),
    await errorOf(graph),
  ];
  expect(before).toBeLessThan(0.1);
  expect(after - before).toBeLessThan(0.6 * (masked - before));
});
