/** The nodes of an attention that was found. */
import type { Constant } from '../../formats/constant.ts';
import type { Graph, Node } from '../../graph/graph.ts';
import type { End } from './end.ts';
import type { Mask } from './mask.ts';
import { asTokens, type Place } from './places.ts';
import type { Search } from './search.ts';

export interface Found extends End {
  readonly places: readonly [Place, Place, Place];
  readonly scale: number;
  readonly tokensFirst: boolean;
  readonly causal: boolean;
  readonly masks: readonly Mask[];
}

export interface Edit {
  readonly constants: Map<string, Constant>;
  value(base: string): string;
  node(base: string): string;
}

/** Names that are free, and constants that may grow. */
export function editOf(graph: Graph): Edit {
  const values = new Set([...graph.constants.keys(), ...graph.inputs.map(({ name }) => name)]);
  for (const { outputs } of graph.nodes) for (const output of outputs) values.add(output);
  const nodes = new Set(graph.nodes.map(({ name }) => name));
  const fresh = (base: string, taken: Set<string>) => {
    let name = base;
    for (let i = 1; taken.has(name); i++) name = `${base}.${i}`;
    taken.add(name);
    return name;
  };
  return {
    constants: new Map(graph.constants),
    value: (base) => fresh(base, values),
    node: (base) => fresh(base, nodes),
  };
}

/** The nodes that stand where the end stood. */
export function write(found: Found, { trials }: Search, edit: Edit): readonly Node[] {
  const { places, scale, tokensFirst, causal, end } = found;
  const nodes: Node[] = [];
  const emit = (op: string, inputs: readonly string[], attributes: Node['attributes'] = {}): string => {
    const name = edit.node(`${end.name}/${op}`);
    const output = edit.value(`${name}:out`);
    nodes.push({ op, name, inputs, outputs: [output], attributes });
    return output;
  };
  const tokens = new Map<string, string>();
  const operands = places.map(({ source }) => {
    const rank = trials[0].types.get(source)?.shape.length;
    if (rank === 2 && !tokens.has(source)) tokens.set(source, emit('unsqueeze', [source], { axes: [0] }));
    if (rank === 4 && !tokens.has(source)) tokens.set(source, emit('reshape', [source], { shape: [0, 0, -1] }));
    return tokens.get(source) ?? source;
  });
  const scalar = (value: number) => {
    const name = edit.value(`${end.name}/number`);
    edit.constants.set(name, { encoding: 'dense', dtype: 'float32', shape: [], data: Float32Array.of(value) });
    return name;
  };
  const masks = found.masks.map((mask) => {
    if (mask.kind === 'value') return mask.value;
    const [zero, low] = [scalar(0), scalar(mask.low)];
    return emit('where', [mask.value, mask.when ? zero : low, mask.when ? low : zero]);
  });
  const added = masks.length === 0 ? [] : [masks.reduce((a, b) => emit('add', [a, b]))];
  const [{ heads, size }, , { size: valueSize }] = places;
  const widths = places.map(({ source }) => asTokens(trials[0].types.get(source)?.shape ?? [])?.[2]);
  const even = places.every((place, i) => place.start === 0 && widths[i] === heads * place.size);
  const attributes = {
    heads,
    ...(!even && { headSizes: [size, valueSize], starts: places.map(({ start }) => start) }),
    scale,
    ...(causal && { causal }),
    ...(tokensFirst && { tokensFirst }),
  };
  const inputs = [...operands, ...added];
  if (!found.shape) return [...nodes, { op: 'attention', name: end.name, inputs, outputs: end.outputs, attributes }];
  const made = emit('attention', inputs, attributes);
  return [...nodes, { ...end, op: 'reshape', inputs: [made], attributes: { shape: found.shape } }];
}
