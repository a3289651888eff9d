/** A Graph to a GraphProto: that of the model, or one that a node runs, which names values of the graphs around it. */
import { densified } from '../formats/densify.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { where } from '../ops/op.ts';
import { type OpenType, typesOfBody } from '../ops/open-types.ts';
import { exportType } from './data-types.ts';
import { exporter } from './export-node.ts';
import { GraphProto, type SparseTensorDraft, type TensorDraft, type ValueInfoDraft } from './messages.ts';
import { exportRules } from './rules/table.ts';
import type { DraftOf } from './schema.ts';
import { writeSparseTensor } from './sparse-tensor.ts';
import { writeTensor } from './tensor.ts';
import { writeMessage } from './wire-writer.ts';
import { renamedBody, type Scope } from './write-body.ts';

export interface Writing {
  /** Of the values of the graph. */
  readonly types: ReadonlyMap<string, OpenType>;
  /** Write sparse-encoded constants as sparse_initializer. */
  readonly sparse: boolean;
  /** Names of values anywhere in the model; grows. */
  readonly values: Set<string>;
  /** What is wrong; grows. */
  readonly refused: string[];
  /** Absent for the graph of the model. */
  readonly around?: Scope;
}

type GraphDraft = DraftOf<(typeof GraphProto)['fields']>;

export function graphDraft(graph: Graph, writing: Writing): GraphDraft {
  const { types, refused, values, around } = writing;
  const used = new Set<string>();
  const out = exporter({ graph, types, values, body: (node, name) => writeMessage(GraphProto, bodyDraft(node, name)) });
  const own = new Set(namesOf(graph));

  // A constant that is itself an output goes in under another name: ONNX wants outputs to be made by nodes.
  const renamed = new Map<string, string>();
  for (const output of graph.outputs) {
    if (!graph.constants.has(output)) continue;
    const inner = out.fresh(`${output}.value`);
    renamed.set(output, inner);
    out.rename(inner, output);
  }
  const named = (value: string) => renamed.get(value) ?? value;
  const scope: Scope = {
    visible: new Set([...(around?.visible ?? []), ...own]),
    constants: new Map([...(around?.constants ?? []), ...graph.constants]),
    refer(value) {
      if (around && !own.has(value)) return around.refer(value);
      used.add(named(value));
      return named(value);
    },
  };

  function bodyDraft(node: Node, name: string): GraphDraft {
    const { body, names } = renamedBody(node, name, scope, out.fresh);
    const found = typesOfBody(
      node,
      name,
      node.inputs.map((input) => types.get(input)),
    );
    const bodyTypes = new Map([...found].map(([value, type]) => [names.get(value) ?? value, type]));
    return graphDraft(body, { ...writing, types: bodyTypes, around: scope });
  }

  for (const node of graph.nodes) {
    const rule = Object.hasOwn(exportRules, node.op) ? exportRules[node.op] : undefined;
    if (rule) rule(out.node(node));
    else refused.push(`${where(node)}: the op has no ONNX counterpart`);
  }
  const nodes = out.nodes.map((node) => ({ ...node, input: (node.input as readonly string[]).map(named) }));
  for (const { input } of nodes) for (const value of input) used.add(value);

  const initializer: TensorDraft[] = [];
  const sparseInitializer: SparseTensorDraft[] = [];
  for (const [name, constant] of [...graph.constants, ...out.constants]) {
    const inner = named(name);
    if (!used.has(inner)) continue;
    if (writing.sparse && constant.encoding !== 'dense') sparseInitializer.push(writeSparseTensor(inner, constant));
    else initializer.push(writeTensor(inner, densified(constant)));
  }
  return {
    node: nodes,
    name: graph.name || 'graph',
    initializer,
    sparseInitializer,
    input: graph.inputs.map(({ name, dtype }) => valueInfo(name, types.get(name) ?? { dtype })),
    output: graph.outputs.map((name) => {
      const type = types.get(name);
      // A graph in an attribute may leave the types of its outputs to inference.
      if (!type && !around) refused.push(`output "${name}": its element type must be known before a run for an export`);
      return type ? valueInfo(name, type) : { name };
    }),
  };
}

/** Names that the graph makes or is given. */
export function namesOf({ inputs, constants, nodes }: Graph): string[] {
  return [...inputs.map(({ name }) => name), ...constants.keys(), ...nodes.flatMap(({ outputs }) => outputs)];
}

/** An extent that depends on symbols in a way that has no name is left open, and so is a shape that follows from a run. */
function valueInfo(name: string, { dtype, shape }: OpenType): ValueInfoDraft {
  const dim = shape?.map((extent) => {
    if (typeof extent === 'number') return { dimValue: extent };
    return extent.startsWith('?') ? {} : { dimParam: extent };
  });
  return { name, type: { tensorType: { elemType: exportType(dtype), ...(dim && { shape: { dim } }) } } };
}
