/** One node becomes at most one step, and whatever conversions that needs before it. */
import { fromDoubles } from '../core/dtype.ts';
import { sizeOf } from '../core/shape.ts';
import type { Node } from '../graph/graph.ts';
import { layoutBytes } from '../kernels/layouts.ts';
import { callOf, opOf } from '../ops/call.ts';
import type { TensorType } from '../ops/op.ts';
import { type Candidate, type Choice, choose, type Prices } from './choose.ts';
import { costsAfter, layoutsWorthTrying } from './foresight.ts';
import type { Buffer } from './plan.ts';
import { type Planning, required } from './planning.ts';
import { type Asked, requestFor } from './request.ts';
import { overInput, overUpdated } from './reuse.ts';
import { homeLayout, rowsBytes } from './values.ts';

/** A node with everything planning knows of it. */
interface Task extends Asked {
  readonly index: number;
}

/** What shapes alone decide is a table up to this many elements. */
const MAX_TABLE = 2 ** 18;

const elementsOf = (types: readonly TensorType[]) => types.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

const nothing: TensorType = { dtype: 'uint8', shape: [0] };

export function planNode(planning: Planning, node: Node, index: number): void {
  const { graph, types, values, options } = planning;
  const op = opOf(node);
  const call = callOf(graph, node, types);
  const inputs = node.inputs.map((input) => (input === '' ? undefined : values.get(input)));
  // What a dynamic op makes was known once its inputs were: see resolve.ts. Of an output without a name nothing is kept.
  const made = op.dynamic ? node.outputs.map((output) => types.get(output) ?? nothing) : op.infer(call);
  const task: Task = { node, index, call, inputs, made: made.slice(0, node.outputs.length) };

  if (op.view) planView(planning, task);
  else if (inputs.every((_, i) => op.shapeOnly?.includes(i)) && elementsOf(task.made) <= MAX_TABLE)
    planKnown(planning, task);
  else {
    const sparse = inputs.some((value) => value?.constant && value.constant.encoding !== 'dense');
    const layouts = layoutsWorthTrying(planning, node);
    const requests = [undefined, ...layouts].map((layout) => requestFor(planning, task, false, layout));
    if (sparse && options.allowDense && !inputs.some((value) => value?.mutable))
      requests.push(requestFor(planning, task, true));
    const after = costsAfter(planning);
    const prices: Prices = {
      conversion: (read) => values.price(required(inputs, read.input), read.layout),
      ...(layouts.length > 0 && { after: (layout) => after(node.outputs[0], layout) }),
    };
    const choice = choose(requests, prices, options.only ?? options.prefer?.get(node.name));
    if (choice.chosen) planKernel(planning, task, choice.chosen, choice);
    else planHost(planning, task, choice.reason);
  }
}

function planKernel(planning: Planning, task: Task, { match, kernel }: Candidate, choice: Choice): void {
  const { values } = planning;
  const { node, index, inputs, made } = task;
  const reads = match.reads.map((read) => values.materialize(required(inputs, read.input), read.layout));
  const working = values.working(match, node.name);
  const writes = made.map((type, i) => {
    const layout = match.writes[i] ?? 'rows';
    const bytes = layout === 'values' ? (type.stored ?? 0) * 4 : layoutBytes(layout, { ...type, layout });
    const buffer =
      overUpdated(planning, node, i, layout, index) ??
      (i === 0 ? overInput(planning, match, reads, bytes, index) : undefined) ??
      values.allocate('arena', bytes, `${labelOf(node, i)}@${layout}`);
    defineOutput(planning, task, i, layout, buffer);
    return buffer;
  });
  values.steps.push({
    title: node.name,
    op: node.op,
    kernel: kernel.name,
    reads: reads.map(({ id }) => id),
    writes: writes.map(({ id }) => id),
    layouts: { reads: match.reads.map(({ layout }) => layout), writes: [...match.writes] },
    ...working,
    microseconds: match.microseconds,
    reason: choice.reason,
    candidates: [...new Set(choice.candidates.map((candidate) => candidate.kernel.name))],
    match,
  });
}

/** The numbers stay where they are; only the shape changes. */
function planView({ values }: Planning, { node, inputs, made }: Task): void {
  const input = required(inputs, 0);
  const buffer = values.materialize(input, 'rows');
  values.define({ name: node.outputs[0], type: made[0], mutable: input.mutable, buffers: new Map([['rows', buffer]]) });
}

/** The op asks for shapes alone: its result is known now, and is placed like a table. */
function planKnown(planning: Planning, task: Task): void {
  const { call, node, made } = task;
  opOf(node)
    .reference(call, [], made)
    .forEach((result, i) => {
      const place = planning.values.place(fromDoubles(made[i].dtype, result), `${labelOf(node, i)}@rows`);
      defineOutput(planning, task, i, 'rows', place);
    });
}

/** No kernel fits: the op's plain implementation runs in JavaScript. */
function planHost(planning: Planning, task: Task, reason: string): void {
  const { values } = planning;
  const { node, call, inputs, made } = task;
  const { shapeOnly } = opOf(node);
  const layouts = inputs.map((value, i) => {
    if (!value || shapeOnly?.includes(i)) return '';
    return value.constant && value.mutable ? homeLayout(value) : 'rows';
  });
  const reads = layouts.map((layout, i) => (layout ? values.materialize(required(inputs, i), layout).id : -1));
  const writes = made.map((type, i) => {
    const buffer = values.allocate('arena', rowsBytes(type), `${labelOf(node, i)}@rows`);
    defineOutput(planning, task, i, 'rows', buffer);
    return buffer.id;
  });
  values.steps.push({
    title: node.name,
    op: node.op,
    kernel: 'reference',
    reads,
    writes,
    layouts: { reads: layouts, writes: made.map(() => 'rows') },
    microseconds: made.reduce((sum, type) => sum + rowsBytes(type), 0) / 100,
    reason: `in JavaScript: ${reason}`,
    host: { node, call, outputs: made },
  });
}

function defineOutput({ values }: Planning, { node, made }: Task, i: number, layout: string, buffer: Buffer): void {
  const name = node.outputs[i];
  if (name !== '') values.define({ name, type: made[i], mutable: false, buffers: new Map([[layout, buffer]]) });
}

function labelOf(node: Node, i: number): string {
  return node.outputs[i] || `${node.name}.unused${i}`;
}
