import type { Graph, Node } from '../graph/graph.ts';
import { besides, close, type Spelling, scaleBeside, spellingOf } from './spelling.ts';

/**
 * Finds the GELU that exporters spell out, x * 0.5 * (1 + erf(x / sqrt(2))), in any order of the factors, and puts one
 * `gelu` in its place (Hendrycks and Gimpel 2016). What it was made of stays for removeDead, should others read it.
 */
export function recognizeGelu(graph: Graph): Graph {
  const spelling = spellingOf(graph);
  const found = new Map<Node, string>();
  for (const node of graph.nodes) {
    const match = node.op === 'erf' ? matchErf(node, spelling) : undefined;
    if (match) found.set(match.result, match.x);
  }
  if (found.size === 0) return graph;
  const nodes = graph.nodes.map((node): Node => {
    const x = found.get(node);
    return x === undefined ? node : { ...node, op: 'gelu', inputs: [x], attributes: { approximate: 'none' } };
  });
  return { ...graph, nodes };
}

function matchErf(erf: Node, spelling: Spelling): { readonly result: Node; readonly x: string } | undefined {
  const x = scaledFrom(erf.inputs[0], Math.SQRT1_2, spelling);
  const sum = spelling.onlyReader(erf.outputs[0]);
  if (x === undefined || sum?.op !== 'add' || scaleBeside(sum, erf.outputs[0], x, spelling, 'add') !== 1)
    return undefined;

  // The sum times x and 0.5: in two products, or in one with x * 0.5 made apart.
  const first = spelling.onlyReader(sum.outputs[0]);
  if (first?.op !== 'mul') return undefined;
  const other = besides(first, sum.outputs[0]);
  if (other !== undefined && scaledFrom(other, 0.5, spelling) === x) return { result: first, x };
  const second = spelling.onlyReader(first.outputs[0]);
  if (!second) return undefined;
  if (other === x && close(scaleBeside(second, first.outputs[0], x, spelling), 0.5)) return { result: second, x };
  const half = other !== undefined && close(spelling.scalar(other, x), 0.5);
  return half && second.op === 'mul' && besides(second, first.outputs[0]) === x ? { result: second, x } : undefined;
}

/** The x of a value that is x * scale, or x / (1 / scale). */
function scaledFrom(value: string, scale: number, spelling: Spelling): string | undefined {
  const node = spelling.maker(value);
  return node?.inputs.find((x, i) => (i === 0 || node.op === 'mul') && close(scaleBeside(node, x, x, spelling), scale));
}
