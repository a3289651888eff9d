/**
 * What the layout of a value costs those who read it. A kernel that can write more than one layout is asked for each that a
 * reader would like, and pays for what every reader must do with it: convert it, or read it as it is.
 */
import { sizeOf } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';
import type { Node } from '../graph/graph.ts';
import type { Layout, Read, Request } from '../kernels/kernel.ts';
import { kernelsFor } from '../kernels/registry.ts';
import { callOf, opOf } from '../ops/call.ts';
import type { TensorType } from '../ops/op.ts';
import type { Planning } from './planning.ts';
import { requestFor } from './request.ts';
import type { Value } from './values.ts';

/** Over how many nodes that keep a layout it is followed. */
const DEPTH = 2;

/** A value that is not made yet, as it would be in this layout. */
function supposed(name: string, type: TensorType, layout: Layout): Value {
  const buffer = { id: -1, place: 'arena', bytes: 0, label: name, offset: 0, first: 0, last: 0 } as const;
  return { name, type, mutable: false, buffers: new Map([[layout, { ...buffer }]]) };
}

/** Whether some kernel of the node's op writes its result in the layout in which it finds the input. */
function carries({ op }: Node, input: number): boolean {
  return kernelsFor(op).some((kernel) => kernel.carries?.includes(input));
}

/** The node's inputs as they are or, where they are not made yet, in rows; `value` takes the place of its namesake. */
function inputsOf({ values, types }: Planning, node: Node, value?: Value): (Value | undefined)[] {
  return node.inputs.map((name) => {
    if (name === '') return undefined;
    if (name === value?.name) return value;
    const type = types.get(name);
    return values.find(name) ?? (type && supposed(name, type, 'rows'));
  });
}

/** Whether so many weights of a sparse constant are left that it may run dense: what has fewer is not asked for both ways. */
function isRatherFull(constant: Constant): boolean {
  return constant.encoding !== 'dense' && constant.values.length > 0.25 * sizeOf(constant.shape);
}

/** The ways in which a node may be asked for: with its weights as they are or dense, its result as kernels like it or as `wanted`. */
function requestsOf(planning: Planning, node: Node, value: Value | undefined, wanted?: Layout): Request[] {
  const { graph, types, options } = planning;
  const inputs = inputsOf(planning, node, value);
  const made = node.outputs.flatMap((output) => types.get(output) ?? []);
  if (made.length < node.outputs.length || inputs.some((input, i) => !input && node.inputs[i] !== '')) return [];
  const task = { node, call: callOf(graph, node, types), inputs, made };
  const full = inputs.some((input) => input?.constant && isRatherFull(input.constant));
  const forms = full && options.allowDense ? [false, true] : [false];
  return [undefined, ...(wanted === undefined ? [] : [wanted])].flatMap((layout) =>
    forms.map((asDense) => requestFor(planning, task, asDense, layout)),
  );
}

/** The layouts besides `rows` in which it may pay to make the node's first output: those its readers or its own kernels like. */
export function layoutsWorthTrying(planning: Planning, node: Node): readonly Layout[] {
  const [output] = node.outputs;
  if (planning.types.get(output)?.dtype !== 'float32' || planning.graph.outputs.includes(output)) return [];
  const own = preferences(planning, node, undefined).flatMap(({ output: layouts = [] }) => layouts);
  return [...new Set([...own, ...liked(planning, output, DEPTH)])];
}

function preferences(planning: Planning, node: Node, value: Value | undefined) {
  const asked = new Set(kernelsFor(node.op).flatMap(({ prefers }) => prefers ?? []));
  if (asked.size === 0) return [];
  const [request] = requestsOf(planning, node, value);
  return request ? [...asked].map((prefers) => prefers(request)) : [];
}

function liked(planning: Planning, name: string, depth: number): Layout[] {
  return (planning.readers.get(name) ?? []).flatMap((node) => {
    const type = planning.types.get(name);
    if (!type || node.outputs.length === 0) return [];
    const value = supposed(name, type, 'rows');
    const reads = node.inputs[0] === name ? preferences(planning, node, value) : [];
    const passed = depth > 0 && node.inputs.some((input, i) => input === name && carries(node, i));
    return [
      ...reads.flatMap(({ input = [] }) => input),
      ...(passed && sameExtents(planning, name, node.outputs[0]) ? liked(planning, node.outputs[0], depth - 1) : []),
    ];
  });
}

/** Whether a layout of one can be that of the other: images of one size, else values of one shape. */
function sameExtents({ types }: Planning, a: string, b: string): boolean {
  const [from, to] = [types.get(a)?.shape, types.get(b)?.shape];
  if (!from || !to || from.length !== to.length) return false;
  return from.every((extent, axis) => extent === to[axis] || (from.length === 4 && axis < 2));
}

/** Predicted microseconds of all who read a value, if it is made in this layout. What was asked before is remembered. */
export function costsAfter(planning: Planning): (name: string, layout: Layout) => number {
  const { types, values, graph, readers } = planning;
  const known = new Map<string, number>();
  const after: After = (name, layout, depth) => {
    const key = `${depth} ${layout} ${name}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const type = types.get(name);
    if (!type) return 0;
    const value = supposed(name, type, layout);
    const result = graph.outputs.includes(name) ? values.price(value, 'rows') : 0;
    const costs = (readers.get(name) ?? []).map((node) => costOf(planning, node, value, layout, depth, after));
    const sum = costs.reduce((total, cost) => total + cost, result);
    known.set(key, sum);
    return sum;
  };
  return (name, layout) => after(name, layout, DEPTH);
}

type After = (name: string, layout: Layout, depth: number) => number;

function costOf(planning: Planning, node: Node, value: Value, layout: Layout, depth: number, after: After): number {
  const { values } = planning;
  const { view, shapeOnly } = opOf(node);
  const read = node.inputs.flatMap((input, i) => (input === value.name && !shapeOnly?.includes(i) ? [i] : []));
  if (read.length === 0) return 0;
  const inRows = values.price(value, 'rows');
  if (view) return inRows;
  const passed = depth > 0 && read.some((i) => carries(node, i)) && sameExtents(planning, value.name, node.outputs[0]);
  let best: number | undefined;
  const inputs = inputsOf(planning, node, value);
  for (const request of requestsOf(planning, node, value, passed ? layout : undefined)) {
    const price = ({ input, layout: wanted }: Read) => {
      const operand = inputs[input];
      return operand ? values.price(operand, wanted) : 0;
    };
    for (const kernel of kernelsFor(request.op)) {
      const match = kernel.match(request);
      if (typeof match === 'string') continue;
      const own = match.reads.reduce((sum, each) => sum + price(each), match.microseconds);
      const later = passed ? after(node.outputs[0], match.writes[0], depth - 1) : 0;
      best = Math.min(best ?? Number.POSITIVE_INFINITY, own + later);
    }
  }
  return best ?? inRows;
}
