import type { Constant } from '../formats/constant.ts';
import { type Graph, type Node, resultsOf } from '../graph/graph.ts';
import { attributesOf, isOpen } from '../ops/call.ts';
import { boolean, numbers } from '../ops/op.ts';
import { removeDead } from './dead.ts';
import { updatedConstants, usesOf } from './rewrite.ts';
import { simplify } from './simplify.ts';
import { symbolicTypes } from './symbolic.ts';
import { behind, broadcasts, composed, isIdentity, type Perm, swapsLast, turnedBack } from './turned.ts';

/** A value that is another one transposed, and the name of the node that says so. */
interface Turned {
  readonly base: string;
  readonly perm: Perm;
  readonly node: string;
}

/**
 * Moves transposes towards the results, behind functions of elements, sums, concatenations, reductions and paddings, where they
 * meet others and cancel, as in models whose exporters wrap every convolution in two transposes:
 *
 *     transpose, relu, transpose back   ->   relu
 *     matmul(a, transpose of b's last two axes)   ->   matmul(a, b) {transposeB}
 *
 * Only where fewer transposes are left in the end.
 */
export function sinkTransposes(graph: Graph): Graph {
  const before = transposesIn(graph);
  if (before === 0) return graph;
  const sunk = removeDead(sink(graph));
  return transposesIn(sunk) < before ? simplify(sunk) : graph;
}

/** Those that move anything. */
function transposesIn({ nodes }: Graph): number {
  return nodes.filter((node) => {
    const perm = node.op === 'transpose' && !isOpen(node) ? numbers(attributesOf(node), 'perm') : undefined;
    return node.op === 'transpose' && !(perm && perm.length > 0 && isIdentity(perm));
  }).length;
}

function sink(graph: Graph): Graph {
  const types = symbolicTypes(graph);
  const updated = updatedConstants(graph);
  const constants = new Map(graph.constants);
  const results = resultsOf(graph);
  const fresh = namesBeside(graph);
  const turned = new Map<string, Turned>();
  /** Turned values that are made all the same, since some reader wants them. */
  const made = new Set<string>();
  const nodes: Node[] = [];

  /** The value as a reader that knows nothing of transposes may name it. */
  const plain = (value: string): string => {
    const found = turned.get(value);
    if (!found || made.has(value)) return value;
    const { base, perm, node } = found;
    if (isIdentity(perm) && !results.has(value)) return base;
    nodes.push({ op: 'transpose', name: node, inputs: [base], outputs: [value], attributes: { perm } });
    made.add(value);
    return value;
  };

  const isAtMost = (value: string, rank: number) => (types.get(value)?.shape.length ?? rank + 1) <= rank;
  const isOne = (value: string, rank: number) => {
    const shape = types.get(value)?.shape;
    return shape !== undefined && shape.length <= rank && shape.every((extent) => extent === 1);
  };

  /** The operand behind a transpose by `perm`, if it can be had there without one. */
  const operandBehind = (node: Node, value: string, perm: Perm): string | undefined => {
    const own = turned.get(value);
    if (value === '' || isOne(value, perm.length)) return value === '' ? value : plain(value);
    if (own)
      return own.perm.length === perm.length && own.perm.every((axis, i) => axis === perm[i]) ? own.base : undefined;
    const constant = constants.get(value);
    if (!broadcasts(node) || constant?.encoding !== 'dense' || updated.has(value)) return undefined;
    return constant.shape.length > perm.length ? undefined : added(constants, fresh, value, turnedBack(constant, perm));
  };

  const sinkInto = (node: Node): boolean => {
    const perm = node.inputs.map((input) => turned.get(input)?.perm).find((found) => found !== undefined);
    const [output] = node.outputs;
    // An operand of more axes would broadcast otherwise.
    if (!perm || isIdentity(perm) || node.inputs.some((input) => input !== '' && !isAtMost(input, perm.length)))
      return false;
    const found = behind(node, perm);
    if (!found) return false;
    const inputs = node.inputs.map((input) => operandBehind(node, input, perm));
    if (!inputs.every((input) => input !== undefined)) return false;
    const base = fresh(`${output}.behind`);
    nodes.push({ ...node, inputs, outputs: [base], attributes: found.attributes });
    turned.set(output, { base, perm: found.perm, node: fresh(`${node.name}/transpose`) });
    return true;
  };

  for (const node of graph.nodes) {
    const [input] = node.inputs;
    if (node.op === 'transpose' && !isOpen(node)) {
      const rank = types.get(input)?.shape.length;
      const perm = permOf(node, rank);
      if (perm) {
        const inner = turned.get(input);
        const joined = inner ? { base: inner.base, perm: composed(inner.perm, perm) } : { base: input, perm };
        turned.set(node.outputs[0], { ...joined, node: node.name });
        continue;
      }
    }
    if (sinkInto(node)) continue;
    const product = intoProduct(node, turned, constants);
    const inputs = product.inputs.map((value, i) => (value === node.inputs[i] ? plain(value) : value));
    nodes.push({ ...product, inputs });
  }
  for (const value of results) plain(value);
  return { ...graph, constants, nodes };
}

function permOf(node: Node, rank: number | undefined): Perm | undefined {
  const perm = numbers(attributesOf(node), 'perm');
  if (perm.length > 0) return perm;
  return rank === undefined ? undefined : Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
}

/** A product of two values reads the last two axes either way. Weights may be sparse, and those kernels read one way. */
function intoProduct(node: Node, turned: ReadonlyMap<string, Turned>, constants: ReadonlyMap<string, Constant>): Node {
  if (node.op !== 'matmul' || isOpen(node) || node.inputs.slice(0, 2).some((input) => constants.has(input)))
    return node;
  const all = attributesOf(node);
  const inputs = [...node.inputs];
  const attributes = { ...node.attributes };
  for (const [i, name] of (['transposeA', 'transposeB'] as const).entries()) {
    const found = turned.get(node.inputs[i]);
    if (!found || !swapsLast(found.perm)) continue;
    inputs[i] = found.base;
    attributes[name] = !boolean(all, name);
  }
  return { ...node, inputs, attributes };
}

function added(
  constants: Map<string, Constant>,
  fresh: (name: string) => string,
  name: string,
  constant: Constant,
): string {
  const own = fresh(`${name}.behind`);
  constants.set(own, constant);
  return own;
}

/** Makes names that neither a value nor a node of the graph has. */
function namesBeside(graph: Graph): (base: string) => string {
  const taken = new Set([...usesOf(graph).keys(), ...graph.constants.keys(), ...graph.nodes.map(({ name }) => name)]);
  for (const { outputs } of graph.nodes) for (const output of outputs) taken.add(output);
  for (const { name } of graph.inputs) taken.add(name);
  return (base) => {
    let name = base;
    for (let i = 1; taken.has(name); i++) name = `${base}.${i}`;
    taken.add(name);
    return name;
  };
}
