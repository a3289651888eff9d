/** Plain least squares to hold reconstruction against: no sums kept, no factor shared, no rows picked. */
import { densified } from '../../../src/formats/densify.ts';
import type { Graph, Node } from '../../../src/graph/graph.ts';
import { callOf } from '../../../src/ops/call.ts';
import { interpret } from '../../../src/ops/interpret.ts';
import type { NdArray, TensorType } from '../../../src/ops/op.ts';
import { ops } from '../../../src/ops/table.ts';

/** Every value of the graph in doubles. */
export function valuesOf(graph: Graph, feeds: Readonly<Record<string, NdArray>>): Map<string, NdArray> {
  return interpret(graph, new Map(Object.entries(feeds)));
}

/** The product alone, by the op's reference. */
export function productOf(node: Node, x: NdArray, w: NdArray): NdArray {
  const { activation, ...attributes } = node.attributes;
  const types = new Map<string, TensorType>([
    ['x', x],
    ['w', w],
  ]);
  const op = ops.get(node.op);
  if (!op) throw new Error(node.op);
  const call = callOf({ constants: new Map() }, { ...node, inputs: ['x', 'w'], attributes }, types);
  const [type] = op.infer(call);
  return { ...type, data: op.reference(call, [x, w], [type])[0] };
}

export interface Fit {
  /** In the order of the weight. */
  readonly weights: Float64Array;
  /** Per output feature what the bias has to make up for. */
  readonly shifts: Float64Array;
}

/**
 * The best kept weights, one output feature after the other. The column of a weight is what the op makes of a filter that is 1
 * there and 0 elsewhere: no geometry is known here.
 *
 * @param pairs per batch the layer's input, and the input that it has in the dense net
 */
export function bestFit(
  graph: Graph,
  node: Node,
  keep: Uint8Array,
  pairs: readonly { readonly x: NdArray; readonly wanted: NdArray }[],
  ridge: number,
): Fit {
  const constant = graph.constants.get(node.inputs[1]);
  if (!constant) throw new Error('a weight');
  const w: NdArray = {
    dtype: 'float32',
    shape: constant.shape,
    data: Float64Array.from(densified(constant).data as Float32Array),
  };
  const first = node.op === 'conv2d' || node.attributes.transposeB === true;
  const features = first ? w.shape[0] : w.shape[1];
  const rest = w.data.length / features;
  const place = (feature: number, k: number) => (first ? feature * rest + k : k * features + feature);
  const of = (array: NdArray, feature: number) => {
    if (node.op === 'matmul') return array.data.filter((_, i) => i % features === feature);
    const area = array.shape[2] * array.shape[3];
    return array.data.filter((_, i) => Math.floor(i / area) % features === feature);
  };
  const joined = (parts: readonly Float64Array[]) => Float64Array.from(parts.flatMap((part) => [...part]));
  const fit: Fit = { weights: new Float64Array(w.data.length), shifts: new Float64Array(features) };
  for (let feature = 0; feature < features; feature++) {
    const y = joined(pairs.map(({ wanted }) => of(productOf(node, wanted, w), feature)));
    const columns = Array.from({ length: rest }, (_, k) => {
      const one = { ...w, data: new Float64Array(w.data.length) };
      one.data[place(feature, k)] = 1;
      return joined(pairs.map(({ x }) => of(productOf(node, x, one), feature)));
    });
    const lambda = (ridge * columns.reduce((sum, column) => sum + variation(column), 0)) / rest;
    const kept = columns.map((_, k) => k).filter((k) => keep[place(feature, k)] === 1);
    // The bias is a column of ones that costs nothing.
    const all = [...kept.map((k) => columns[k]), new Float64Array(y.length).fill(1)];
    const a = all.map((p, i) => all.map((q, j) => dot(p, q) + (i === j && i < kept.length ? lambda : 0)));
    const b = all.map((p, i) => dot(p, y) + (i < kept.length ? lambda * w.data[place(feature, kept[i])] : 0));
    const found = eliminate(a, b);
    kept.forEach((k, i) => {
      fit.weights[place(feature, k)] = found[i];
    });
    fit.shifts[feature] = found[kept.length];
  }
  return fit;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

function variation(column: Float64Array): number {
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  return column.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

/** Gauss with pivots. */
export function eliminate(a: number[][], b: number[]): number[] {
  const n = b.length;
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let row = i + 1; row < n; row++) if (Math.abs(a[row][i]) > Math.abs(a[pivot][i])) pivot = row;
    [a[i], a[pivot]] = [a[pivot], a[i]];
    [b[i], b[pivot]] = [b[pivot], b[i]];
    for (let row = i + 1; row < n; row++) {
      const factor = a[row][i] / a[i][i];
      for (let j = i; j < n; j++) a[row][j] -= factor * a[i][j];
      b[row] -= factor * b[i];
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) b[i] -= a[i][j] * b[j];
    b[i] /= a[i][i];
  }
  return b;
}
