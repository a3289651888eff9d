/** ONNX models written by hand, message by message, at any opset. */
import type { DType } from '../../src/core/dtype.ts';
import { fromDoubles } from '../../src/core/dtype.ts';
import { type AttributeValueDraft, float, int, ints } from '../../src/onnx/attributes.ts';
import { exportType } from '../../src/onnx/data-types.ts';
import {
  type AttributeDraft,
  type FunctionDraft,
  GraphProto,
  type ModelDraft,
  ModelProto,
  type NodeDraft,
  type TensorDraft,
} from '../../src/onnx/messages.ts';
import { writeTensor } from '../../src/onnx/tensor.ts';
import { writeMessage } from '../../src/onnx/wire-writer.ts';

export const text = (value: string): AttributeValueDraft => ({ s: new TextEncoder().encode(value), type: 3 });

export { float, int, ints };

export function attribute(name: string, value: AttributeValueDraft): AttributeDraft {
  return { name, ...value };
}

/** `node('Relu', ['x'], ['y'])`; attributes by name. */
export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, AttributeValueDraft>> = {},
  more: NodeDraft = {},
): NodeDraft {
  return {
    opType,
    input,
    output,
    attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
    ...more,
  };
}

export function tensor(name: string, dtype: DType, shape: readonly number[], numbers: readonly number[]): TensorDraft {
  return writeTensor(name, { dtype, shape, data: fromDoubles(dtype, numbers) });
}

export function list(name: string, numbers: readonly number[]): TensorDraft {
  return tensor(name, 'int64', [numbers.length], numbers);
}

type Port = readonly [name: string, dtype: DType, shape: readonly (number | string)[]];

export interface HandMade {
  readonly opset?: number;
  readonly nodes: readonly NodeDraft[];
  readonly inputs?: readonly Port[];
  /** By name alone: onnxruntime infers the types. */
  readonly outputs?: readonly string[];
  readonly initializers?: readonly TensorDraft[];
  readonly functions?: readonly FunctionDraft[];
}

function info([name, dtype, shape]: Port) {
  const dim = shape.map((extent) => (typeof extent === 'number' ? { dimValue: extent } : { dimParam: extent }));
  return { name, type: { tensorType: { elemType: exportType(dtype), shape: { dim } } } };
}

function graph(name: string, { nodes, inputs = [], outputs = [], initializers = [] }: HandMade) {
  return {
    name,
    node: nodes,
    initializer: initializers,
    input: inputs.map(info),
    output: outputs.map((output) => ({ name: output })),
  };
}

/** A graph as an attribute. */
export function body(name: string, made: HandMade): AttributeValueDraft {
  return { g: writeMessage(GraphProto, graph(name, made)), type: 5 };
}

export function draft(made: HandMade): ModelDraft {
  const { opset = 17, functions = [] } = made;
  return {
    irVersion: 8,
    graph: graph('made by hand', made),
    opsetImport: [
      { domain: '', version: opset },
      { domain: 'com.microsoft', version: 1 },
      ...[...new Set(functions.map(({ domain = '' }) => domain))].map((domain) => ({ domain, version: 1 })),
    ],
    functions,
  };
}

export function model(made: HandMade): Uint8Array {
  return writeMessage(ModelProto, draft(made));
}
