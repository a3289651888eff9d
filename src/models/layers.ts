/** The layers that the model constructors share: each declares its weights, adds its nodes and returns its value. */
import { type Random, random, uniform } from '../core/random.ts';
import { type Dim, type Shape, sizeOf } from '../core/shape.ts';
import { dense, type GraphBuilder, graphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';

export interface ModelOptions {
  /** Initial weights follow from it alone: the same seed gives the same bits. Default 0. */
  readonly seed?: number;
}

/** A model under construction: where nodes go, and where its initial weights come from. */
export interface Model {
  readonly builder: GraphBuilder;
  readonly generator: Random;
}

/**
 * Builds a graph with one float32 input and one output called `logits`.
 * `body` adds the nodes and returns the value that becomes `logits`.
 */
export function model(
  name: string,
  input: { readonly name: string; readonly shape: readonly Dim[] },
  { seed = 0 }: ModelOptions,
  body: (model: Model, input: string) => string,
): Graph {
  const builder = graphBuilder(name);
  const result = body({ builder, generator: random(seed) }, builder.input(input.name, 'float32', input.shape));
  const graph = builder.build();
  // The builder names values after their nodes; the last one gets the name that callers rely on.
  const nodes = graph.nodes.map((node) =>
    node.outputs.includes(result)
      ? { ...node, outputs: node.outputs.map((value) => (value === result ? 'logits' : value)) }
      : node,
  );
  return { ...graph, nodes, outputs: ['logits'] };
}

/** x [..., inputs] · weight [inputs, outputs] + bias [outputs], as matmul `name` over `name.weight`, `name.bias`. */
export function linear(
  { builder, generator }: Model,
  name: string,
  x: string,
  inputs: number,
  outputs: number,
): string {
  const weight = builder.constant(`${name}.weight`, fanIn(generator, [inputs, outputs], inputs));
  const bias = builder.constant(`${name}.bias`, fanIn(generator, [outputs], inputs));
  return builder.node('matmul', [x, weight, bias], {}, name);
}

/** A square convolution with stride 1 and no padding: x [N, inputs, H, W], weight [outputs, inputs, kernel, kernel]. */
export function convolution(
  { builder, generator }: Model,
  name: string,
  x: string,
  { inputs, outputs, kernel }: { readonly inputs: number; readonly outputs: number; readonly kernel: number },
): string {
  const fan = inputs * kernel * kernel;
  const weight = builder.constant(`${name}.weight`, fanIn(generator, [outputs, inputs, kernel, kernel], fan));
  const bias = builder.constant(`${name}.bias`, fanIn(generator, [outputs], fan));
  return builder.node('conv2d', [x, weight, bias], {}, name);
}

/** Layer normalisation of the last axis (`width` long), starting as the plain one: scale 1, bias 0. */
export function layerNorm({ builder }: Model, name: string, x: string, width: number): string {
  const scale = builder.constant(`${name}.scale`, dense([width], new Float32Array(width).fill(1)));
  const bias = builder.constant(`${name}.bias`, dense([width], new Float32Array(width)));
  return builder.node('layerNorm', [x, scale, bias], { axis: -1, epsilon: 1e-5 }, name);
}

/** Uniform in ±1/sqrt(fan): PyTorch's default for linear and convolution (He et al. 2015 with a = sqrt(5)). */
function fanIn(generator: Random, shape: Shape, fan: number) {
  const bound = 1 / Math.sqrt(fan);
  return dense(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => (2 * uniform(generator) - 1) * bound),
  );
}
