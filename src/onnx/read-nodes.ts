/** A GraphProto to a Graph: that of the model, or one in an attribute, which may use values of the graphs around it. */
import type { Constant } from '../formats/constant.ts';
import type { Graph, GraphInput } from '../graph/graph.ts';
import { type Around, capturesOf, readBody } from './bodies.ts';
import { collect, gatherConstants, isConstantNode } from './constants.ts';
import type { ExternalReader } from './external.ts';
import type { FlatGraph, Functions } from './functions.ts';
import { importer } from './import-node.ts';
import type { GraphProto } from './messages.ts';
import { domainOf, labelOf } from './model.ts';
import { ruleOf, runRule } from './run-rule.ts';
import { sortNodes } from './sort.ts';

export interface Reading {
  readonly proto: FlatGraph;
  readonly inputs: readonly GraphInput[];
  /** The inputs whose types are those of every run. */
  readonly typed: readonly GraphInput[];
  readonly constants: ReadonlyMap<string, Constant>;
  /** Opset version by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly problems: string[];
  readonly external: ExternalReader;
  readonly functions: Functions;
  /** Absent for the graph of the model. */
  readonly around?: Around;
}

export interface ReadGraph {
  readonly graph: Graph;
  /** Values of the surrounding graphs, which are inputs behind the graph's own. */
  readonly captures: readonly string[];
}

export function constantsOf(
  proto: GraphProto,
  { problems, external }: Pick<Reading, 'problems' | 'external'>,
): Map<string, Constant> {
  return gatherConstants(
    proto,
    proto.node.map((node, position) => labelOf(node, position).label),
    problems,
    external,
  );
}

export function readNodes(reading: Reading): ReadGraph {
  const { proto, inputs, typed, opsets, problems, around } = reading;
  const names = proto.node.map(labelOf);
  const own = new Set([...reading.constants.keys(), ...inputs.map(({ name }) => name)]);
  const { captures, constants: shared } = capturesOf(proto, own, around);
  const constants = new Map([...reading.constants, ...shared]);
  const known = new Set([...own, ...captures, ...shared.keys()]);
  const positions = proto.node.flatMap((node, position) => (isConstantNode(node) ? [] : [position]));
  const order = sortNodes(
    positions.map((position) => proto.node[position]),
    known,
    positions.map((position) => names[position].label),
    problems,
  ).map((at) => positions[at]);

  const outputs = proto.output.map(({ name }) => name ?? '');
  const taken = new Set([...known, ...proto.node.flatMap(({ output }) => output)]);
  for (const output of outputs)
    if (output === '' || !taken.has(output)) problems.push(`output "${output}" is made nowhere`);
  const has = (name: string) => taken.has(name) || (around?.has(name) ?? false);
  let meant = opsets;
  const building = importer(
    typed,
    constants,
    taken,
    new Set(outputs),
    (bytes, values, label) => readBody(bytes, label, { ...values, has }, { ...reading, opsets: meant }),
    around?.depth,
  );
  for (const position of order) {
    const node = proto.node[position];
    const { name, label } = names[position];
    meant = node.opsets ?? opsets;
    const opset = meant.get(domainOf(node.domain)) ?? 0;
    const rule = ruleOf(node, label, opset, problems);
    if (rule) collect(problems, () => runRule(rule, building.node(node, position, name, label, opset)));
  }
  for (const output of outputs.map(building.resolve))
    if (building.isSequence(output)) problems.push(`output "${output}": want a tensor, got a sequence`);
  const captured = captures.map((name): GraphInput => ({ name, dtype: around?.dtype(name) ?? 'float32', shape: [] }));
  const graph: Graph = {
    name: proto.name ?? '',
    inputs: [...inputs, ...captured],
    outputs: outputs.map(building.resolve),
    constants: usedConstants(
      building.constants,
      building.nodes.flatMap((node) => node.inputs),
      outputs.map(building.resolve),
    ),
    nodes: building.nodes,
    updates: [],
  };
  return { graph, captures };
}

/** Parameters that became attributes, and initializers that nothing uses, are left behind. */
function usedConstants(
  all: ReadonlyMap<string, Constant>,
  inputs: readonly string[],
  outputs: readonly string[],
): Map<string, Constant> {
  const used = new Set([...inputs, ...outputs]);
  return new Map([...all].filter(([name]) => used.has(name)));
}
