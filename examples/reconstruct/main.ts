/**
 * Prunes models of MNIST at once, with and without reconstruction, and prints a table of their errors:
 * `npx tsx examples/reconstruct/main.ts` (after `npm run build`).
 */
import { type Graph, Tensor } from 'lacewing';
import { lenet5, mlp } from 'lacewing/models';
import { prune } from 'lacewing/prune';
import { adam, type Dataset, fit, reconstruct, Trainer } from 'lacewing/train';
import { firstOf, type Images, PIXELS, readMnist } from '../demo/mnist.ts';

const CALIBRATION = 2048;
const BATCH = 128;
const EPOCHS = 2;

const mnist = readMnist();
console.log('| model | sparsity | dense | pruned | reconstructed |\n| --- | --- | --- | --- | --- |');
for (const { name, model, image, sparsities } of [
  {
    name: '`mlp([784, 300, 100, 10])`',
    model: mlp([784, 300, 100, 10], { seed: 1 }),
    image: [PIXELS],
    sparsities: [0.8, 0.9],
  },
  { name: '`lenet5()`', model: lenet5({ seed: 1 }), image: [1, 28, 28], sparsities: [0.8, 0.9, 0.95] },
]) {
  const [train, test] = [dataset(mnist.train, image), dataset(mnist.test, image)];
  const dense = await trained(model, train);
  for (const sparsity of sparsities) {
    const calibration = batchesOf(firstOf(mnist.train, CALIBRATION), image);
    const { graph } = await reconstruct(dense, calibration, { sparsity });
    const errors = [dense, prune(dense, { sparsity }).graph, graph].map((each) => errorOf(each, test));
    console.log(`| ${[name, sparsity, ...(await Promise.all(errors))].join(' | ')} |`);
  }
}

function dataset({ count, pixels, labels }: Images, image: readonly number[]): Dataset {
  const inputs = { image: new Tensor('float32', pixels, [count, ...image]) };
  return { inputs, targets: new Tensor('int32', labels) };
}

function* batchesOf({ count, pixels }: Images, image: readonly number[]) {
  for (let from = 0; from < count; from += BATCH) {
    const some = pixels.subarray(from * PIXELS, (from + BATCH) * PIXELS);
    yield { image: new Tensor('float32', some, [BATCH, ...image]) };
  }
}

async function trained(model: Graph, data: Dataset): Promise<Graph> {
  using trainer = await Trainer.create(model, { optimizer: adam(), learningRate: 0.001 });
  await fit(trainer, data, { epochs: EPOCHS });
  return trainer.graph();
}

async function errorOf(graph: Graph, data: Dataset): Promise<string> {
  using trainer = await Trainer.create(graph);
  return `${(100 * (trainer.evaluate(data).error ?? Number.NaN)).toFixed(2)} %`;
}
