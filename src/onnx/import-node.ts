/** The graph under construction, and what a rule of import sees of it. */
import type { AttributeValue, InputRef } from '../core/attributes.ts';
import { ModelError } from '../core/errors.ts';
import { format } from '../core/shape.ts';
import type { Constant, DenseConstant } from '../formats/constant.ts';
import type { GraphInput, Node } from '../graph/graph.ts';
import { onnxAttributes, safeInteger, shortest } from './attributes.ts';
import type { Around } from './bodies.ts';
import type { AttributeDraft, AttributeDrafts, Body, ImportNode } from './import-rule.ts';
import type { NodeProto } from './messages.ts';
import { partialTypes } from './partial-types.ts';

export interface Importer {
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Constant>;
  /** The value behind a name that stands for another. */
  resolve(value: string): string;
  /** Whether the value is a sequence: no node makes one. */
  isSequence(value: string): boolean;
  /** What a rule sees of a node. */
  node(proto: NodeProto, position: number, name: string, label: string, opset: number): ImportNode;
}

/** Starts from inputs and constants. `taken` holds every value name of the file; `results` those of the graph's outputs. */
export function importer(
  inputs: readonly GraphInput[],
  gathered: ReadonlyMap<string, Constant>,
  taken: Set<string>,
  results: ReadonlySet<string>,
  readBody: (bytes: Uint8Array, around: Omit<Around, 'has'>, label: string) => Body,
  depth = 0,
): Importer {
  const constants = new Map(gathered);
  const nodes: Node[] = [];
  const types = partialTypes(inputs, constants, nodes);
  const nodeNames = new Set<string>();
  const aliases = new Map<string, string>();
  const sequences = new Map<string, readonly string[]>();
  const scalars = new Map<number, string>();
  const counters = new Map<string, number>();

  function fresh(base: string, names: Set<string>): string {
    let candidate = base;
    while (names.has(candidate)) {
      const count = (counters.get(base) ?? 0) + 1;
      counters.set(base, count);
      candidate = `${base}.${count}`;
    }
    names.add(candidate);
    return candidate;
  }

  function addConstant(base: string, constant: Constant): string {
    const name = fresh(base, taken);
    constants.set(name, constant);
    return name;
  }

  const resolve = (value: string) => aliases.get(value) ?? value;

  return {
    nodes,
    constants,
    resolve,
    isSequence: (value) => sequences.has(value),
    node(proto, position, name, label, opset) {
      const nodeInputs = trimmed(proto.input).map(resolve);
      const outputs = trimmed(proto.output);
      const attributes = onnxAttributes(proto.attribute, label);
      const reject = (complaint: string): never => {
        throw new ModelError(`${label}: ${complaint}`);
      };
      const push = (node: Node) => {
        for (const input of node.inputs) if (sequences.has(input)) reject(`want tensors, got the sequence "${input}"`);
        nodes.push(node);
      };
      const finish = (op: string, ins: readonly string[], drafts: AttributeDrafts = {}, bodies?: Node['bodies']) => {
        const draft = { op, name: fresh(name, nodeNames), outputs: [...outputs], ...withRefs(ins, drafts) };
        push({ ...draft, ...(bodies && { bodies }) });
      };
      const emitMany = (op: string, ins: readonly string[], count: number, drafts: AttributeDrafts = {}): string[] => {
        const inner = fresh(`${name}/${op}`, nodeNames);
        const made = Array.from({ length: count }, (_, i) => fresh(`${inner}:out${count === 1 ? '' : i}`, taken));
        push({ op, name: inner, outputs: made, ...withRefs(ins, drafts) });
        return made;
      };
      const list = (index: number, what: string): AttributeDraft => {
        const value = nodeInputs[index] ?? '';
        if (value === '') return reject(`want ${what}, got none`);
        return constants.has(value) ? integers(index, what) : { value };
      };
      const one = (index: number, what: string): AttributeDraft => {
        const value = nodeInputs[index] ?? '';
        if (value === '') return reject(`want ${what}, got none`);
        return constants.has(value) ? scalar(index, what) : { value };
      };
      const parameter = (index: number, what: string): DenseConstant => {
        const constant = constants.get(nodeInputs[index] ?? '');
        if (!constant)
          return reject(
            `${what} must be a constant, got ${nodeInputs[index] ? `value "${nodeInputs[index]}"` : 'none'}`,
          );
        return constant.encoding === 'dense'
          ? constant
          : reject(`${what} must be a dense constant, got ${constant.encoding}`);
      };
      const integers = (index: number, what: string): number[] => {
        const { data, dtype, shape } = parameter(index, what);
        if ((dtype !== 'int64' && dtype !== 'int32') || shape.length > 1)
          reject(`want ${what} as a list of integers, got ${dtype} ${format(shape)}`);
        return Array.from(data as ArrayLike<number | bigint>, safeInteger);
      };
      const scalar = (index: number, what: string): number => {
        const { data, shape } = parameter(index, what);
        if (data.length !== 1) reject(`want ${what} as one number, got ${format(shape)}`);
        return data instanceof Float32Array ? shortest(data[0]) : Number(data[0]);
      };
      return {
        opset,
        label,
        position,
        inputs: nodeInputs,
        outputs,
        attributes,
        hasInput: (index) => (nodeInputs[index] ?? '') !== '',
        hasOutput: (index) => (outputs[index] ?? '') !== '',
        constantOf: (value) => constants.get(value),
        parameter,
        integers,
        scalar,
        list,
        one,
        control: finish,
        body(attribute) {
          const around = {
            depth: depth + 1,
            constantOf: (value: string) => constants.get(resolve(value)),
            dtype: (value: string) => types.dtype(resolve(value)),
          };
          const body = readBody(attributes.get(attribute, 'graph'), around, label);
          return { ...body, captures: body.captures.map(resolve) };
        },
        shape: types.shape,
        dtype: types.dtype,
        constant: addConstant,
        number(value) {
          let scalar = scalars.get(value);
          if (scalar === undefined) {
            scalar = addConstant(`scalar(${value})`, {
              encoding: 'dense',
              dtype: 'float32',
              shape: [],
              data: Float32Array.of(value),
            });
            scalars.set(value, scalar);
          }
          return scalar;
        },
        emit: (op, ins, drafts) => emitMany(op, ins, 1, drafts)[0],
        emitMany,
        finish,
        finishOne(index, op, ins, drafts = {}) {
          const part = fresh(index === 0 ? name : `${name}/${op}`, nodeNames);
          push({ op, name: part, outputs: [outputs[index]], ...withRefs(ins, drafts) });
        },
        sequence(index) {
          const value = nodeInputs[index] ?? '';
          return sequences.get(value) ?? reject(`want input ${index} as a sequence, got the tensor "${value}"`);
        },
        finishSequence: (values) => sequences.set(outputs[0], values),
        same(value) {
          // An output of the graph keeps its name: reshaped like itself, which is a view.
          if (results.has(outputs[0])) finish('reshapeLike', [value, value]);
          else aliases.set(outputs[0], value);
        },
        reject,
      };
    },
  };
}

/** Values that attributes refer to, behind the op's own inputs. */
function withRefs(own: readonly string[], drafts: AttributeDrafts): Pick<Node, 'inputs' | 'attributes'> {
  const inputs = [...own];
  const attributes: Record<string, AttributeValue | InputRef> = {};
  for (const [name, draft] of Object.entries(drafts)) {
    if (typeof draft === 'object' && 'value' in draft) attributes[name] = { input: inputs.push(draft.value) - 1 };
    else attributes[name] = draft;
  }
  return { inputs, attributes };
}

/** Without absent names at the end. */
function trimmed(names: readonly string[]): string[] {
  const last = names.findLastIndex((name) => name !== '');
  return names.slice(0, last + 1);
}
