/**
 * Values as others' numbers in another order: what reshapes, transposes, slices and factors of one number make of a value,
 * seen as strides.
 */
import { isInputRef } from '../core/attributes.ts';
import { normalizeAxis, type Shape } from '../core/shape.ts';
import type { Node } from '../graph/graph.ts';
import { attributesOf } from '../ops/call.ts';
import { number, numbers } from '../ops/op.ts';
import type { Trial } from './trials.ts';

/** A run of positions `stride` elements apart. */
export interface Factor {
  readonly extent: number;
  readonly stride: number;
}

export interface View {
  /** The value whose numbers these are. */
  readonly source: string;
  readonly offset: number;
  /** Each axis as the runs that it goes through, the outermost first; none for an extent of 1. */
  readonly axes: readonly (readonly Factor[])[];
  /** What the numbers are multiplied by. */
  readonly scale: number;
}

const long = (factors: readonly Factor[]) => factors.filter(({ extent }) => extent !== 1);

/** The value as it lies: row-major. */
export function whole(source: string, shape: Shape): View {
  let stride = 1;
  const axes = shape.toReversed().map((extent) => {
    const own = long([{ extent, stride }]);
    stride *= extent;
    return own;
  });
  return { source, offset: 0, axes: axes.reverse(), scale: 1 };
}

/** Runs that go on where the one inside them ends, as one. */
export function merged(factors: readonly Factor[]): Factor[] {
  const runs: Factor[] = [];
  for (const { extent, stride } of long(factors)) {
    const last = runs.at(-1);
    if (last && last.stride === extent * stride) runs[runs.length - 1] = { extent: last.extent * extent, stride };
    else runs.push({ extent, stride });
  }
  return runs;
}

/** Whether two lists of runs visit the same places in the same order. */
export function sameOrder(a: readonly Factor[], b: readonly Factor[]): boolean {
  const [x, y] = [merged(a), merged(b)];
  return x.length === y.length && x.every(({ extent, stride }, i) => extent === y[i].extent && stride === y[i].stride);
}

/** The same places under another shape; undefined where an extent cuts through a run unevenly. */
function regrouped(axes: View['axes'], shape: Shape): Factor[][] | undefined {
  const rest = axes.flat().reverse();
  const grouped: Factor[][] = [];
  for (const extent of shape) {
    const own: Factor[] = [];
    let missing = extent;
    while (missing > 1) {
      const next = rest.pop();
      if (!next) return undefined;
      if (missing % next.extent === 0) own.push(next);
      else if (next.extent % missing === 0) {
        const inner = next.extent / missing;
        own.push({ extent: missing, stride: next.stride * inner });
        rest.push({ extent: inner, stride: next.stride });
      } else return undefined;
      missing /= own[own.length - 1].extent;
    }
    if (missing !== 1) return undefined;
    grouped.push(own);
  }
  return rest.length === 0 ? grouped : undefined;
}

/** Positions start, start + 1, ... along an axis; undefined where it is several runs of which not all is taken. */
function part(view: View, axis: number, start: number, count: number): View | undefined {
  const [run, ...more] = view.axes[axis];
  const extent = view.axes[axis].reduce((product, factor) => product * factor.extent, 1);
  if (start === 0 && count === extent) return view;
  if (!run || more.length > 0 || count < 1) return undefined;
  const axes = view.axes.with(axis, long([{ extent: count, stride: run.stride }]));
  return { ...view, offset: view.offset + start * run.stride, axes };
}

const views = new Set(['reshape', 'reshapeLike', 'flatten', 'squeeze', 'unsqueeze']);

/** Whether the node gives its first input another shape and nothing else. */
export function isReshape(node: Node): boolean {
  return views.has(node.op);
}

/** `value`, an output of `node`, as a view of what its first input is a view of; undefined where it is none. */
export function through(node: Node, value: string, view: View, { types, known }: Trial): View | undefined {
  const shape = types.get(value)?.shape;
  if (!shape) return undefined;
  const rank = view.axes.length;
  if (isReshape(node)) {
    const axes = regrouped(view.axes, shape);
    return axes && { ...view, axes };
  }
  switch (node.op) {
    case 'transpose': {
      const told = numbers(attributesOf(node), 'perm');
      const perm = told.length > 0 ? told : view.axes.map((_, axis) => rank - 1 - axis);
      return { ...view, axes: perm.map((axis) => view.axes[axis]) };
    }
    case 'slice':
      return sliced(node, view, types.get(node.inputs[0])?.shape ?? []);
    case 'split': {
      const axis = normalizeAxis(number(attributesOf(node), 'axis'), rank);
      const before = node.outputs.slice(0, node.outputs.indexOf(value));
      const start = before.reduce((sum, output) => sum + (types.get(output)?.shape[axis] ?? Number.NaN), 0);
      return Number.isNaN(start) ? undefined : part(view, axis, start, shape[axis]);
    }
    case 'gather': {
      const axis = normalizeAxis(number(attributesOf(node), 'axis'), rank);
      const index = known.get(node.inputs[1]);
      const extent = types.get(node.inputs[0])?.shape[axis] ?? 0;
      if (index?.data.length !== 1 || index.shape.length !== 0) return undefined;
      const taken = part(view, axis, index.data[0] < 0 ? index.data[0] + extent : index.data[0], 1);
      return taken && { ...taken, axes: taken.axes.toSpliced(axis, 1) };
    }
    default:
      return undefined;
  }
}

function sliced(node: Node, view: View, shape: Shape): View | undefined {
  const { starts, ends, axes, steps } = attributesOf(node) as Record<string, readonly number[]>;
  if (steps.some((step) => step !== 1)) return undefined;
  let made: View | undefined = view;
  for (const [i, start] of starts.entries()) {
    const axis = normalizeAxis(axes[i] ?? i, shape.length);
    const at = (position: number) =>
      Math.min(Math.max(position < 0 ? position + shape[axis] : position, 0), shape[axis]);
    made = made && part(made, axis, at(start), at(ends[i]) - at(start));
  }
  return made;
}

/** By which one number, known in this trial, the node multiplies its input `value`; undefined where it does not. */
export function factorOf(node: Node, value: string, { types, known }: Trial): number | undefined {
  const side = node.inputs.indexOf(value);
  if (node.inputs.length !== 2 || (node.op !== 'mul' && (node.op !== 'div' || side !== 0))) return undefined;
  const factor = known.get(node.inputs[1 - side]);
  const rank = types.get(value)?.shape.length ?? 0;
  if (factor?.data.length !== 1 || factor.shape.length > rank) return undefined;
  return node.op === 'mul' ? factor.data[0] : 1 / factor.data[0];
}

/** What the value is a view of, as far back as it goes. */
export function viewOf(value: string, trial: Trial, scaled: boolean): View | undefined {
  const type = trial.types.get(value);
  const node = trial.makers.get(value);
  if (!type) return undefined;
  if (node && !Object.values(node.attributes).some(isInputRef)) {
    for (const input of scaled ? new Set(node.inputs) : []) {
      const factor = factorOf(node, input, trial);
      const view = factor === undefined ? undefined : viewOf(input, trial, scaled);
      if (view && factor !== undefined) return { ...view, scale: view.scale * factor };
    }
    const before = views.has(node.op) || orders.has(node.op) ? viewOf(node.inputs[0], trial, scaled) : undefined;
    const view = before && through(node, value, before, trial);
    if (view) return view;
  }
  return whole(value, type.shape);
}

const orders = new Set(['transpose', 'slice', 'split', 'gather']);
