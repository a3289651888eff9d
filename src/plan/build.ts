/** Graph and input shapes in, Plan out: infer, choose a kernel per node, convert layouts, fix every offset. */
import { fromDoubles } from '../core/dtype.ts';
import { invariant } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { densified } from '../formats/densify.ts';
import type { Graph, Node } from '../graph/graph.ts';
import type { Match, Operand, Read, Request } from '../kernels/kernel.ts';
import { copyBytes } from '../kernels/update.ts';
import { layoutBytes } from '../kernels/layouts.ts';
import { callOf, opOf } from '../ops/call.ts';
import { inferTypes } from '../ops/infer.ts';
import type { Op, OpCall, TensorType } from '../ops/op.ts';
import { peakLive, placeInArena } from './arena.ts';
import { choose } from './choose.ts';
import { lastUses, stretch } from './liveness.ts';
import type { Buffer, Plan, PlannedValue, Step } from './plan.ts';
import { createValues, homeLayout, operandOf, rowsBytes, type Value } from './values.ts';

export interface PlanOptions {
  /** Constants whose numbers change between runs besides those the graph updates. */
  readonly mutable?: ReadonlySet<string>;
  /** Whether a sparse weight may also be run dense where that is predicted to be faster. */
  readonly allowDense?: boolean;
  /** Only this kernel may run where it fits: for tests and measurements of one kernel. */
  readonly only?: string;
}

export function planGraph(graph: Graph, shapes: ReadonlyMap<string, Shape>, options: PlanOptions = {}): Plan {
  const types = inferTypes(graph, shapes);
  const values = createValues();
  const updated = new Map(graph.updates.map(({ constant, value }) => [value, constant]));
  const mutable = new Set([...(options.mutable ?? []), ...updated.values()]);

  const inputs = graph.inputs.map(({ name }): PlannedValue => {
    const type = typeOf(types, name);
    const buffer = values.allocate('arena', rowsBytes(type), `${name}@rows`, { first: 0 });
    values.define({ name, type, mutable: false, buffers: new Map([['rows', buffer]]) });
    return { name, type, buffer: buffer.id };
  });
  for (const [name, constant] of graph.constants)
    values.define({ name, type: typeOf(types, name), constant, mutable: mutable.has(name), buffers: new Map() });

  const uses = lastUses(graph);
  const lastResult = graph.nodes.findLastIndex((node) => node.outputs.some((output) => graph.outputs.includes(output)));
  for (const [index, node] of graph.nodes.entries()) planNode(node, index);

  const outputs = graph.outputs.map((name): PlannedValue => {
    const value = values.get(name);
    const { dtype, stored } = value.type;
    // The updated values of a sparse weight have no rows: what is stored is the result.
    if (stored !== undefined && value.buffers.has('values'))
      return { name, type: { dtype, shape: [stored] }, buffer: values.materialize(value, 'values').id };
    return { name, type: value.type, buffer: values.materialize(value, 'rows').id };
  });
  for (const { constant, value } of graph.updates) planUpdate(constant, value);

  const { buffers, steps, prologue } = values;
  stretch(
    buffers,
    steps,
    outputs.map(({ buffer }) => buffer),
  );
  const arena = buffers.filter(({ place }) => place === 'arena');
  const arenaBytes = placeInArena(arena);
  markStaging(buffers, steps, outputs);
  const outlasting = steps.findIndex((step) => step.writes.some((id) => buffers[id].place === 'constant'));
  return {
    graph,
    buffers,
    prologue,
    steps,
    inputs,
    outputs,
    types,
    arenaBytes,
    liveBytes: peakLive(arena),
    firstUpdate: outlasting < 0 ? steps.length : outlasting,
  };

  function planNode(node: Node, index: number): void {
    const op = opOf(node);
    const call = callOf(graph, node, types);
    const ins = node.inputs.map((input) => (input === '' ? undefined : values.get(input)));
    const made = op.infer(call).slice(0, node.outputs.length);
    if (op.view) {
      planView(node, ins[0], made[0]);
      return;
    }

    if (ins.every((_, i) => op.shapeOnly?.includes(i))) {
      planKnown(op, call, node, made);
      return;
    }
    const request = requestOf(node, call.attributes, ins, made, false);
    const requests = [request];
    const sparse = ins.some((value) => value?.constant && value.constant.encoding !== 'dense');
    if (sparse && options.allowDense && !ins.some((value) => value?.mutable))
      requests.push(requestOf(node, call.attributes, ins, made, true));
    const price = (_: Request, read: Read) => values.price(required(ins, read.input), read.layout);
    const { chosen, reason } = choose(requests, price, options.only);
    if (!chosen) {
      planHost(op, node, ins, made, reason);
      return;
    }

    const { match, kernel } = chosen;
    const reads = match.reads.map((read) => values.materialize(required(ins, read.input), read.layout));
    const scratch = match.scratchBytes
      ? values.allocate('arena', match.scratchBytes, `${node.name}@scratch`)
      : undefined;
    const table = match.table
      ? values.allocate('table', match.table.byteLength, `${node.name}@table`, { table: match.table })
      : undefined;
    const writes = made.map((type, i) => {
      const output = node.outputs[i];
      const layout = match.writes[i] ?? 'rows';
      const bytes = writeBytes(type, layout);
      const buffer =
        overUpdated(op, node, output, layout, i, index) ??
        (i === 0 ? overInput(match, reads, bytes, index) : undefined) ??
        values.allocate('arena', bytes, `${output || `${node.name}.unused`}@${layout}`);
      if (output !== '') values.define({ name: output, type, mutable: false, buffers: new Map([[layout, buffer]]) });
      return buffer;
    });
    values.steps.push({
      title: node.name,
      op: node.op,
      kernel: kernel.name,
      reads: reads.map((buffer) => buffer.id),
      writes: writes.map((buffer) => buffer.id),
      layouts: { reads: match.reads.map((read) => read.layout), writes: [...match.writes] },
      ...(scratch && { scratch: scratch.id }),
      ...(table && { table: table.id }),
      microseconds: match.microseconds,
      reason,
      match,
    });
  }

  /** The numbers stay where they are; only the shape changes. */
  function planView(node: Node, input: Value | undefined, type: TensorType): void {
    invariant(input, `view ${node.name} has an input`);
    const buffer = values.materialize(input, 'rows');
    values.define({ name: node.outputs[0], type, mutable: input.mutable, buffers: new Map([['rows', buffer]]) });
  }

  /** The op asks for shapes alone: its result is known now, and is placed like a table. */
  function planKnown(op: Op, call: OpCall, node: Node, made: readonly TensorType[]): void {
    op.reference(call, [], made).forEach((result, i) => {
      const type = made[i];
      const output = node.outputs[i];
      const { buffer } = fromDoubles(type.dtype, result);
      const table = new Int32Array(buffer.slice(0, Math.floor(buffer.byteLength / 4) * 4));
      invariant(table.byteLength === buffer.byteLength, `${node.name} gives whole words`);
      const place = values.allocate('table', table.byteLength, `${output}@rows`, { table });
      values.define({ name: output, type, mutable: false, buffers: new Map([['rows', place]]) });
    });
  }

  /** No kernel fits: the op's plain implementation runs in JavaScript. */
  function planHost(
    op: Op,
    node: Node,
    ins: readonly (Value | undefined)[],
    made: readonly TensorType[],
    reason: string,
  ): void {
    const layouts: string[] = [];
    const reads = ins.map((value, i) => {
      const absent = !value || op.shapeOnly?.includes(i);
      const layout = value?.constant && value.mutable ? homeLayout(value) : 'rows';
      layouts.push(absent ? '' : layout);
      if (absent) return -1;
      return values.materialize(value, layout).id;
    });
    const writes = made.map((type, i) => {
      const output = node.outputs[i];
      const buffer = values.allocate('arena', rowsBytes(type), `${output || `${node.name}.unused`}@rows`);
      if (output !== '') values.define({ name: output, type, mutable: false, buffers: new Map([['rows', buffer]]) });
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
      host: { node, call: callOf(graph, node, types), outputs: made },
    });
  }

  /**
   * Writing the new value of a constant straight over the old one: where the op allows it, nobody reads the old one later,
   * and the results are there already, so that a caller may look at them before anything is written.
   */
  function overUpdated(
    op: Op,
    node: Node,
    output: string,
    layout: string,
    i: number,
    index: number,
  ): Buffer | undefined {
    const constant = updated.get(output);
    if (constant === undefined) return undefined;
    const value = values.get(constant);
    const input = op.overwrites?.[i];
    const reader = node.inputs.indexOf(constant);
    const safe = reader < 0 || reader === input;
    if (!safe || index < lastResult || layout !== homeLayout(value)) return undefined;
    const buffer = values.materialize(value, layout);
    return lastRead(buffer) > index ? undefined : buffer;
  }

  /** Taking over the buffer of an input that dies here. */
  function overInput(match: Match, reads: readonly Buffer[], bytes: number, index: number): Buffer | undefined {
    return match.inPlace
      ?.map((at) => reads[at])
      .find((buffer) => {
        const readTwice = reads.some((other, at) => other === buffer && !match.inPlace?.includes(at));
        return buffer.place === 'arena' && buffer.bytes === bytes && !readTwice && lastRead(buffer) <= index;
      });
  }

  /** The last node that reads the buffer, by its own name or through a view. */
  function lastRead(buffer: Buffer): number {
    return Math.max(-1, ...values.holders(buffer).map((name) => uses.get(name) ?? -1));
  }

  function planUpdate(constant: string, name: string): void {
    const target = values.get(constant);
    const layout = homeLayout(target);
    const to = values.materialize(target, layout);
    const value = values.get(name);
    const from = value.buffers.get(layout) ?? values.materialize(value, 'rows');
    if (from === to) return;
    invariant(from.bytes === to.bytes, `update of ${constant} has ${from.bytes} bytes, want ${to.bytes}`);
    const operand = { dtype: value.type.dtype, shape: value.type.shape, layout };
    const match = copyBytes.match({ op: copyBytes.op, attributes: {}, inputs: [operand], outputs: [operand] });
    invariant(typeof match === 'object', 'bytes can always be copied');
    values.steps.push({
      title: constant,
      op: copyBytes.op,
      kernel: copyBytes.name,
      reads: [from.id],
      writes: [to.id],
      layouts: { reads: [layout], writes: [layout] },
      microseconds: match.microseconds,
      reason: 'the new value could not be written in place',
      match,
    });
  }
}

/** Constants that only the prologue reads need not stay. */
function markStaging(buffers: readonly Buffer[], steps: readonly Step[], outputs: readonly PlannedValue[]): void {
  const needed = new Set(outputs.map(({ buffer }) => buffer));
  for (const step of steps) for (const id of [...step.reads, ...step.writes]) needed.add(id);
  for (const buffer of buffers) if (buffer.place === 'constant' && !needed.has(buffer.id)) buffer.place = 'staging';
}

function writeBytes(type: TensorType, layout: string): number {
  if (layout === 'values') return (type.stored ?? 0) * 4;
  return layoutBytes(layout, { ...type, layout });
}

function typeOf(types: ReadonlyMap<string, TensorType>, name: string): TensorType {
  const type = types.get(name);
  invariant(type, `value "${name}" has a type`);
  return type;
}

function required(ins: readonly (Value | undefined)[], input: number): Value {
  const value = ins[input];
  invariant(value, `a kernel reads input ${input}, which is absent`);
  return value;
}

function requestOf(
  node: Node,
  attributes: Request['attributes'],
  ins: readonly (Value | undefined)[],
  made: readonly TensorType[],
  asDense: boolean,
): Request {
  const dense = (operand: Operand): Operand =>
    asDense && operand.constant && operand.constant.encoding !== 'dense'
      ? { ...operand, constant: densified(operand.constant), layout: 'rows' }
      : operand;
  return {
    op: node.op,
    attributes,
    inputs: ins.map((value) => value && dense(operandOf(value))),
    outputs: made.map(({ dtype, shape }) => ({ dtype, shape, layout: 'rows' })),
  };
}
