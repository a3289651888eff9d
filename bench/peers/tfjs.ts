/** TensorFlow.js on its WebAssembly backend, as a peer process: an MLP to run or to train.
 * Outside a bundler its core brings no gradient rules, so the training step writes the few it needs as ordinary ops. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { answerQuestions } from '../../examples/demo/peer.ts';
import { numbers } from '../subject.ts';

type Question =
  | { readonly infer: { readonly sizes: readonly number[] } }
  | { readonly feed: { readonly data: Float32Array; readonly dims: readonly [number, number] } }
  | { readonly train: { readonly sizes: readonly number[]; readonly batch: number } }
  | { readonly time: number };

interface Layer {
  readonly weight: tf.Variable<tf.Rank.R2>;
  readonly bias: tf.Variable<tf.Rank.R1>;
}

const path = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
setWasmPaths(`${join(dirname(path), 'wasm-out')}/`);

let layers: readonly Layer[] = [];
let run: (() => void) | undefined;

answerQuestions(async (question: Question) => {
  if ('infer' in question) {
    layers = await build(question.infer.sizes);
    return tf.version_core;
  }
  if ('feed' in question) {
    const x = tf.tensor2d(question.feed.data, question.feed.dims as [number, number]);
    run = () => {
      const y = tf.tidy(() => logits(x));
      y.dataSync();
      y.dispose();
    };
    return true;
  }
  if ('train' in question) {
    const { sizes, batch } = question.train;
    layers = await build(sizes);
    const classes = sizes[sizes.length - 1];
    const x = tf.tensor2d(numbers(batch * sizes[0]), [batch, sizes[0]]);
    const labels = Int32Array.from({ length: batch }, (_, i) => i % classes);
    const y = tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), classes), 'float32');
    run = () => {
      const loss = tf.tidy(() => trainingStep(x, y, 1e-4));
      loss.dataSync();
      loss.dispose();
    };
    return tf.version_core;
  }
  if (!run) throw new Error('want an input first');
  const start = performance.now();
  for (let i = 0; i < question.time; i++) run();
  return ((performance.now() - start) * 1000) / question.time;
});

async function build(sizes: readonly number[]): Promise<Layer[]> {
  await tf.setBackend('wasm');
  return sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i];
    const scale = 1 / Math.sqrt(inputs);
    const weights = numbers(inputs * outputs, i + 2).map((value) => value * scale);
    return {
      weight: tf.variable(tf.tensor2d(weights, [inputs, outputs])),
      bias: tf.variable(tf.tensor1d(numbers(outputs, i + 20).map((value) => value * scale))),
    };
  });
}

function logits(x: tf.Tensor2D): tf.Tensor2D {
  return layers.reduce<tf.Tensor2D>((value, { weight: b, bias }, i) => {
    const activation = i < layers.length - 1 ? 'relu' : 'linear';
    return tf.fused.matMul({ a: value, b, bias, activation }) as tf.Tensor2D;
  }, x);
}

/** One step of SGD on the mean cross entropy of softmax; returns the loss before the step. */
function trainingStep(x: tf.Tensor2D, y: tf.Tensor, rate: number): tf.Tensor {
  const values: tf.Tensor2D[] = [x];
  for (const [i, { weight: b, bias }] of layers.entries()) {
    const activation = i < layers.length - 1 ? 'relu' : 'linear';
    values.push(tf.fused.matMul({ a: values[i], b, bias, activation }) as tf.Tensor2D);
  }
  const shares = tf.softmax(values[layers.length]);
  const loss = tf.neg(tf.mean(tf.sum(tf.mul(y, tf.log(shares)), 1)));
  let gradient = tf.div(tf.sub(shares, y), x.shape[0]) as tf.Tensor2D;
  for (let i = layers.length - 1; i >= 0; i--) {
    const { weight, bias } = layers[i];
    const byWeight = tf.matMul(values[i], gradient, true, false);
    const byBias = tf.sum<tf.Tensor1D>(gradient, 0);
    if (i > 0)
      gradient = tf.mul(tf.matMul(gradient, weight as tf.Tensor2D, false, true), tf.step(values[i])) as tf.Tensor2D;
    weight.assign(tf.sub(weight as tf.Tensor2D, tf.mul(byWeight, rate)));
    bias.assign(tf.sub(bias as tf.Tensor1D, tf.mul(byBias, rate)));
  }
  return loss;
}
