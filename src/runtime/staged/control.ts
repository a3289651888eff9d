/** If, Loop and Scan, one pass after the other. */
import { allocate } from '../../core/dtype.ts';
import { UsageError } from '../../core/errors.ts';
import { format, sameShape, sizeOf } from '../../core/shape.ts';
import type { Node } from '../../graph/graph.ts';
import { attributesOf } from '../../ops/call.ts';
import { number, numbers, where } from '../../ops/op.ts';
import { type AnyTensor, Tensor } from '../tensor.ts';
import type { Budget } from './budget.ts';
import { type RunGraph, runBody } from './host.ts';

type Inputs = readonly (AnyTensor | undefined)[];

export function runIf(node: Node, [condition, ...captures]: Inputs, run: RunGraph): AnyTensor[] {
  const yes = node.bodies?.thenBranch.inputs.length ?? 0;
  return truth(node, condition)
    ? runBody(node, 'thenBranch', captures.slice(0, yes), run)
    : runBody(node, 'elseBranch', captures.slice(yes), run);
}

export function runLoop(node: Node, [trips, condition, ...rest]: Inputs, run: RunGraph, budget: Budget): AnyTensor[] {
  const most = trips ? Number(trips.data[0]) : Number.POSITIVE_INFINITY;
  const values = rest.length - number(attributesOf(node), 'captures');
  const scanned = outputsOf(node) - 1 - values;
  let carried = rest.slice(0, values);
  const captures = rest.slice(values);
  const stacks = Array.from({ length: scanned }, (): AnyTensor[] => []);
  let go = condition ? truth(node, condition) : true;
  let held = 0;
  for (let i = 0; i < most && go; i++) {
    budget.pass(node, condition || most === Number.POSITIVE_INFINITY ? 1 : most - i);
    const iteration = new Tensor('int64', BigInt64Array.of(BigInt(i)), []);
    const going = new Tensor('bool', Uint8Array.of(1), []);
    const [next, ...made] = runBody(node, 'body', [iteration, going, ...carried, ...captures], run);
    go = truth(node, next);
    carried = made.slice(0, carried.length);
    held = budget.hold(node, held, made.slice(carried.length));
    stacks.forEach((stack, k) => stack.push(made[carried.length + k]));
  }
  return [
    ...(carried as AnyTensor[]),
    ...stacks.map((stack, k) => stacked(node, stack, 0, false, node.outputs[carried.length + k])),
  ];
}

export function runScan(node: Node, inputs: Inputs, run: RunGraph, budget: Budget): AnyTensor[] {
  const attributes = attributesOf(node);
  const list = (name: string, i: number) => numbers(attributes, name)[i] ?? 0;
  const slices = number(attributes, 'slices');
  const states = inputs.length - slices - number(attributes, 'captures');
  let state = inputs.slice(0, states);
  const scanned = inputs.slice(states, states + slices) as AnyTensor[];
  const captures = inputs.slice(states + slices);
  const axes = scanned.map(({ dims }, i) => axisIn(list('inputAxes', i), dims.length));
  const length = scanned[0].dims[axes[0]];
  if (scanned.some(({ dims }, i) => dims[axes[i]] !== length))
    throw new UsageError(
      `${where(node)}: want slices of equally many steps, got ${scanned.map(({ dims }) => format(dims)).join(', ')}`,
    );
  const stacks = Array.from({ length: outputsOf(node) - states }, (): AnyTensor[] => []);
  let held = 0;
  for (let step = 0; step < length; step++) {
    budget.pass(node, length - step);
    const parts = scanned.map((tensor, i) =>
      sliceOf(tensor, axes[i], list('inputDirections', i) ? length - 1 - step : step),
    );
    const made = runBody(node, 'body', [...state, ...parts, ...captures], run);
    state = made.slice(0, states);
    held = budget.hold(node, held, made.slice(states));
    stacks.forEach((stack, k) => stack.push(made[states + k]));
  }
  return [
    ...(state as AnyTensor[]),
    ...stacks.map((stack, k) =>
      stacked(node, stack, list('outputAxes', k), list('outputDirections', k) === 1, node.outputs[states + k]),
    ),
  ];
}

const outputsOf = ({ bodies }: Node) => bodies?.body.outputs.length ?? 0;

function truth(node: Node, condition: AnyTensor | undefined): boolean {
  if (condition?.data.length !== 1)
    throw new UsageError(`${where(node)}: want one condition, got ${condition ? format(condition.dims) : 'none'}`);
  return Number(condition.data[0]) !== 0;
}

const axisIn = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

/** One position along an axis, which goes. */
function sliceOf({ type, dims, data }: AnyTensor, axis: number, position: number): AnyTensor {
  const outer = sizeOf(dims.slice(0, axis));
  const inner = sizeOf(dims.slice(axis + 1));
  const part = allocate(type, outer * inner);
  for (let i = 0; i < outer; i++) {
    const from = (i * dims[axis] + position) * inner;
    part.set((data as Float32Array).subarray(from, from + inner) as never, i * inner);
  }
  return new Tensor(type as 'float32', part as Float32Array, [...dims.slice(0, axis), ...dims.slice(axis + 1)]);
}

/** Tensors of one shape along a new axis. */
function stacked(node: Node, parts: readonly AnyTensor[], axis: number, reversed: boolean, name: string): AnyTensor {
  const [first] = parts;
  if (!first) throw new UsageError(`${where(node)}: want at least one pass where "${name}" is scanned, got none`);
  if (parts.some(({ dims }) => !sameShape(dims, first.dims)))
    throw new UsageError(
      `${where(node)}: want "${name}" of one shape in every pass, got ${parts.map(({ dims }) => format(dims)).join(', ')}`,
    );
  const at = axisIn(axis, first.dims.length + 1);
  const outer = sizeOf(first.dims.slice(0, at));
  const inner = sizeOf(first.dims.slice(at));
  const whole = allocate(first.type, parts.length * first.data.length);
  parts.forEach(({ data }, i) => {
    const place = reversed ? parts.length - 1 - i : i;
    for (let o = 0; o < outer; o++)
      whole.set(
        (data as Float32Array).subarray(o * inner, (o + 1) * inner) as never,
        (o * parts.length + place) * inner,
      );
  });
  const dims = [...first.dims.slice(0, at), parts.length, ...first.dims.slice(at)];
  return new Tensor(first.type as 'float32', whole as Float32Array, dims);
}
