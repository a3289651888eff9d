/** The part of a graph whose shapes can be told before a run, as a graph that can be planned. */
import type { Shape } from '../core/shape.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { startTypes } from '../ops/infer.ts';
import { inferNode, knownConstants } from '../ops/known.ts';
import { where } from '../ops/op.ts';
import { UnknownNumbersError } from '../ops/unknown.ts';

export interface KnownPart {
  readonly graph: Graph;
  /** Nodes that wait for a run, and why. Those behind them that only wait for these are counted. */
  readonly waiting: readonly string[];
  readonly behind: number;
}

/** Throws UsageError where a node does not fit these shapes. */
export function knownPart(graph: Graph, shapes: ReadonlyMap<string, Shape>): KnownPart {
  const types = startTypes(graph, shapes);
  const known = knownConstants(graph);
  const nodes: Node[] = [];
  const waiting: string[] = [];
  let behind = 0;
  for (const node of graph.nodes) {
    if (node.inputs.some((input) => input !== '' && !types.has(input))) {
      behind++;
      continue;
    }
    try {
      inferNode(graph, node, types, known);
      nodes.push(node);
    } catch (error) {
      if (!(error instanceof UnknownNumbersError)) throw error;
      waiting.push(node.bodies ? `${where(node)} runs graphs of its own` : error.message);
    }
  }
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const kept = new Set(nodes);
  const read = graph.nodes.filter((node) => !kept.has(node)).flatMap(({ inputs }) => inputs);
  const outputs = [...new Set([...graph.outputs, ...read])].filter((value) => made.has(value));
  return { graph: waiting.length === 0 ? graph : { ...graph, nodes, outputs, updates: [] }, waiting, behind };
}
