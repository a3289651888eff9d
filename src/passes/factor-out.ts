import type { DenseConstant } from '../formats/constant.ts';
import { type Graph, type Node, producersOf } from '../graph/graph.ts';
import type { SymbolicType } from '../ops/infer.ts';
import { replaceConstant, usesOf } from './rewrite.ts';
import { once, symbolicTypes } from './symbolic.ts';

/**
 * Finds a value to which its own product with a gate is added, as residual squeeze-and-excitation blocks do (Hu et al. 2018),
 * and adds 1 to the gate instead, if that is the smaller one:
 *
 *     x + x g = x (1 + g)
 *
 * One pass over x is left of two. The product must have no other reader.
 */
export function factorOut(graph: Graph): Graph {
  const makers = producersOf(graph);
  const uses = usesOf(graph);
  const types = once(() => symbolicTypes(graph));
  const constants = new Map(graph.constants);

  const factored = (sum: Node): readonly Node[] => {
    if (sum.op !== 'add') return [sum];
    for (const side of [0, 1]) {
      const [x, value] = [sum.inputs[side], sum.inputs[1 - side]];
      const product = uses.get(value) === 1 ? makers.get(value) : undefined;
      const at = product?.op === 'mul' ? product.inputs.indexOf(x) : -1;
      const gate = at < 0 ? undefined : product?.inputs[1 - at];
      if (gate === undefined || !isSmaller(types().get(gate), types().get(x))) continue;
      const one: DenseConstant = { encoding: 'dense', dtype: 'float32', shape: [1], data: Float32Array.of(1) };
      const raised = `${value}.raised`;
      if (makers.has(raised) || uses.has(raised)) continue;
      const name = replaceConstant(constants, uses, `${sum.name}.one`, one);
      return [
        { name: `${sum.name}.gate`, op: 'add', inputs: [gate, name], outputs: [raised], attributes: {} },
        { ...sum, op: 'mul', inputs: [x, raised], attributes: {} },
      ];
    }
    return [sum];
  };

  const nodes = graph.nodes.flatMap(factored);
  return nodes.length === graph.nodes.length ? graph : { ...graph, constants, nodes };
}

/** Whether `gate` has the axes of x, fewer extents among them, so that it is repeated along some. */
function isSmaller(gate: SymbolicType | undefined, x: SymbolicType | undefined): boolean {
  if (gate?.dtype !== 'float32' || x?.dtype !== 'float32' || gate.shape.length > x.shape.length) return false;
  const axes = x.shape.slice(x.shape.length - gate.shape.length);
  const repeated = gate.shape.filter((extent, i) => extent === 1 && axes[i] !== 1);
  return repeated.length > 0 && gate.shape.every((extent, i) => extent === 1 || extent === axes[i]);
}
