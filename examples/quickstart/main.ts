/** Build, train, prune, fine-tune, save, load and run: `npx tsx examples/quickstart/main.ts` (after `npm run build`). */
import { InferenceSession, Tensor } from 'lacewing';
import { readLace, writeLace } from 'lacewing/file';
import { mlp } from 'lacewing/models';
import { printReport, prune } from 'lacewing/prune';
import { adam, cosine, fit, Trainer } from 'lacewing/train';

// Two half circles of points, one class each, that reach into each other.
const items = 1000;
const points = new Float32Array(2 * items);
const classes = new Int32Array(items);
for (let i = 0; i < items; i++) {
  const angle = (Math.PI * i) / items;
  classes[i] = i % 2;
  points.set(i % 2 ? [1 - Math.cos(angle), 0.5 - Math.sin(angle)] : [Math.cos(angle), Math.sin(angle)], 2 * i);
}
const data = {
  inputs: { image: new Tensor('float32', points, [items, 2]) },
  targets: new Tensor('int32', classes),
};

// Train a dense network.
using dense = await Trainer.create(mlp([2, 128, 128, 2], { seed: 1 }), { optimizer: adam() });
await fit(dense, data, { epochs: 30, batchSize: 50, learningRate: cosine({ rate: 0.01, steps: 600 }) });
console.log(`dense: error ${dense.evaluate(data).error}`);

// Prune nine weights of ten, then retrain the ones that are left.
const { graph, report } = prune(dense.graph(), { sparsity: 0.9 });
console.log(printReport(report));
using sparse = await Trainer.create(graph, { optimizer: adam() });
console.log(`pruned: error ${sparse.evaluate(data).error}`);
await fit(sparse, data, { epochs: 30, batchSize: 50, learningRate: cosine({ rate: 0.005, steps: 600 }) });
console.log(`retrained: error ${sparse.evaluate(data).error}`);

// Save, load, and run on kernels that skip the zeros.
const file = writeLace(sparse.graph());
using session = await InferenceSession.create(readLace(file));
const { logits } = await session.run({ image: new Tensor('float32', [0, 1, 1, -0.5], [2, 2]) });
console.log(`${file.byteLength} bytes; logits of two points: ${[...logits.data].map((x) => Number(x).toFixed(2))}`);
