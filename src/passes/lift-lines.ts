/**
 * Convolutions of lines run as those of images of height 1, between an unsqueeze and a squeeze:
 *
 *     unsqueeze, conv2d, squeeze, relu, unsqueeze, conv2d, ...   ->   unsqueeze, conv2d, relu, conv2d, ...
 */
import { type Graph, type Node, resultsOf } from '../graph/graph.ts';
import { symbolicTypes } from './symbolic.ts';

/** Ops whose numbers do not care about the extra axis, wherever they stand between two convolutions. */
const ofOne = new Set([
  ...['relu', 'leakyRelu', 'clip', 'sigmoid', 'tanh', 'gelu', 'hardSwish', 'hardSigmoid', 'swish', 'mish'],
  ...['elu', 'selu', 'softplus', 'softsign', 'neg', 'abs', 'exp', 'sqrt', 'batchNorm'],
]);
const ofTwo = new Set(['add', 'sub', 'mul', 'div']);

/**
 * Moves a squeeze of the height behind what runs element by element, so that this meets the convolution and may be fused, and
 * drops it where an unsqueeze follows. A view that nobody reads any more is left to removeDead.
 */
export function liftLines(graph: Graph): Graph {
  if (!graph.nodes.some((node) => isHeight(node, 'squeeze'))) return graph;
  // By line the image of height 1 that it is.
  const images = new Map<string, string>();
  const results = resultsOf(graph);
  const taken = new Set([...graph.constants.keys(), ...graph.inputs.map(({ name }) => name)]);
  for (const { outputs } of graph.nodes) for (const output of outputs) taken.add(output);
  const names = new Set(graph.nodes.map(({ name }) => name));
  const fresh = (base: string, used: Set<string>) => {
    let name = base;
    for (let i = 1; used.has(name); i++) name = `${base}.${i}`;
    used.add(name);
    return name;
  };
  const types = symbolicTypes(graph);
  const ranksAgree = (values: readonly string[]) => {
    const [a, b] = values.map((value) => types.get(value)?.shape.length);
    return a !== undefined && a === b;
  };
  const standIn = new Map<string, string>();
  const nodes = graph.nodes.flatMap((given): Node[] => {
    const node = given.inputs.some((input) => standIn.has(input))
      ? { ...given, inputs: given.inputs.map((input) => standIn.get(input) ?? input) }
      : given;
    const [output] = node.outputs;
    const image = images.get(node.inputs[0]);
    if (isHeight(node, 'squeeze')) images.set(output, node.inputs[0]);
    else if (image !== undefined && isHeight(node, 'unsqueeze') && !results.has(output)) {
      standIn.set(output, image);
      return [];
    } else if (image !== undefined && node.outputs.length === 1) {
      // Operands of unequal rank would broadcast otherwise than before.
      const second = ranksAgree(node.inputs) ? images.get(node.inputs[1]) : undefined;
      const moved = ofOne.has(node.op)
        ? [image, ...node.inputs.slice(1)]
        : ofTwo.has(node.op) && second !== undefined
          ? [image, second]
          : undefined;
      if (!moved) return [node];
      const lifted = fresh(`${output}.2d`, taken);
      images.set(output, lifted);
      const view = { op: 'squeeze', name: fresh(`${node.name}/squeeze`, names), attributes: { axes: [2] } };
      return [
        { ...node, inputs: moved, outputs: [lifted] },
        { ...view, inputs: [lifted], outputs: [output] },
      ];
    }
    return [node];
  });
  return { ...graph, nodes };
}

function isHeight({ op, attributes, inputs, outputs }: Node, wanted: 'squeeze' | 'unsqueeze'): boolean {
  const { axes } = attributes;
  if (op !== wanted || inputs.length !== 1 || outputs.length !== 1) return false;
  return Array.isArray(axes) && axes.length === 1 && axes[0] === 2;
}
