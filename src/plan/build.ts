/** Graph and input shapes in, Plan out: infer, choose a kernel per node, convert layouts, fix every offset. */
import { fromDoubles } from '../core/dtype.ts';
import type { Shape } from '../core/shape.ts';
import type { Graph } from '../graph/graph.ts';
import { peakLive, placeInArena } from './arena.ts';
import { lastUses, readersOf, stretch } from './liveness.ts';
import { planNode } from './node.ts';
import type { Buffer, Plan, PlannedValue, Step } from './plan.ts';
import { type Planning, type PlanOptions, typeOf } from './planning.ts';
import { resolve } from './resolve.ts';
import { checkUpdates, planUpdates } from './update.ts';
import { createValues, rowsBytes } from './values.ts';

export function planGraph(open: Graph, shapes: ReadonlyMap<string, Shape>, options: PlanOptions = {}): Plan {
  const updated = new Map(open.updates.map(({ constant, value }) => [value, constant]));
  const mutable = new Set([...(options.mutable ?? []), ...updated.values()]);
  const { graph, types, numbers } = resolve(open, shapes, mutable);
  checkUpdates(graph, types);
  const values = createValues(options.threads);
  const results = new Set(graph.outputs);
  const lastResult = graph.nodes.findLastIndex((node) => node.outputs.some((output) => results.has(output)));
  const [readers, uses] = [readersOf(graph), lastUses(graph)];
  const planning: Planning = { graph, options, types, values, updated, readers, uses, lastResult };

  const inputs = graph.inputs.map(({ name }): PlannedValue => {
    const type = typeOf(types, name);
    const buffer = values.allocate('arena', rowsBytes(type), `${name}@rows`, { first: 0 });
    values.define({ name, type, mutable: false, buffers: new Map([['rows', buffer]]) });
    return { name, type, buffer: buffer.id };
  });
  for (const [name, constant] of graph.constants)
    values.define({ name, type: typeOf(types, name), constant, mutable: mutable.has(name), buffers: new Map() });
  for (const [name, { dtype, shape, data }] of numbers) {
    const buffer = values.place(fromDoubles(dtype, data), `${name}@rows`);
    values.define({ name, type: { dtype, shape }, mutable: false, buffers: new Map([['rows', buffer]]) });
  }
  // Outputs are brought into rows before anything is updated, so that a caller may look at them and refuse the updates.
  for (const [index, node] of graph.nodes.slice(0, lastResult + 1).entries()) planNode(planning, node, index);
  const outputs = graph.outputs.map((name) => planOutput(planning, name));
  for (let index = lastResult + 1; index < graph.nodes.length; index++) planNode(planning, graph.nodes[index], index);
  planUpdates(planning);

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
  const firstUpdate = outlasting < 0 ? steps.length : outlasting;
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
    firstUpdate,
  };
}

function planOutput({ values }: Planning, name: string): PlannedValue {
  const value = values.get(name);
  const { dtype, stored } = value.type;
  // The updated values of a sparse weight have no rows: what is stored is the result.
  if (stored !== undefined && value.buffers.has('values'))
    return { name, type: { dtype, shape: [stored] }, buffer: values.materialize(value, 'values').id };
  return { name, type: value.type, buffer: values.materialize(value, 'rows').id };
}

/** Constants that only the prologue reads need not stay. */
function markStaging(buffers: readonly Buffer[], steps: readonly Step[], outputs: readonly PlannedValue[]): void {
  const needed = new Set(outputs.map(({ buffer }) => buffer));
  for (const step of steps) for (const id of [...step.reads, ...step.writes]) needed.add(id);
  for (const buffer of buffers) if (buffer.place === 'constant' && !needed.has(buffer.id)) buffer.place = 'staging';
}
