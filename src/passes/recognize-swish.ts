import type { Graph, Node } from '../graph/graph.ts';
import { attributesOf } from '../ops/call.ts';
import { besides, close, type Spelling, scaleBeside, spellingOf } from './spelling.ts';

/** What a node computes, as one op of one value. */
interface Found {
  readonly op: 'swish' | 'hardSigmoid' | 'hardSwish';
  readonly x: string;
  readonly attributes: Node['attributes'];
}

/** One of these is in all that is found. */
const gates = new Set(['sigmoid', 'hardSigmoid', 'clip']);

/**
 * Finds what exporters spell out: x * sigmoid(alpha * x) (swish, SiLU), clip(x + 3, 0, 6) / 6 (hardSigmoid), and x times
 * that (hardSwish; Howard et al. 2019). What it was made of stays for removeDead, should others read it.
 */
export function recognizeSwish(graph: Graph): Graph {
  if (!graph.nodes.some(({ op }) => gates.has(op))) return graph;
  const spelling = spellingOf(graph);
  // A gate that has been found is the gate of what is found next.
  const replaced = new Map<Node, Node>();
  const maker = (value: string) => {
    const node = spelling.maker(value);
    return node && (replaced.get(node) ?? node);
  };
  for (const node of graph.nodes) {
    const found = match(node, { ...spelling, maker });
    if (found) replaced.set(node, { ...node, op: found.op, inputs: [found.x], attributes: found.attributes });
  }
  if (replaced.size === 0) return graph;
  return { ...graph, nodes: graph.nodes.map((node) => replaced.get(node) ?? node) };
}

function match(node: Node, spelling: Spelling): Found | undefined {
  return asSixth(node, spelling) ?? asGated(node, spelling);
}

/** A value divided by six: clip(x + 3, 0, 6), or x times that. */
function asSixth(node: Node, spelling: Spelling): Found | undefined {
  const value = node.inputs.find((input) => close(scaleBeside(node, input, input, spelling), 1 / 6));
  const inner = value === undefined ? undefined : spelling.maker(value);
  if (!inner) return undefined;
  const gated = rampOf(inner, spelling);
  if (gated !== undefined) return { op: 'hardSigmoid', x: gated, attributes: { alpha: 1 / 6, beta: 0.5 } };
  for (const [x, gate] of factorsOf(inner)) {
    const ramp = spelling.maker(gate);
    if (ramp && rampOf(ramp, spelling) === x) return { op: 'hardSwish', x, attributes: {} };
  }
  return undefined;
}

/** The x of clip(x + 3, 0, 6). */
function rampOf(node: Node, spelling: Spelling): string | undefined {
  if (node.op !== 'clip') return undefined;
  const { min, max } = attributesOf(node);
  const sum = spelling.maker(node.inputs[0]);
  if (min !== 0 || max !== 6 || sum?.op !== 'add') return undefined;
  return sum.inputs.find((x) => scaleBeside(sum, x, x, spelling, 'add') === 3);
}

/** x times a gate that is made of x. */
function asGated(node: Node, spelling: Spelling): Found | undefined {
  for (const [x, value] of factorsOf(node)) {
    const gate = spelling.maker(value);
    if (gate?.op === 'hardSigmoid' && gate.inputs[0] === x && isSixth(gate))
      return { op: 'hardSwish', x, attributes: {} };
    if (gate?.op !== 'sigmoid') continue;
    const alpha = gate.inputs[0] === x ? 1 : scaleOf(gate.inputs[0], x, spelling);
    if (alpha !== undefined) return { op: 'swish', x, attributes: { alpha } };
  }
  return undefined;
}

function isSixth(gate: Node): boolean {
  const { alpha, beta } = attributesOf(gate);
  return close(alpha as number, 1 / 6) && close(beta as number, 0.5);
}

/** By which constant `value` is a multiple of `x`. */
function scaleOf(value: string, x: string, spelling: Spelling): number | undefined {
  const node = spelling.maker(value);
  return node?.inputs.includes(x) ? scaleBeside(node, x, x, spelling) : undefined;
}

/** Both operands of a product, each as the first. */
function factorsOf(node: Node): readonly (readonly [string, string])[] {
  if (node.op !== 'mul') return [];
  return node.inputs.flatMap((x) => {
    const other = besides(node, x);
    return other === undefined ? [] : [[x, other] as const];
  });
}
