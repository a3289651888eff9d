/**
 * Types as far as they follow from a graph alone. Where inference ends, because shapes follow from numbers of a run or from
 * graphs that nodes run, element types still go on.
 */
import type { DType } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import type { Dim } from '../core/shape.ts';
import type { Graph, GraphInput, Node } from '../graph/graph.ts';
import { attributesOf } from './call.ts';
import { elementTypes } from './element-types.ts';
import { type Attempt, constantTypes, symbolicShape, symbolsOf, trials } from './infer.ts';
import { inferNode, knownConstants } from './known.ts';
import { number } from './op.ts';
import { openRank } from './open-ranks.ts';

export interface OpenType {
  readonly dtype: DType;
  /** Absent where not even the rank is known; an extent that is not is a name that starts with `?`. */
  readonly shape?: readonly Dim[];
}

/** The type of every value whose element type can be told. `inputs` are those of the graph, if more or less is known of them. */
export function openTypes(
  graph: Graph,
  inputs: ReadonlyMap<string, OpenType> = new Map(graph.inputs.map((input) => [input.name, input])),
): Map<string, OpenType> {
  const shaped = graph.inputs.flatMap(({ name }): GraphInput[] => {
    const type = inputs.get(name);
    return type?.shape ? [{ name, dtype: type.dtype, shape: type.shape }] : [];
  });
  const [first, second = first] = attemptsOf(graph, shaped);
  const types = new Map<string, OpenType>(inputs);
  for (const [name, { dtype, shape }] of constantTypes(graph)) types.set(name, { dtype, shape });
  for (const node of graph.nodes) {
    const ins = node.inputs.map((input) => types.get(input));
    const guessed = node.bodies
      ? bodyTypes(node, ins)
      : elementTypes(
          node,
          ins.map((type) => type?.dtype),
        ).map(typeOf);
    const rank = openRank(node, ins);
    node.outputs.forEach((output, i) => {
      const [exact, other] = [first.types.get(output), second.types.get(output)];
      if (output === '') return;
      if (exact && exact.shape.length === other?.shape.length)
        types.set(output, { dtype: exact.dtype, shape: symbolicShape(output, first, second) });
      else if (guessed[i])
        types.set(output, { ...guessed[i], ...(rank !== undefined && { shape: open(output, rank) }) });
    });
  }
  return types;
}

const typeOf = (dtype: DType | undefined): OpenType | undefined => dtype && { dtype };

const open = (value: string, rank: number): Dim[] => Array.from({ length: rank }, (_, axis) => `?${value}.${axis}`);

/** The two attempts that get furthest, with the extents of `trials`; one where there are no symbols. */
function attemptsOf(graph: Graph, inputs: readonly GraphInput[]): Attempt[] {
  const symbols = symbolsOf(inputs);
  const attempts = trials.slice(0, symbols.length === 0 ? 1 : trials.length).map(({ base, step }) => {
    const bound = new Map(symbols.map((symbol, i) => [symbol, base + step * i]));
    return attempt(graph, inputs, bound);
  });
  return attempts.sort((a, b) => b.types.size - a.types.size).slice(0, 2);
}

function attempt(graph: Graph, inputs: readonly GraphInput[], symbols: ReadonlyMap<string, number>): Attempt {
  const types = constantTypes(graph);
  const known = knownConstants(graph);
  for (const { name, dtype, shape } of inputs)
    types.set(name, { dtype, shape: shape.map((dim) => (typeof dim === 'number' ? dim : (symbols.get(dim) ?? 1))) });
  for (const node of graph.nodes) {
    if (node.inputs.some((input) => input !== '' && !types.has(input))) continue;
    try {
      inferNode(graph, node, types, known);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
  }
  return { types, known, symbols };
}

/** Of what a node's graphs make. */
function bodyTypes(node: Node, inputs: readonly (OpenType | undefined)[]): (OpenType | undefined)[] {
  const { thenBranch, body } = node.bodies ?? {};
  if (thenBranch) {
    const types = typesOfBody(node, 'thenBranch', inputs);
    return thenBranch.outputs.map((output) => typeOf(types.get(output)?.dtype));
  }
  if (!body) return [];
  const types = typesOfBody(node, 'body', inputs);
  return body.outputs.slice(node.op === 'loop' ? 1 : 0).map((output) => typeOf(types.get(output)?.dtype));
}

/** The types of the values of a node's graph, given those of the node's inputs. */
export function typesOfBody(
  node: Node,
  name: string,
  inputs: readonly (OpenType | undefined)[],
): Map<string, OpenType> {
  const body = node.bodies?.[name];
  if (!body) return new Map();
  const given = bodyInputs(node, name, inputs);
  return openTypes(body, new Map(body.inputs.map(({ name: input, dtype }, i) => [input, given[i] ?? { dtype }])));
}

/** What comes into a graph: from one pass to the next only what it captures keeps its shape. */
function bodyInputs(node: Node, name: string, inputs: readonly (OpenType | undefined)[]): (OpenType | undefined)[] {
  if (node.op === 'if') {
    const yes = node.bodies?.thenBranch.inputs.length ?? 0;
    return name === 'thenBranch' ? inputs.slice(1, 1 + yes) : inputs.slice(1 + yes);
  }
  const attributes = attributesOf(node);
  const own = inputs.length - number(attributes, 'captures');
  const carried = inputs.slice(node.op === 'loop' ? 2 : 0, own).map((type) => typeOf(type?.dtype));
  const captured = inputs.slice(own);
  if (node.op === 'scan') return [...carried, ...captured];
  return [{ dtype: 'int64', shape: [] }, { dtype: 'bool', shape: [] }, ...carried, ...captured];
}
