/**
 * Graphs of nodes on their way out. To us what they take from around them are inputs, by position; in ONNX they use the
 * names of the graphs around, and no name may mean two things where both can be seen.
 */
import { invariant } from '../core/errors.ts';
import type { Constant } from '../formats/constant.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { givenAttributes } from '../ops/call.ts';
import { number, where } from '../ops/op.ts';

/** What a graph sees of those around it, and tells them. */
export interface Scope {
  /** Names that are taken there. */
  readonly visible: ReadonlySet<string>;
  readonly constants: ReadonlyMap<string, Constant>;
  /** The name in the file of a value from around, which is then used. */
  refer(value: string): string;
}

interface Renamed {
  /** Without inputs for what it captures, and without constants that the graphs around hold. */
  readonly body: Graph;
  /** New names by old ones. */
  readonly names: ReadonlyMap<string, string>;
}

export function renamedBody(node: Node, name: string, scope: Scope, fresh: (base: string) => string): Renamed {
  const body = node.bodies?.[name];
  invariant(body, `${where(node)} has a graph ${name}`);
  const names = new Map<string, string>();
  const own = body.inputs.length - capturesOf(node, name).length;
  capturesOf(node, name).forEach((value, i) => {
    names.set(body.inputs[own + i].name, scope.refer(value));
  });
  const constants = new Map<string, Constant>();
  for (const [value, constant] of body.constants)
    if (scope.constants.get(value) === constant) names.set(value, scope.refer(value));
    else constants.set(value, constant);
  const made = [
    ...body.inputs.slice(0, own).map((input) => input.name),
    ...constants.keys(),
    ...body.nodes.flatMap(({ outputs }) => outputs),
  ];
  for (const value of made) if (scope.visible.has(value)) names.set(value, fresh(value));
  const renamed = (value: string) => names.get(value) ?? value;
  const nodes = body.nodes.map((each) => ({
    ...each,
    inputs: each.inputs.map(renamed),
    outputs: each.outputs.map(renamed),
  }));
  const { results, copies } = madeOnce(body.outputs.map(renamed), nodes, fresh);
  return {
    body: {
      name: body.name,
      inputs: body.inputs.slice(0, own).map((input) => ({ ...input, name: renamed(input.name) })),
      outputs: results,
      constants: new Map([...constants].map(([value, constant]) => [renamed(value), constant])),
      nodes: [...nodes, ...copies],
      updates: [],
    },
    names,
  };
}

/** The node's inputs that are there for what the graph takes from around it. */
function capturesOf(node: Node, name: string): readonly string[] {
  if (node.op !== 'if') return node.inputs.slice(node.inputs.length - number(givenAttributes(node), 'captures'));
  const yes = node.bodies?.thenBranch.inputs.length ?? 0;
  return name === 'thenBranch' ? node.inputs.slice(1, 1 + yes) : node.inputs.slice(1 + yes);
}

/** In ONNX nodes of the graph make its outputs, each another one: what comes from elsewhere, or twice, is copied. */
function madeOnce(outputs: readonly string[], nodes: readonly Node[], fresh: (base: string) => string) {
  const made = new Set(nodes.flatMap((node) => node.outputs));
  const copies: Node[] = [];
  const results = outputs.map((output) => {
    if (made.delete(output)) return output;
    const copy = fresh(`${output}.copy`);
    copies.push({ op: 'reshapeLike', name: copy, inputs: [output, output], outputs: [copy], attributes: {} });
    return copy;
  });
  return { results, copies };
}
