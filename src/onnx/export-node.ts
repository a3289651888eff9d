/** The ONNX graph under construction, and what a rule of export sees of it. */
import { isInputRef } from '../core/attributes.ts';
import { type DType, fromDoubles } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import type { Constant, DenseConstant, SparseConstant } from '../formats/constant.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { givenAttributes, ownInputs } from '../ops/call.ts';
import { TO_THE_END } from '../ops/known.ts';
import { number, numbers, where } from '../ops/op.ts';
import type { OpenType } from '../ops/open-types.ts';

import type { ExportNode, OnnxAttributeDrafts } from './export-rule.ts';
import { attributeTypes, type NodeDraft } from './messages.ts';

export interface Exporter {
  readonly nodes: readonly NodeDraft[];
  /** Constants that rules have added. */
  readonly constants: ReadonlyMap<string, Constant>;
  /** What a rule sees of a node. */
  node(node: Node): ExportNode;
  /** An Identity node that gives `value` another name. */
  rename(value: string, name: string): void;
  /** A value name like `base` that nothing carries yet. */
  fresh(base: string): string;
}

/** What the exporter of one graph is told. */
export interface Exporting {
  readonly graph: Graph;
  readonly types: ReadonlyMap<string, OpenType>;
  /** Names of values anywhere in the model; grows. */
  readonly values: Set<string>;
  /** An encoded GraphProto of one of the node's graphs. */
  readonly body: (node: Node, name: string) => Uint8Array;
}

export function exporter({ graph, types, values, body }: Exporting): Exporter {
  const nodes: NodeDraft[] = [];
  const constants = new Map<string, Constant>();
  const swapped = new Map<string, string>();
  const scalars = new Map<string, string>();
  const nodeNames = new Set(graph.nodes.map(({ name }) => name));
  const counters = new Map<string, number>();

  function unique(base: string, names: Set<string>): string {
    let candidate = base;
    while (names.has(candidate)) {
      const count = (counters.get(base) ?? 0) + 1;
      counters.set(base, count);
      candidate = `${base}.${count}`;
    }
    names.add(candidate);
    return candidate;
  }
  const fresh = (base: string) => unique(base, values);

  function addConstant(base: string, constant: Constant): string {
    const name = fresh(base);
    constants.set(name, constant);
    return name;
  }

  function add(
    opType: string,
    name: string,
    inputs: readonly string[],
    outputs: readonly string[],
    drafts: OnnxAttributeDrafts,
  ) {
    const attribute = Object.entries(drafts).map(([key, value]) => ({ name: key, ...value }));
    nodes.push({ name, opType, input: trimmed(inputs), output: trimmed(outputs), attribute });
  }

  function known<T>(node: Node, what: string, value: string, found: T | undefined): T {
    if (found === undefined)
      throw new UsageError(`${where(node)}: the ${what} of "${value}" must be known before a run for an export`);
    return found;
  }

  function integers(node: Node, what: string, list: readonly number[]): string {
    // What stands for "to the end" is written as ONNX does.
    const data = BigInt64Array.from(list, (value) =>
      Math.abs(value) >= TO_THE_END ? (value > 0 ? 2n ** 63n - 1n : -(2n ** 63n)) : BigInt(value),
    );
    return addConstant(`${node.name}.${what}`, { encoding: 'dense', dtype: 'int64', shape: [data.length], data });
  }

  function scalar(value: number, dtype: DType): string {
    const key = `${dtype}(${Object.is(value, -0) ? '-0' : value})`;
    let name = scalars.get(key);
    if (name === undefined) {
      name = addConstant(key, scalarConstant(value, dtype));
      scalars.set(key, name);
    }
    return name;
  }

  return {
    nodes,
    constants,
    fresh,
    rename: (value, name) => add('Identity', unique(`${name}.rename`, nodeNames), [value], [name], {}),
    node: (node) => ({
      inputs: node.inputs.slice(0, ownInputs(node)),
      outputs: node.outputs,
      attributes: givenAttributes(node),
      list: (name) => referred(node, name) ?? integers(node, name, numbers(givenAttributes(node), name)),
      one: (name, dtype) => referred(node, name) ?? scalar(number(givenAttributes(node), name), dtype),
      hasInput: (index) => (node.inputs[index] ?? '') !== '',
      hasOutput: (index) => (node.outputs[index] ?? '') !== '',
      constantOf: (value) => graph.constants.get(value),
      shape: (value) => known(node, 'rank', value, types.get(value)?.shape),
      dtype: (value) => known(node, 'element type', value, types.get(value)?.dtype),
      openShape: (value) => types.get(value)?.shape,
      body: (name) => ({ g: body(node, name), type: attributeTypes.indexOf('graph') }),
      integers: (what, list) => integers(node, what, list),
      scalar,
      transposed(value) {
        let name = swapped.get(value);
        if (name === undefined) {
          const constant = graph.constants.get(value);
          if (!constant) throw new UsageError(`${where(node)}: value "${value}" is not a constant`);
          name = addConstant(`${value}.transposed`, transpose(constant));
          swapped.set(value, name);
        }
        return name;
      },
      emit(opType, inputs, attributes = {}) {
        const name = unique(`${node.name}/${opType}`, nodeNames);
        const output = fresh(`${name}:out`);
        add(opType, name, inputs, [output], attributes);
        return output;
      },
      emitMany(opType, inputs, count, attributes = {}) {
        const name = unique(`${node.name}/${opType}`, nodeNames);
        const made = Array.from({ length: count }, (_, i) => fresh(`${name}:out${i}`));
        add(opType, name, inputs, made, attributes);
        return made;
      },
      finishOne(index, opType, inputs, attributes = {}) {
        const name = unique(index === 0 ? node.name : `${node.name}/${opType}`, nodeNames);
        add(opType, name, inputs, [node.outputs[index]], attributes);
      },
      finish: (opType, inputs, attributes = {}) => add(opType, node.name, inputs, node.outputs, attributes),
      reject(complaint) {
        throw new UsageError(`${where(node)}: ${complaint}`);
      },
    }),
  };
}

/** The value that an attribute is left to. */
function referred({ attributes, inputs }: Node, name: string): string | undefined {
  const value = attributes[name];
  return isInputRef(value) ? inputs[value.input] : undefined;
}

function scalarConstant(value: number, dtype: DType): DenseConstant {
  return { encoding: 'dense', dtype, shape: [], data: fromDoubles(dtype, [value]) };
}

/** Without absent names at the end. */
function trimmed(names: readonly string[]): string[] {
  return names.slice(0, names.findLastIndex((name) => name !== '') + 1);
}

/**
 * A 2-D constant with its axes swapped. The sparse encodings see a matrix of output features by inputs, which stays the same
 * when shape and output axis are swapped together.
 */
function transpose(constant: Constant): Constant {
  const [rows, columns] = constant.shape;
  const shape = [columns, rows];
  if (constant.encoding !== 'dense')
    return { ...constant, shape, outputAxis: 1 - constant.outputAxis } satisfies SparseConstant;
  const { dtype, data } = constant;
  const swapped = data.slice();
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) swapped[column * rows + row] = data[row * columns + column];
  return { encoding: 'dense', dtype, shape, data: swapped };
}
