/** Small nets of two layers: the first is pruned, so that the second sees other inputs than in the dense net. */
import type { Attributes } from '../../../src/core/attributes.ts';
import { normal, random } from '../../../src/core/random.ts';
import { type GraphBuilder, graphBuilder } from '../../../src/graph/builder.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { Tensor } from '../../../src/runtime/tensor.ts';

export function noise(shape: readonly number[], seed: number, scale = 1): Float32Array {
  const generator = random(seed);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * normal(generator));
}

export function constant(builder: GraphBuilder, name: string, shape: readonly number[], seed: number): string {
  const scale = 1 / Math.sqrt(shape.slice(1).reduce((a, b) => a * b, 1));
  return builder.constant(name, { encoding: 'dense', dtype: 'float32', shape, data: noise(shape, seed, scale) });
}

export interface Second {
  readonly op: 'matmul' | 'conv2d';
  /** Of the input of the net, whose last or second axis is 8 channels. */
  readonly input: readonly number[];
  readonly weight: readonly number[];
  readonly attributes?: Attributes;
}

/** x -> product by `mix` -> relu -> product by `weight` -> relu, both with a bias of their own. */
export function twoLayers({ op, input, weight, attributes = {} }: Second): Graph {
  const builder = graphBuilder('net');
  const x = builder.input('x', 'float32', ['n', ...input.slice(1)]);
  const mix = constant(builder, 'mix', op === 'matmul' ? [8, 8] : [8, 8, 1, 1], 1);
  const first = builder.node(op, [x, mix, constant(builder, 'mix.bias', [8], 2)], {}, 'first');
  const features = op === 'conv2d' || attributes.transposeB ? weight[0] : weight[1];
  const w = constant(builder, 'weight', weight, 3);
  const inputs = [builder.node('relu', [first]), w, constant(builder, 'bias', [features], 4)];
  const second = builder.node(op, inputs, attributes, 'second');
  builder.output(builder.node('relu', [second]));
  return builder.build();
}

/** Pixels through four 1x1 convolutions, each but the first added to what it was given. */
export function residualChain(): Graph {
  const builder = graphBuilder('chain');
  let value = builder.input('x', 'float32', ['n', 8, 'h', 'w']);
  for (let i = 0; i < 4; i++) {
    const product = builder.node('conv2d', [value, constant(builder, `w${i}`, [8, 8, 1, 1], i)]);
    value = builder.node('relu', [i === 0 ? product : builder.node('add', [product, value])]);
  }
  builder.output(value);
  return builder.build();
}

export function batch(shape: readonly number[], seed: number) {
  return { x: new Tensor('float32', noise(shape, seed), shape) };
}
