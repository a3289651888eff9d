/** Gathers a graph's constants: initializers, sparse initializers and Constant nodes. */
import { ModelError } from '../core/errors.ts';
import type { Constant, DenseConstant } from '../formats/constant.ts';
import { attributeProblems, onnxAttributes, safeInteger } from './attributes.ts';
import type { ExternalReader } from './external.ts';
import type { GraphProto, NodeProto } from './messages.ts';
import { domainOf } from './model.ts';
import { type Coordinates, densify, readSparseTensor, toCsr } from './sparse-tensor.ts';
import { readTensor } from './tensor.ts';

const constantAttributes = {
  value: 'tensor',
  sparse_value: 'sparse tensor',
  value_float: 'float',
  value_floats: 'floats',
  value_int: 'int',
  value_ints: 'ints',
} as const;

export function isConstantNode(node: NodeProto): boolean {
  return node.opType === 'Constant' && domainOf(node.domain) === '';
}

/** Runs `read`; what it throws as ModelError becomes problems. */
export function collect<T>(problems: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    for (const problem of error.problems) problems.push(problem);
    return undefined;
  }
}

/** Constants by name. A sparse one stays sparse (csr) where every use of it is as the weight of a product, else it is filled out. */
export function gatherConstants(
  graph: GraphProto,
  labels: readonly string[],
  problems: string[],
  external: ExternalReader,
): Map<string, Constant> {
  const constants = new Map<string, Constant>();
  const sparse = new Map<string, Coordinates>();
  const put = (name: string, what: string, read: () => Constant | Coordinates) => {
    if (name === '') problems.push(`${what}: want a name, got none`);
    else if (constants.has(name) || sparse.has(name)) problems.push(`${what}: there is another constant of this name`);
    else {
      // A constant that cannot be read still has its name, so that its uses are not reported as well.
      const constant = collect(problems, read) ?? nothing;
      if ('encoding' in constant) constants.set(name, constant);
      else sparse.set(name, constant);
    }
  };
  for (const tensor of graph.initializer) {
    const what = `initializer "${tensor.name ?? ''}"`;
    put(tensor.name ?? '', what, () => readTensor(tensor, what, external));
  }
  for (const tensor of graph.sparseInitializer) {
    const name = tensor.values?.name ?? '';
    put(name, `sparse initializer "${name}"`, () => readSparseTensor(tensor, `sparse initializer "${name}"`, external));
  }
  graph.node.forEach((node, position) => {
    if (isConstantNode(node))
      put(node.output[0] ?? '', labels[position], () => constantOfNode(node, labels[position], external));
  });
  const axes = sparse.size > 0 ? weightAxes(graph, sparse) : new Map<string, number>();
  for (const [name, coordinates] of sparse) {
    const axis = axes.get(name);
    constants.set(name, axis === undefined ? densify(coordinates) : toCsr(coordinates, axis));
  }
  return constants;
}

const nothing: DenseConstant = { encoding: 'dense', dtype: 'float32', shape: [0], data: new Float32Array() };

function constantOfNode(node: NodeProto, what: string, external: ExternalReader): Constant | Coordinates {
  const problems = attributeProblems(node.attribute, constantAttributes, what);
  if (node.attribute.length !== 1 || node.output.length !== 1 || node.input.length !== 0)
    problems.push(
      `${what}: want no input, one output and one value, got ${node.input.length}, ${node.output.length} and ${node.attribute.length}`,
    );
  if (problems.length > 0) throw new ModelError(problems);
  const attributes = onnxAttributes(node.attribute, what);
  const floats = (shape: readonly number[], values: readonly number[]): DenseConstant => ({
    encoding: 'dense',
    dtype: 'float32',
    shape,
    data: Float32Array.from(values),
  });
  const [{ name, i, ints }] = node.attribute;
  switch (name) {
    case 'value':
      return readTensor(attributes.get('value', 'tensor'), what, external);
    case 'sparse_value':
      return readSparseTensor(attributes.get('sparse_value', 'sparse tensor'), what, external);
    case 'value_float':
      return floats([], [attributes.get('value_float', 'float')]);
    case 'value_floats': {
      const values = attributes.get('value_floats', 'floats');
      return floats([values.length], values);
    }
    case 'value_int':
      return { encoding: 'dense', dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(safeInteger(i ?? 0))) };
    default:
      return { encoding: 'dense', dtype: 'int64', shape: [ints.length], data: ints.slice() };
  }
}

/** The output axis of each constant whose every use is a weight position, and that one and the same. */
function weightAxes(graph: GraphProto, names: ReadonlyMap<string, Coordinates>): Map<string, number> {
  const axes = new Map<string, number>();
  const other = new Set<string>(graph.output.map(({ name }) => name ?? ''));
  for (const node of graph.node)
    node.input.forEach((input, index) => {
      const coordinates = names.get(input);
      if (!coordinates) return;
      const axis = index === 1 ? weightAxis(node, coordinates.shape.length) : undefined;
      if (axis === undefined || (axes.has(input) && axes.get(input) !== axis)) other.add(input);
      else axes.set(input, axis);
    });
  for (const name of other) axes.delete(name);
  return axes;
}

/** The output axis of the weight at input 1, in the positions that ops/ sees as weights. */
function weightAxis(node: NodeProto, rank: number): number | undefined {
  if (domainOf(node.domain) !== '') return undefined;
  const setting = (name: string, fallback: number) =>
    Number(node.attribute.find((attribute) => attribute.name === name)?.i ?? fallback);
  switch (node.opType) {
    case 'MatMul':
      return rank === 2 ? 1 : undefined;
    case 'Gemm':
      if (rank !== 2 || setting('transA', 0) !== 0) return undefined;
      return setting('transB', 0) !== 0 ? 0 : 1;
    case 'Conv':
      return rank === 4 && setting('group', 1) === 1 ? 0 : undefined;
    default:
      return undefined;
  }
}
