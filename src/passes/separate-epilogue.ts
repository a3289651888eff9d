import { graphBuilder } from '../graph/builder.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { activationOf } from '../ops/activation.ts';
import { attributesOf } from '../ops/call.ts';
import { clip } from '../ops/clip.ts';
import { relu } from '../ops/relu.ts';
import { hasResidual, isProduct } from './epilogue.ts';

/**
 * The inverse of fuseEpilogue where a gradient needs what came before the activation: a product that is made once more costs
 * more than a value that is kept. relu and clip stay where they are, if nothing is added behind them: their gradient follows
 * from what they gave.
 *
 * @param wanted says which nodes a gradient goes through
 */
export function separateEpilogue(graph: Graph, wanted: (node: Node) => boolean): Graph {
  const { fresh } = graphBuilder(graph.name, graph);
  const nodes = graph.nodes.flatMap((node): Node | Node[] => {
    if (!isProduct(node) || !wanted(node)) return node;
    const { activation: _, min: __, max: ___, activationFirst, ...attributes } = node.attributes;
    const activation = activationOf(attributesOf(node));
    const addedLast = activationFirst === true && hasResidual(node);
    if (!activation || (!addedLast && (activation.op === relu || activation.op === clip))) return node;
    const [sum, activated] = [fresh(`${node.name}:sum`), addedLast ? fresh(`${node.name}:activated`) : node.outputs[0]];
    const product = { ...node, inputs: addedLast ? node.inputs.slice(0, 3) : node.inputs, outputs: [sum], attributes };
    const { op } = activation;
    const parts: Node[] = [
      product,
      { op: op.name, name: sum, inputs: [sum], outputs: [activated], attributes: activation.attributes },
    ];
    if (addedLast)
      parts.push({
        ...{ op: 'add', name: activated, attributes: {} },
        inputs: [activated, node.inputs[3]],
        outputs: node.outputs,
      });
    return parts;
  });
  return { ...graph, nodes };
}
