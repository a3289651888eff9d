/** The two nets of a reconstruction, cut down to what leads to the layers, and the way back to a graph. */
import type { Constant, DenseConstant } from '../../formats/constant.ts';
import type { Graph } from '../../graph/graph.ts';
import { replaceConstant, usesOf } from '../../passes/rewrite.ts';
import type { Layer } from './layers.ts';
import type { Net } from './net.ts';
import { layerShape } from './rows.ts';

export interface Nets {
  readonly dense: Net;
  readonly pruned: Net;
  /** `at` counts in the nets' nodes. */
  readonly layers: readonly Layer[];
  /** Puts a new weight into the pruned net, and adds to the bias. */
  update(layer: Layer, weight: Constant, shifts: Float64Array): void;
  /** The pruned graph as it is now. */
  result(): Graph;
}

export function openNets(graph: Graph, pruned: Graph, chosen: readonly Layer[]): Nets {
  const leading = leadingNodes(graph, chosen);
  const places = new Map(leading.map((at, i) => [at, i]));
  const nodes = [...pruned.nodes];
  const constants = new Map(pruned.constants);
  const uses = usesOf(graph);
  const net: Net = { nodes: leading.map((at) => nodes[at]), constants };
  return {
    dense: { nodes: leading.map((at) => graph.nodes[at]), constants: new Map(graph.constants) },
    pruned: net,
    layers: chosen.map((layer) => ({ ...layer, at: places.get(layer.at) as number })),
    update({ weight, bias, node }, constant, shifts) {
      constants.set(weight, constant);
      if (bias === 'fixed' || shifts.every((shift) => shift === 0)) return;
      const reader = nodes[bias.at];
      const name = reader.inputs[bias.input] ?? '';
      const { groups, outputs } = layerShape(node, constant);
      const old: DenseConstant =
        name === ''
          ? { encoding: 'dense', dtype: 'float32', shape: [groups * outputs], data: new Float32Array(shifts.length) }
          : (constants.get(name) as DenseConstant);
      const data = Float32Array.from(shifts, (shift, i) => Number(old.data[i]) + shift);
      const inputs = [...reader.inputs];
      inputs[bias.input] = replaceConstant(constants, uses, name || `${weight}.bias`, { ...old, data });
      nodes[bias.at] = { ...reader, inputs };
      const place = places.get(bias.at);
      if (place !== undefined) net.nodes[place] = nodes[bias.at];
    },
    result: () => ({ ...pruned, nodes, constants: new Map(constants) }),
  };
}

/** The nodes that some layer's input depends on, and those of the layers, in order. */
function leadingNodes({ nodes }: Graph, layers: readonly Layer[]): number[] {
  const own = new Set(layers.map(({ at }) => at));
  const wanted = new Set(layers.map(({ node }) => node.inputs[0]));
  const leading: number[] = [];
  for (let at = nodes.length - 1; at >= 0; at--) {
    const leads = nodes[at].outputs.some((output) => wanted.has(output));
    if (leads) for (const input of nodes[at].inputs) wanted.add(input);
    if (leads || own.has(at)) leading.unshift(at);
  }
  return leading;
}
