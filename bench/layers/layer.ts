/** One layer as a model of its own: a matrix product or a convolution, with a bias. Runs in browsers too. */
import { dense, type Graph, graphBuilder } from 'lacewing/graph';
import { type PatternOption, prune } from 'lacewing/prune';
import { shapeLines } from '../shape-lines.ts';
import { numbers } from '../subject.ts';

export interface Layer {
  readonly title: string;
  readonly kind: Kind;
  /** Tokens of a product, pixels of a convolution's output. */
  readonly columns: number;
  /** Features that one output sums over. */
  readonly inputs: number;
  readonly outputs: number;
  /** Of the one input. */
  readonly shape: readonly number[];
  /** Of a convolution that is more than a product per pixel. */
  readonly window?: { readonly kernel: number; readonly stride: number; readonly group: number };
}

/** `convolution` and `strided` have a window, `strided` with steps of 2; `stem` reads colours; `depthwise` each channel alone. */
export type Kind = 'product' | 'pointwise' | 'convolution' | 'strided' | 'stem' | 'depthwise';

/** The layers of bench/shapes/layers.txt, pointwise.txt and spatial.txt. */
export function layersOf(products: string, pointwise: string, spatial: string): Layer[] {
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
    ...shapeLines(spatial, 7, 'shapes/spatial.txt').map(spatialLayer),
  ];
}

function spatialLayer([channels, height, width, outputs, kernel, stride, group]: readonly number[]): Layer {
  const kind = group > 1 ? 'depthwise' : channels <= 4 ? 'stem' : stride > 1 ? 'strided' : 'convolution';
  const title = `${kernel}x${kernel} ${kind === 'depthwise' ? kind : 'conv'}${stride > 1 ? ` /${stride}` : ''}, ${height}x${width}, ${kind === 'depthwise' ? channels : `${channels}→${outputs}`}`;
  return {
    ...{ title, kind, outputs, shape: [1, channels, height, width], window: { kernel, stride, group } },
    columns: Math.ceil(height / stride) * Math.ceil(width / stride),
    inputs: (channels / group) * kernel * kernel,
  };
}

/** The few layers that a quick look takes: one large product for many, some and one token, and one convolution. */
export function quickLayers(layers: readonly Layer[]): Layer[] {
  return layers
    .filter(({ kind, columns, inputs }) =>
      kind === 'product' ? inputs === 768 : kind === 'pointwise' && columns === 196,
    )
    .filter(({ kind, outputs }) => kind === 'pointwise' || outputs === 3072);
}

/**
 * The layer with random weights, of which `sparsity` are zeros in units of the pattern. Weights are scaled so that outputs
 * are near 1: denormals would slow everyone down.
 */
export function graphOf(layer: Layer, sparsity: number, pattern: PatternOption): Graph {
  const { kind, inputs, outputs, shape, window } = layer;
  const scale = 1 / Math.sqrt(inputs);
  const values = numbers(inputs * outputs, 11).map((value) => value * scale);
  const build = graphBuilder('layer');
  const x = build.input('x', 'float32', shape);
  const { kernel, stride, group } = window ?? { kernel: 1, stride: 1, group: 1 };
  const weightShape = kind === 'product' ? [inputs, outputs] : [outputs, inputs / kernel ** 2, kernel, kernel];
  const pad = (kernel - 1) / 2;
  const sliding = window && { strides: [stride, stride], pads: [pad, pad, pad, pad], group };
  const weight = build.constant('weight', dense(weightShape, values));
  const bias = build.constant('bias', dense([outputs], numbers(outputs, 12)));
  build.output(build.node(kind === 'product' ? 'matmul' : 'conv2d', [x, weight, bias], sliding));
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
