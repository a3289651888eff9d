/**
 * Numbers that are known before a run: small constants, shapes, and what follows from them. They settle the attributes that
 * nodes leave to values.
 */
import { fromDoubles, isWide, type TypedArray, toDoubles } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { callOf, closed, opOf } from './call.ts';
import type { NdArray, TensorType } from './op.ts';
import { where } from './op.ts';
import { UnknownNumbersError } from './unknown.ts';

/** Larger tensors are data, not parameters. */
export const MAX_KNOWN = 4096;

export type Known = Map<string, NdArray>;

/** Positions such as INT64_MAX, "to the end", are cut to what a double holds. */
export const TO_THE_END = Number.MAX_SAFE_INTEGER;

/** The numbers of a small tensor; undefined where it is large, or holds integers beyond 2^53 that are no mere "to the end". */
export function knownNumbers({ dtype, shape }: TensorType, data: TypedArray): NdArray | undefined {
  if (data.length > MAX_KNOWN) return undefined;
  if (!isWide(data)) return { dtype, shape, data: toDoubles(data) };
  const doubles = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (!Number.isSafeInteger(value) && Math.abs(value) < 2 ** 62) return undefined;
    doubles[i] = Math.min(Math.max(value, -TO_THE_END), TO_THE_END);
  }
  return { dtype, shape, data: doubles };
}

/** Whether fromDoubles gives the very numbers back. */
export function isExact({ data }: NdArray): boolean {
  return data.every((value) => Math.abs(value) !== TO_THE_END);
}

const remembered = new WeakMap<Constant, NdArray>();

export function knownConstants({ constants }: Pick<Graph, 'constants'>): Known {
  const known: Known = new Map();
  for (const [name, constant] of constants) {
    if (constant.encoding !== 'dense' || constant.data.length > MAX_KNOWN) continue;
    const numbers = remembered.get(constant) ?? knownNumbers(constant, constant.data);
    if (!numbers) continue;
    remembered.set(constant, numbers);
    known.set(name, numbers);
  }
  return known;
}

/**
 * Adds the types of a node's outputs, and their numbers where they follow from known ones. Returns the node closed.
 * Throws UnknownNumbersError where its shapes follow from numbers that are not known.
 */
export function inferNode(
  graph: Pick<Graph, 'constants'>,
  open: Node,
  types: Map<string, TensorType>,
  known: Known,
): Node {
  const { node, outputs, numbers } = remember(graph, open, types, known);
  node.outputs.forEach((output, i) => {
    if (output === '') return;
    types.set(output, outputs[i]);
    const own = numbers?.[i];
    if (own) known.set(output, own);
  });
  return node;
}

interface Inferred {
  /** Closed. */
  readonly node: Node;
  readonly outputs: readonly TensorType[];
  /** Of the outputs, where they follow. */
  readonly numbers: readonly (NdArray | undefined)[] | undefined;
}

function infer(
  graph: Pick<Graph, 'constants'>,
  open: Node,
  types: ReadonlyMap<string, TensorType>,
  known: Known,
): Inferred {
  const node = closed(open, known);
  const op = opOf(node);
  const call = callOf(graph, node, types);
  const inputs = node.inputs.map((input) => known.get(input));
  const settled =
    !op.impure &&
    !node.bodies &&
    node.inputs.every((input, i) => input === '' || inputs[i] || op.shapeOnly?.includes(i));
  if (op.dynamic && !settled) throw new UnknownNumbersError(node, 'its shape', unknownInput(node, known));
  const made = op.dynamic?.(call, inputs);
  const outputs: readonly TensorType[] = made ?? op.infer(call);
  node.outputs.forEach((output, i) => {
    if (output === '') return;
    if (!outputs[i])
      throw new UsageError(`${where(node)}: want at most ${outputs.length} outputs, got ${node.outputs.length}`);
    sizeOf(outputs[i].shape);
  });
  if (!settled || outputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0) > MAX_KNOWN)
    return { node, outputs, numbers: undefined };
  const absent = (i: number): NdArray | undefined => {
    const type = call.types[i];
    return type && { ...type, data: new Float64Array() };
  };
  const results =
    made?.map(({ data }) => data) ??
    op.reference(
      call,
      inputs.map((input, i) => input ?? absent(i)),
      outputs,
    );
  const numbers = node.outputs.map((output, i) => (output === '' ? undefined : rounded(outputs[i], results[i])));
  return { node, outputs, numbers };
}

/** What a node was once inferred from, and what came out. */
interface Memory extends Inferred {
  readonly types: readonly (TensorType | undefined)[];
  readonly known: readonly (NdArray | undefined)[];
  /** Serial numbers: a memory must not keep weights alive. */
  readonly constants: readonly number[];
}

/**
 * Passes leave most nodes as they are and ask again, each with the same few extents. Nodes are never changed, so what came
 * out for the same inputs comes out again.
 */
const memories = new WeakMap<Node, Memory[]>();
const MEMORIES = 4;

function remember(
  graph: Pick<Graph, 'constants'>,
  node: Node,
  types: ReadonlyMap<string, TensorType>,
  known: Known,
): Inferred {
  const own = memories.get(node) ?? [];
  for (const memory of own) if (fits(memory, graph, node, types, known)) return memory;
  const memory = {
    ...infer(graph, node, types, known),
    types: node.inputs.map((input) => types.get(input)),
    known: node.inputs.map((input) => known.get(input)),
    constants: node.inputs.map((input) => serialOf(graph.constants.get(input))),
  };
  memories.set(node, [memory, ...own.slice(0, MEMORIES - 1)]);
  return memory;
}

/** Asked for every node in every pass: nothing is allocated here. */
function fits(
  memory: Memory,
  { constants }: Pick<Graph, 'constants'>,
  { inputs }: Node,
  types: ReadonlyMap<string, TensorType>,
  known: Known,
): boolean {
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i];
    if (!sameType(memory.types[i], types.get(input))) return false;
    if (memory.known[i] !== known.get(input)) return false;
    if (memory.constants[i] !== serialOf(constants.get(input))) return false;
  }
  return true;
}

function sameType(a: TensorType | undefined, b: TensorType | undefined): boolean {
  if (a === b || !a || !b) return a === b;
  if (a.dtype !== b.dtype || a.stored !== b.stored || a.shape.length !== b.shape.length) return false;
  for (let axis = 0; axis < a.shape.length; axis++) if (a.shape[axis] !== b.shape[axis]) return false;
  return true;
}

const serials = new WeakMap<Constant, number>();
let lastSerial = 0;

/** 0 where there is none. */
function serialOf(constant: Constant | undefined): number {
  if (!constant) return 0;
  let serial = serials.get(constant);
  if (serial === undefined) {
    serial = ++lastSerial;
    serials.set(constant, serial);
  }
  return serial;
}

function unknownInput(node: Node, known: Known): string {
  return node.inputs.find((input) => input !== '' && !known.has(input)) ?? '';
}

/** As the element type holds them; "to the end" stays what it is. */
function rounded({ dtype, shape }: TensorType, data: Float64Array): NdArray {
  const held = fromDoubles(dtype, data);
  return { dtype, shape, data: isWide(held) ? Float64Array.from(held, Number) : toDoubles(held) };
}
