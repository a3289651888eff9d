/** Layers of the networks below, with random weights by a seed: speed does not depend on what a network has learned. */
import { dense, type Graph, type GraphBuilder, graphBuilder } from 'lacewing/graph';
import { numbers } from '../../subject.ts';

/** A network under construction; weights are drawn in the order of its layers. */
export interface Network {
  readonly build: GraphBuilder;
  /** Of the next weight. */
  seed: number;
}

/** One input `x` and one output. */
export function network(name: string, shape: readonly number[], body: (net: Network, x: string) => string): Graph {
  const net: Network = { build: graphBuilder(name), seed: 100 };
  const { build } = net;
  build.output(body(net, build.input('x', 'float32', shape)));
  return build.build();
}

/** Uniform, of variance 2 / fan: activations keep their size from layer to layer (He et al. 2015). */
function weight(net: Network, name: string, shape: readonly number[], fan: number): string {
  const scale = Math.sqrt(6 / fan);
  const length = shape.reduce((product, extent) => product * extent, 1);
  const values = numbers(length, net.seed++).map((value) => value * scale);
  return net.build.constant(name, dense(shape, values));
}

/** Away from zero, so that a layer of which nearly all weights are gone still says something. */
function bias(net: Network, name: string, outputs: number): string {
  const values = numbers(outputs, net.seed++).map((value) => 0.1 + 0.1 * value);
  return net.build.constant(name, dense([outputs], values));
}

export interface Conv {
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly group?: number;
}

/** A square convolution with the padding that keeps the size at stride 1; its batch normalisation is folded into it, as exporters do. */
export function conv(net: Network, name: string, x: string, { inputs, outputs, kernel, stride = 1, group = 1 }: Conv) {
  const perGroup = inputs / group;
  const pad = (kernel - 1) / 2;
  const w = weight(net, `${name}.weight`, [outputs, perGroup, kernel, kernel], perGroup * kernel * kernel);
  const attributes = { strides: [stride, stride], pads: [pad, pad, pad, pad], group };
  return net.build.node('conv2d', [x, w, bias(net, `${name}.bias`, outputs)], attributes, name);
}

/** x [..., inputs] · weight [inputs, outputs] + bias. */
export function linear(net: Network, name: string, x: string, inputs: number, outputs: number): string {
  const w = weight(net, `${name}.weight`, [inputs, outputs], 2 * inputs);
  return net.build.node('matmul', [x, w, bias(net, `${name}.bias`, outputs)], {}, name);
}

export function layerNorm(net: Network, name: string, x: string, width: number): string {
  const scale = net.build.constant(`${name}.scale`, dense([width], new Float32Array(width).fill(1)));
  return net.build.node('layerNorm', [x, scale, bias(net, `${name}.bias`, width)], { axis: -1, epsilon: 1e-5 }, name);
}

/** The mean of every plane, then one number per class: x [N, C, H, W] → [N, classes]. */
export function classifier(net: Network, x: string, channels: number, classes: number): string {
  const pooled = net.build.node('globalAvgPool', [x], {}, 'pool');
  return linear(net, 'fc', net.build.node('flatten', [pooled], { axis: 1 }, 'flatten'), channels, classes);
}
