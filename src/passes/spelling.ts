/** What passes share that find functions which exporters spell out: who makes and reads a value, and scalar constants. */
import { consumersOf, type Graph, type Node, producersOf } from '../graph/graph.ts';
import { frozenDense, updatedConstants, usesOf } from './rewrite.ts';
import { once, symbolicTypes } from './symbolic.ts';

export interface Spelling {
  /** The node that makes a value. */
  readonly maker: (value: string) => Node | undefined;
  /** The one node that reads a value, if nothing else does. */
  readonly onlyReader: (value: string) => Node | undefined;
  /** The number of a constant that multiplies without changing the shape of `x`. */
  readonly scalar: (value: string, x: string) => number | undefined;
}

export function spellingOf(graph: Graph): Spelling {
  const [makers, readers, uses] = [producersOf(graph), consumersOf(graph), usesOf(graph)];
  const updated = updatedConstants(graph);
  const types = once(() => symbolicTypes(graph));
  return {
    maker: (value) => makers.get(value),
    onlyReader: (value) => (uses.get(value) === 1 ? readers.get(value)?.[0] : undefined),
    scalar(value, x) {
      const constant = frozenDense(graph, updated, value);
      const rank = types().get(x)?.shape.length;
      if (constant?.data.length !== 1 || rank === undefined || constant.shape.length > rank) return undefined;
      return Number(constant.data[0]);
    },
  };
}

/** By which constant `node` multiplies its operand `value` (or adds to it, where asked so); undefined if by none. */
export function scaleBeside(
  node: Node,
  value: string,
  x: string,
  { scalar }: Spelling,
  op = 'mul',
): number | undefined {
  const other = besides(node, value);
  const number = other === undefined ? undefined : scalar(other, x);
  if (number === undefined) return undefined;
  if (node.op === op) return number;
  return op === 'mul' && node.op === 'div' && node.inputs[0] === value ? 1 / number : undefined;
}

/** The other operand of a binary node. */
export function besides({ inputs }: Node, value: string): string | undefined {
  if (inputs.length !== 2) return undefined;
  return inputs[0] === value ? inputs[1] : inputs[0];
}

/** Exporters round the constants to float32, some to fewer digits. */
export function close(number: number | undefined, wanted: number): boolean {
  return number !== undefined && Math.abs(number - wanted) <= 1e-5 * wanted;
}
