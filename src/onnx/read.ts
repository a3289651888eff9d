/** ONNX bytes to a Graph. */
import { ModelError, UsageError } from '../core/errors.ts';
import type { Constant } from '../formats/constant.ts';
import type { Graph } from '../graph/graph.ts';
import { inferTypes } from '../ops/infer.ts';
import { verify } from '../ops/verify.ts';
import { attributeProblems } from './attributes.ts';
import { collect, gatherConstants, isConstantNode } from './constants.ts';
import { importer } from './import-node.ts';
import type { ImportNode, ImportRule } from './import-rule.ts';
import { type FixedDims, readInputs } from './inputs.ts';
import { ModelProto, type NodeProto } from './messages.ts';
import { domainOf, frameOf, labelOf } from './model.ts';
import { importRules } from './rules/table.ts';
import { sortNodes } from './sort.ts';
import { readMessage } from './wire.ts';

export interface ReadOnnxOptions {
  /** Numbers for symbolic extents of the inputs, e.g. `{ batch: 1 }`. */
  readonly dims?: FixedDims;
}

/**
 * Reads an ONNX model (IR version 3 to 13, opset 7 to 21) into a graph. Value and node names are the file's; nodes without a name
 * are called by their op and position. Constant nodes and initializers become constants; float16 and double become float32.
 *
 * Throws ModelError: at the first broken byte, with its position; or, once the file is decoded, with every op, attribute, type
 * and wiring that is wrong or not supported. Throws UsageError when `dims` names no symbol of the inputs.
 */
export function readOnnx(bytes: Uint8Array, { dims = {} }: ReadOnnxOptions = {}): Graph {
  const problems: string[] = [];
  const { graph, opsets } = frameOf(readMessage(ModelProto, bytes), problems);
  const names = graph.node.map(labelOf);
  const labels = names.map(({ label }) => label);
  const constants = gatherConstants(graph, labels, problems);
  const inputs = readInputs(graph.input, constants, dims, problems);
  const outputs = graph.output.map(({ name }) => name ?? '');

  const known = new Set([...constants.keys(), ...inputs.map(({ name }) => name)]);
  const positions = graph.node.flatMap((node, position) => (isConstantNode(node) ? [] : [position]));
  const order = sortNodes(
    positions.map((position) => graph.node[position]),
    known,
    positions.map((position) => labels[position]),
    problems,
  ).map((at) => positions[at]);

  const taken = new Set([...known, ...graph.node.flatMap(({ output }) => output)]);
  for (const output of outputs)
    if (output === '' || !taken.has(output)) problems.push(`output "${output}" is made nowhere`);
  const building = importer(inputs, constants, taken, new Set(outputs));
  for (const position of order) {
    const node = graph.node[position];
    const { name, label } = names[position];
    const opset = opsets.get(domainOf(node.domain)) ?? 0;
    const rule = ruleOf(node, label, opset, problems);
    if (rule) collect(problems, () => runRule(rule, building.node(node, position, name, label, opset)));
  }
  if (problems.length > 0) throw new ModelError(problems);
  const read: Graph = {
    name: graph.name ?? '',
    inputs,
    outputs,
    constants: usedConstants(
      building.constants,
      building.nodes.flatMap((node) => node.inputs),
      outputs,
    ),
    nodes: building.nodes,
    updates: [],
  };
  return checkTypes(verify(read));
}

/** The rule for a node whose domain, opset and attributes it can serve; what is missing is added to `problems`. */
function ruleOf(node: NodeProto, label: string, opset: number, problems: string[]): ImportRule | undefined {
  const domain = domainOf(node.domain);
  const rules = importRules.get(domain);
  const opType = node.opType ?? '';
  if (!rules || !Object.hasOwn(rules, opType)) {
    problems.push(`${label}: the op ${domain ? `${domain}.` : ''}${opType} is not supported`);
    return undefined;
  }
  const rule = rules[opType];
  const before = problems.length;
  if (domain !== '' && opset === 0) problems.push(`${label}: the model does not say which opset of ${domain} it uses`);
  if (domain === '' && rule.since !== undefined && opset < rule.since)
    problems.push(`${label}: ${opType} came with opset ${rule.since}, the model uses ${opset}`);
  if (node.overload) problems.push(`${label}: overloads of functions are not supported, got ${node.overload}`);
  for (const problem of attributeProblems(node.attribute, rule.attributes ?? {}, label)) problems.push(problem);
  return problems.length === before ? rule : undefined;
}

function runRule(rule: ImportRule, node: ImportNode): void {
  const [min, max] = rule.inputs;
  const { inputs, outputs } = node;
  const absent = inputs.slice(0, max === Number.POSITIVE_INFINITY ? inputs.length : min).includes('');
  if (inputs.length < min || inputs.length > max || absent)
    node.reject(
      `want ${min === max ? min : `${min} to ${max}`} inputs, got (${inputs.map((input) => input || '_').join(', ')})`,
    );
  if (outputs.length < 1 || outputs.length > (rule.outputs ?? 1))
    node.reject(`want 1 to ${rule.outputs ?? 1} outputs, got (${outputs.map((output) => output || '_').join(', ')})`);
  rule.run(node);
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

/** Where every extent is a number, the shapes either fit or the model is wrong. Open ones are checked when they are known. */
function checkTypes(graph: Graph): Graph {
  const shapes = new Map<string, number[]>();
  for (const { name, shape } of graph.inputs) {
    const fixed = shape.filter((dim) => typeof dim === 'number');
    if (fixed.length < shape.length) return graph;
    shapes.set(name, fixed);
  }
  try {
    inferTypes(graph, shapes);
  } catch (error) {
    if (error instanceof UsageError) throw new ModelError(error.message, { cause: error });
    throw error;
  }
  return graph;
}
