/**
 * Runs graphs that no single plan can hold: what follows from the numbers of a run divides it into stages. Each is planned
 * when the shapes it depends on are known, and kept for the next run that looks the same.
 *
 *     nodes   ── plan ──┐ NonZero ┌──── plan ────┐ Loop ┌─ plan ─
 *                 stage │  host   │    stage     │ host │  stage
 */
import type { Constant } from '../../formats/constant.ts';
import type { Graph } from '../../graph/graph.ts';
import { bindSymbols } from '../../ops/infer.ts';
import { checkFeeds, checkFetch, type Executor, type Feeds, type Fetches } from '../executor.ts';
import type { AnyTensor } from '../tensor.ts';
import { type Budget, createBudget } from './budget.ts';
import { constantTensor, runHostNode } from './host.ts';
import { cutStage, runsOnHost, type Stage } from './stage.ts';

export type Tensors = Map<string, AnyTensor>;

/** Stages kept per graph; the least recently used one goes first. */
const MAX_STAGES = 64;

export interface StagedRunner {
  run(graph: Graph, feeds: Feeds): Tensors;
}

interface Cut {
  readonly stages: Map<string, Stage>;
  /** Values whose numbers decide shapes. */
  readonly wanted: Set<string>;
  /** Per value the last node that reads it, if only its shape; results are read after the last node. */
  readonly lastReads: ReadonlyMap<string, number>;
}

/** @param maxBytes cap on what loops may heap up outside of the executor's memory */
export function stagedRunner(executor: Executor, maxBytes?: number): StagedRunner {
  const cuts = new WeakMap<Graph, Cut>();
  const naming = constantNames();

  function cutsOf(graph: Graph): Cut {
    const found = cuts.get(graph) ?? { stages: new Map(), wanted: new Set<string>(), lastReads: lastReadsOf(graph) };
    cuts.set(graph, found);
    return found;
  }

  function stageAt(graph: Graph, start: number, tensors: Tensors): Stage {
    const cut = cutsOf(graph);
    const { stages, wanted } = cut;
    const key = keyOf(start, tensors, cut);
    const found = stages.get(key);
    const stage = found ?? named(cutStage(graph, start, { tensors, wanted }));
    // Cutting may have found more values that matter.
    const settled = found ? key : keyOf(start, tensors, cut);
    stages.delete(settled);
    stages.set(settled, stage);
    if (stages.size > MAX_STAGES) {
      const oldest = stages.keys().next().value as string;
      const { graph: gone } = stages.get(oldest) as Stage;
      if (gone) executor.release(gone);
      stages.delete(oldest);
    }
    return stage;
  }

  /** The executor keeps constants by name: equal names must be equal constants, in all stages and bodies. */
  function named(stage: Stage): Stage {
    return stage.graph ? { ...stage, graph: naming(stage.graph) } : stage;
  }

  function runGraph(graph: Graph, feeds: Feeds, budget: Budget): Tensors {
    const inner = (body: Graph, given: Feeds) => runGraph(body, given, budget);
    const tensors: Tensors = new Map(Object.entries(feeds));
    for (let at = 0; at < graph.nodes.length; ) {
      if (!runsOnHost(graph.nodes[at])) {
        const { graph: stage, end } = stageAt(graph, at, tensors);
        if (stage) runStage(stage, tensors);
        at = end;
      }
      if (at === graph.nodes.length) break;
      const node = graph.nodes[at++];
      const inputs = node.inputs.map((name) => tensors.get(name) ?? constantTensor(graph.constants.get(name)));
      runHostNode(node, inputs, inner, budget).forEach((tensor, i) => {
        if ((node.outputs[i] ?? '') !== '') tensors.set(node.outputs[i], tensor);
      });
    }
    return new Map(
      graph.outputs.map((name) => [
        name,
        (tensors.get(name) ?? constantTensor(graph.constants.get(name))) as AnyTensor,
      ]),
    );
  }

  function runStage(stage: Graph, tensors: Tensors): void {
    const feeds = Object.fromEntries(stage.inputs.map(({ name }) => [name, tensors.get(name) as AnyTensor]));
    for (const [name, tensor] of Object.entries(executor.run(stage, feeds))) tensors.set(name, tensor);
  }

  return { run: (graph, feeds) => runGraph(graph, feeds, createBudget(maxBytes)) };
}

/** One run of a session's graph, with the checks that a plan would make. */
export function runStaged(runner: StagedRunner, graph: Graph, feeds: Feeds, into: Fetches): Record<string, AnyTensor> {
  bindSymbols(graph, checkFeeds(graph, feeds));
  const results: Record<string, AnyTensor> = {};
  for (const [name, tensor] of runner.run(graph, feeds)) {
    const given = into[name];
    checkFetch(name, { dtype: tensor.type, shape: tensor.dims }, given);
    given?.data.set(tensor.data as never);
    results[name] = given ?? tensor;
  }
  return results;
}

/** Renames constants that have the name of another one. */
function constantNames(): (graph: Graph) => Graph {
  const owners = new Map<string, Constant>();
  return (graph) => {
    const names = new Map<string, string>();
    const constants = new Map<string, Constant>();
    for (const [name, constant] of graph.constants) {
      let unique = name;
      for (let i = 1; owners.has(unique) && owners.get(unique) !== constant; i++) unique = `${name}#${i}`;
      owners.set(unique, constant);
      names.set(name, unique);
      constants.set(unique, constant);
    }
    const rename = (value: string) => names.get(value) ?? value;
    const nodes = graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(rename) }));
    return { ...graph, constants, nodes, outputs: graph.outputs };
  };
}

function lastReadsOf({ nodes, outputs }: Graph): Map<string, number> {
  const reads = new Map<string, number>();
  nodes.forEach(({ inputs }, position) => {
    for (const input of inputs) reads.set(input, position);
  });
  for (const output of outputs) reads.set(output, nodes.length);
  return reads;
}

/** What a stage depends on: where it starts, the types of what it may read, and the numbers that decide shapes. */
function keyOf(start: number, tensors: Tensors, { wanted, lastReads }: Cut): string {
  const parts = [String(start)];
  for (const [name, { type, dims, data }] of tensors) {
    if ((lastReads.get(name) ?? -1) < start) continue;
    parts.push(`${name}:${type}[${dims}]${wanted.has(name) ? `=${(data as Float32Array).join()}` : ''}`);
  }
  return parts.join('|');
}
