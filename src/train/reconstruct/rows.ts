/** A layer as rows: of its inputs x, and of the outputs y that belong to them. Both matmul and conv2d are y = x · W then. */
import { sizeOf } from '../../core/shape.ts';
import type { Constant } from '../../formats/constant.ts';
import type { Node } from '../../graph/graph.ts';
import { callOf } from '../../ops/call.ts';
import type { TensorType } from '../../ops/op.ts';
import { type Slide, slidesOf } from '../../ops/window.ts';
import type { AnyTensor } from '../../runtime/tensor.ts';
import { columnStart, type Panels } from './gram.ts';

/** What the weight alone tells. */
export interface LayerShape {
  readonly groups: number;
  /** Of one group: what is summed over, and output features. */
  readonly inputs: number;
  readonly outputs: number;
}

export function layerShape(node: Node, { shape }: Pick<Constant, 'shape'>): LayerShape {
  if (node.op === 'conv2d') {
    const groups = Number(node.attributes.group ?? 1);
    return { groups, inputs: sizeOf(shape.slice(1)), outputs: shape[0] / groups };
  }
  const [inputs, outputs] = node.attributes.transposeB === true ? [shape[1], shape[0]] : shape;
  return { groups: 1, inputs, outputs };
}

/** The rows of one batch. */
export interface Rows {
  readonly count: number;
  /** Writes the rows with these numbers, one group of them. */
  fill(group: number, picked: Uint32Array, x: Panels, y: Panels): void;
}

/** @param node a matmul or conv2d whose second input is a weight of this shape */
export function rowsOf(node: Node, weight: Pick<Constant, 'shape'>, x: AnyTensor, y: AnyTensor): Rows {
  const data = { x: x.data as Float32Array, y: y.data as Float32Array };
  const { inputs, outputs } = layerShape(node, weight);
  if (node.op === 'matmul')
    return {
      count: inputs === 0 ? 0 : x.size / inputs,
      fill(_, picked, xs, ys) {
        fillMatrix(data.x, inputs, picked, xs);
        fillMatrix(data.y, outputs, picked, ys);
      },
    };
  const types = new Map<string, TensorType>([
    ['x', { dtype: 'float32', shape: x.dims }],
    ['w', { dtype: 'float32', shape: weight.shape }],
  ]);
  const call = callOf({ constants: new Map() }, { ...node, inputs: ['x', 'w'] }, types);
  const [vertical, horizontal] = slidesOf(call, x.dims.slice(2), weight.shape.slice(2));
  const image: Image = { channels: x.dims[1], perGroup: weight.shape[1], vertical, horizontal };
  return {
    count: y.dims[0] * y.dims[2] * y.dims[3],
    fill(group, picked, xs, ys) {
      fillPatches(data.x, image, group, picked, xs);
      fillPlanes(data.y, { planes: y.dims[1], first: group * outputs, area: y.dims[2] * y.dims[3] }, picked, ys);
    },
  };
}

/** The node without bias, activation and residual: nothing but the product. */
export function productNode(node: Node, name: string, output: string): Node {
  const { activation, min, max, activationFirst, ...attributes } = node.attributes;
  return { ...node, name, inputs: node.inputs.slice(0, 2), outputs: [output], attributes };
}

/** Whether x can be seen as rows of what the weight sums over. */
export function isRowwise(node: Node): boolean {
  if (node.op !== 'matmul') return node.op === 'conv2d';
  return node.attributes.transposeA !== true;
}

function fillMatrix(from: Float32Array, columns: number, picked: Uint32Array, { data }: Panels): void {
  for (let row = 0; row < picked.length; row++) {
    const start = picked[row] * columns;
    for (let column = 0; column < columns; column++) data[columnStart(column) + row * 4] = from[start + column];
  }
}

interface Image {
  readonly channels: number;
  readonly perGroup: number;
  readonly vertical: Slide;
  readonly horizontal: Slide;
}

/** Columns in the order of a filter: channel, then row, then column of the window. Padding is 0. */
function fillPatches(
  from: Float32Array,
  { channels, perGroup, vertical, horizontal }: Image,
  group: number,
  picked: Uint32Array,
  { data }: Panels,
): void {
  const [height, width] = [vertical.extent, horizontal.extent];
  const area = vertical.out * horizontal.out;
  for (let row = 0; row < picked.length; row++) {
    const place = picked[row] % area;
    const item = (picked[row] - place) / area;
    const ox = place % horizontal.out;
    const oy = (place - ox) / horizontal.out;
    const y0 = oy * vertical.stride - vertical.begin;
    const x0 = ox * horizontal.stride - horizontal.begin;
    let column = 0;
    for (let c = 0; c < perGroup; c++) {
      const plane = (item * channels + group * perGroup + c) * height * width;
      for (let ky = 0; ky < vertical.kernel; ky++) {
        const y = y0 + ky * vertical.dilation;
        const inside = y >= 0 && y < height;
        for (let kx = 0; kx < horizontal.kernel; kx++, column++) {
          const x = x0 + kx * horizontal.dilation;
          data[columnStart(column) + row * 4] = inside && x >= 0 && x < width ? from[plane + y * width + x] : 0;
        }
      }
    }
  }
}

function fillPlanes(
  from: Float32Array,
  { planes, first, area }: { readonly planes: number; readonly first: number; readonly area: number },
  picked: Uint32Array,
  { columns, data }: Panels,
): void {
  for (let row = 0; row < picked.length; row++) {
    const place = picked[row] % area;
    const start = ((picked[row] - place) / area) * planes * area + first * area + place;
    for (let column = 0; column < columns; column++) data[columnStart(column) + row * 4] = from[start + column * area];
  }
}
