/** TensorFlow.js on its WebAssembly backend, as a peer process: a network of convolutions from an ONNX file, told op by op. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { answerQuestions } from '../../examples/demo/peer.ts';
import type { Graph, Node } from '../../src/graph/graph.ts';
import { readOnnx } from '../../src/onnx/index.ts';

type Question =
  | { readonly load: string }
  | { readonly run: { readonly data: Float32Array; readonly dims: Dims } }
  /** Keeps an input for `time`. */
  | { readonly feed: { readonly data: Float32Array; readonly dims: Dims } }
  | { readonly time: number };

type Dims = readonly [number, number, number, number];
type Layer = (x: tf.Tensor) => tf.Tensor;

const path = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
setWasmPaths(`${join(dirname(path), 'wasm-out')}/`);

let layers: readonly Layer[] = [];
let input: tf.Tensor | undefined;

answerQuestions(async (question: Question) => {
  if ('load' in question) {
    await tf.setBackend('wasm');
    layers = layersOf(readOnnx(new Uint8Array(readFileSync(question.load))));
    return tf.version_core;
  }
  if ('run' in question) {
    const x = channelsLast(question.run);
    return tf.tidy(() => through(x)).dataSync();
  }
  if ('feed' in question) {
    input = channelsLast(question.feed);
    return true;
  }
  if (!input) throw new Error('want an input first');
  const x = input;
  const start = performance.now();
  for (let i = 0; i < question.time; i++) {
    const y = tf.tidy(() => through(x));
    y.dataSync();
    y.dispose();
  }
  return ((performance.now() - start) * 1000) / question.time;
});

const through = (x: tf.Tensor) => layers.reduce((value, layer) => layer(value), x);

/** Images as this engine wants them: [N, H, W, C]. */
function channelsLast({ data, dims }: { readonly data: Float32Array; readonly dims: Dims }): tf.Tensor {
  return tf.transpose(tf.tensor4d(data, [...dims]), [0, 2, 3, 1]);
}

/** A chain: every node reads what the one before it wrote. Throws an Error on an op that is not among those below. */
function layersOf(graph: Graph): Layer[] {
  const found: Layer[] = [];
  for (const [i, node] of graph.nodes.entries()) {
    const clipped = graph.nodes[i + 1]?.op === 'clip';
    if (node.op === 'conv2d') found.push(convolution(graph, node, clipped ? 'relu6' : 'linear'));
    else if (node.op === 'globalAvgPool') found.push((x) => tf.mean(x, [1, 2]));
    else if (node.op === 'matmul') found.push(linear(graph, node));
    // The clip is part of the convolution before it; flattening [N, C] changes nothing.
    else if (node.op !== 'clip' && node.op !== 'flatten' && node.op !== 'reshape')
      throw new Error(`want convolutions, got ${node.op}`);
  }
  return found;
}

function floats(graph: Graph, name: string): { readonly data: Float32Array; readonly shape: readonly number[] } {
  const constant = graph.constants.get(name);
  if (constant?.encoding !== 'dense') throw new Error(`want "${name}" as a dense constant`);
  return { data: constant.data as Float32Array, shape: constant.shape };
}

function convolution(graph: Graph, { inputs, attributes }: Node, activation: 'relu6' | 'linear'): Layer {
  const { data, shape } = floats(graph, inputs[1]);
  const [filters, perGroup, height, width] = shape;
  const bias = tf.tensor1d(floats(graph, inputs[2]).data);
  const [stride] = (attributes.strides as readonly number[] | undefined) ?? [1];
  const [pad] = (attributes.pads as readonly number[] | undefined) ?? [0];
  const weights = tf.tensor4d(data, [filters, perGroup, height, width]);
  const settings = { strides: stride, pad, bias, activation };
  if (attributes.group === filters && perGroup === 1) {
    const filter = tf.transpose<tf.Tensor4D>(weights, [2, 3, 0, 1]);
    return (x) => tf.fused.depthwiseConv2d({ ...settings, x: x as tf.Tensor4D, filter });
  }
  const filter = tf.transpose<tf.Tensor4D>(weights, [2, 3, 1, 0]);
  return (x) => tf.fused.conv2d({ ...settings, x: x as tf.Tensor4D, filter });
}

function linear(graph: Graph, { inputs, attributes }: Node): Layer {
  const { data, shape } = floats(graph, inputs[1]);
  const b = tf.tensor2d(data, [shape[0], shape[1]]);
  const bias = inputs[2] === undefined ? undefined : tf.tensor1d(floats(graph, inputs[2]).data);
  const transposeB = attributes.transposeB === true;
  return (x) => tf.fused.matMul({ a: x as tf.Tensor2D, b, transposeB, ...(bias && { bias }) });
}
