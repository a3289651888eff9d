/** One layer as a model of its own: a matrix product or a 1x1 convolution, with a bias. Runs in browsers too. */
import { dense, type Graph, graphBuilder } from 'lacewing/graph';
import { type PatternOption, prune } from 'lacewing/prune';
import { shapeLines } from '../shape-lines.ts';
import { numbers } from '../subject.ts';

export interface Layer {
  readonly title: string;
  readonly kind: 'product' | 'pointwise';
  /** Tokens of a product, pixels of a convolution. */
  readonly columns: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Of the one input. */
  readonly shape: readonly number[];
}

/** The layers of bench/shapes/layers.txt and pointwise.txt. */
export function layersOf(products: string, pointwise: string): Layer[] {
  return [
    ...shapeLines(products, 3, 'shapes/layers.txt').map(([columns, inputs, outputs]): Layer => {
      const title = `T=${columns}, ${inputs}→${outputs}`;
      return { title, kind: 'product', columns, inputs, outputs, shape: [columns, inputs] };
    }),
    ...shapeLines(pointwise, 4, 'shapes/pointwise.txt').map(([inputs, height, width, outputs]): Layer => {
      const columns = height * width;
      const title = `1x1 conv, ${columns} px, ${inputs}→${outputs}`;
      return { title, kind: 'pointwise', columns, inputs, outputs, shape: [1, inputs, height, width] };
    }),
  ];
}

/** The few layers that a quick look takes: one large product for many, some and one token, and one convolution. */
export function quickLayers(layers: readonly Layer[]): Layer[] {
  return layers
    .filter(({ kind, columns, inputs }) => (kind === 'product' ? inputs === 768 : columns === 196))
    .filter(({ kind, outputs }) => kind === 'pointwise' || outputs === 3072);
}

/**
 * The layer with random weights, of which `sparsity` are zeros in units of the pattern. Weights are scaled so that outputs
 * are near 1: denormals would slow everyone down.
 */
export function graphOf(layer: Layer, sparsity: number, pattern: PatternOption): Graph {
  const { kind, inputs, outputs, shape } = layer;
  const scale = 1 / Math.sqrt(inputs);
  const values = numbers(inputs * outputs, 11).map((value) => value * scale);
  const build = graphBuilder('layer');
  const x = build.input('x', 'float32', shape);
  const weightShape = kind === 'product' ? [inputs, outputs] : [outputs, inputs, 1, 1];
  const weight = build.constant('weight', dense(weightShape, values));
  const bias = build.constant('bias', dense([outputs], numbers(outputs, 12)));
  build.output(build.node(kind === 'product' ? 'matmul' : 'conv2d', [x, weight, bias]));
  const graph = build.build();
  if (sparsity === 0) return graph;
  // Of N:M the pattern itself says how many weights are zeros.
  const amount = isNm(pattern) ? {} : { sparsity };
  return prune(graph, { criterion: 'random', scope: 'layer', pattern, ...amount }).graph;
}

function isNm(pattern: PatternOption): boolean {
  return typeof pattern === 'object' && 'nm' in pattern;
}

/** What goes in, without denormals. */
export function inputOf({ shape }: Layer): Float32Array {
  return numbers(
    shape.reduce((product, extent) => product * extent, 1),
    13,
  );
}
