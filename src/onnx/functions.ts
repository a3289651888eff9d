/** Model-local functions: every call is replaced by the nodes of the function, with names of their own, before rules run. */
import { ModelError } from '../core/errors.ts';
import { MAX_DEPTH } from '../ops/verify-bodies.ts';
import { collect } from './constants.ts';
import { type AttributeProto, type FunctionProto, GraphProto, type NodeProto } from './messages.ts';
import { domainOf, labelOf, opsetsOf } from './model.ts';
import { readMessage } from './wire.ts';
import { writeMessage } from './wire-writer.ts';

/** A node, with the opsets by which it is meant if these are not those of the model. */
export interface FlatNode extends NodeProto {
  readonly opsets?: ReadonlyMap<string, number>;
}

export interface FlatGraph extends GraphProto {
  readonly node: readonly FlatNode[];
}

export type Functions = ReadonlyMap<string, FunctionProto>;

/** Functions that call functions may double with every level. */
const MAX_NODES = 2 ** 17;

const keyOf = (domain: string | undefined, name: string | undefined, overload: string | undefined) =>
  JSON.stringify([domainOf(domain), name ?? '', overload ?? '']);

export function functionsOf(functions: readonly FunctionProto[], problems: string[]): Functions {
  const found = new Map<string, FunctionProto>();
  for (const each of functions) {
    const key = keyOf(each.domain, each.name, each.overload);
    if (found.has(key)) problems.push(`model: the function ${titleOf(each)} is given twice`);
    found.set(key, each);
  }
  return found;
}

const titleOf = ({ domain, name = '' }: FunctionProto) => (domainOf(domain) ? `${domainOf(domain)}.${name}` : name);

/** The graph with the nodes of functions in place of their calls. */
export function withoutCalls(graph: GraphProto, functions: Functions, problems: string[]): FlatGraph {
  if (functions.size === 0) return graph;
  const flat: FlatNode[] = [];
  const scopes = new Set<string>();
  const put = (node: FlatNode, name: string, path: readonly string[]) => {
    const key = keyOf(node.domain, node.opType, node.overload);
    const called = functions.get(key);
    if (flat.length > MAX_NODES) return;
    if (!called) {
      flat.push(node);
      return;
    }
    const what = `${titleOf(called)} "${name}"`;
    if (path.includes(key)) throw new ModelError(`${what}: the function calls itself`);
    if (path.length > MAX_DEPTH)
      throw new ModelError(`${what}: want at most ${MAX_DEPTH} functions in each other, got more`);
    let scope = name;
    for (let i = 1; scopes.has(scope); i++) scope = `${name}.${i}`;
    scopes.add(scope);
    for (const [inner, innerName] of expanded(node, called, scope, what)) put(inner, innerName, [...path, key]);
  };
  for (const [position, node] of graph.node.entries())
    collect(problems, () => put(node, labelOf(node, position).name, []));
  if (flat.length > MAX_NODES)
    throw new ModelError(`model: want at most ${MAX_NODES} nodes with functions written out, got more`);
  return { ...graph, node: flat };
}

/** The nodes of a function for one call, each with its name. */
function expanded(call: FlatNode, called: FunctionProto, scope: string, what: string): (readonly [FlatNode, string])[] {
  const { input, output, attribute, attributeProto, node, opsetImport } = called;
  if (call.input.length > input.length || call.output.length > output.length)
    throw new ModelError(
      `${what}: want at most ${input.length} inputs and ${output.length} outputs, got ${call.input.length} and ${call.output.length}`,
    );
  const values = new Map<string, string>([['', '']]);
  input.forEach((name, i) => {
    values.set(name, call.input[i] ?? '');
  });
  const passedOn: NodeProto[] = [];
  output.forEach((name, i) => {
    const result = call.output[i] || `${scope}/${name}`;
    const given = values.get(name);
    if (given === undefined) values.set(name, result);
    else passedOn.push({ ...identity, input: [given], output: [result] });
  });
  const rename: Rename = (name, local) => (local && name !== '' ? undefined : values.get(name)) ?? `${scope}/${name}`;
  const declared = new Set([...attribute, ...attributeProto.map(({ name = '' }) => name)]);
  for (const { name = '' } of call.attribute)
    if (!declared.has(name))
      throw new ModelError(
        `${what}: attribute ${name} is not one of the function's: ${[...declared].join(', ') || 'none'}`,
      );
  const given = new Map([...attributeProto, ...call.attribute].map((each) => [each.name ?? '', each]));
  const problems: string[] = [];
  const opsets = opsetsOf(opsetImport, what, problems);
  if (problems.length > 0) throw new ModelError(problems);
  const made = node.map((inner, position): readonly [FlatNode, string] => {
    const name = `${scope}/${labelOf(inner, position).name}`;
    return [{ ...renamed({ ...inner, name }, rename, given, 0), opsets }, name];
  });
  const names = passedOn.map((_, i) => `${scope}/Identity.out${i}`);
  return [...made, ...passedOn.map((each, i) => [{ ...each, name: names[i], opsets }, names[i]] as const)];
}

const identity: NodeProto = {
  ...{ name: undefined, opType: 'Identity', domain: undefined, overload: undefined },
  ...{ input: [], output: [], attribute: [] },
};

/** The name of a function's value in the graph of the call; `local`: of one that a graph in the function makes. */
type Rename = (name: string, local?: boolean) => string;

/** The node with other names of values, and with what its attributes refer to. */
function renamed(
  node: NodeProto,
  rename: Rename,
  given: ReadonlyMap<string, AttributeProto>,
  depth: number,
): NodeProto {
  const attribute = node.attribute.flatMap((each): AttributeProto[] => {
    const { name, refAttrName, g } = each;
    if (refAttrName) {
      const value = given.get(refAttrName);
      // An attribute that the call leaves out is left out here as well.
      return value ? [{ ...value, name }] : [];
    }
    return [g ? { ...each, g: renamedGraph(g, rename, given, depth + 1) } : each];
  });
  const names = (list: readonly string[]) => list.map((name) => rename(name));
  return { ...node, attribute, input: names(node.input), output: names(node.output) };
}

/** A graph in an attribute. What it makes itself gets a name of the call too: its own may be one from around the call. */
function renamedGraph(
  bytes: Uint8Array,
  rename: Rename,
  given: ReadonlyMap<string, AttributeProto>,
  depth: number,
): Uint8Array {
  if (depth > MAX_DEPTH) throw new ModelError(`graphs in attributes: want at most ${MAX_DEPTH} levels, got more`);
  const graph = readMessage(GraphProto, bytes);
  const own = new Set([
    ...graph.input.map(({ name }) => name ?? ''),
    ...graph.initializer.map(({ name }) => name ?? ''),
    ...graph.sparseInitializer.map(({ values }) => values?.name ?? ''),
    ...graph.node.flatMap(({ output }) => output),
  ]);
  const inner: Rename = (name, local) => rename(name, local || own.has(name));
  const called = <T extends { readonly name: string | undefined }>(each: T): T => ({
    ...each,
    name: inner(each.name ?? ''),
  });
  return writeMessage(GraphProto, {
    ...graph,
    node: graph.node.map((node) => renamed(node, inner, given, depth)),
    input: graph.input.map(called),
    output: graph.output.map(called),
    initializer: graph.initializer.map(called),
    sparseInitializer: graph.sparseInitializer.map((each) => ({ ...each, values: each.values && called(each.values) })),
  });
}
