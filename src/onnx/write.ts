/** A Graph to ONNX bytes. */
import { UsageError } from '../core/errors.ts';
import type { Dim } from '../core/shape.ts';
import { densified } from '../formats/densify.ts';
import type { Graph } from '../graph/graph.ts';
import { inferSymbolic, type SymbolicType } from '../ops/infer.ts';
import { where } from '../ops/op.ts';
import { verify } from '../ops/verify.ts';
import { exportType } from './data-types.ts';
import { exporter } from './export-node.ts';
import { ModelProto, type SparseTensorDraft, type TensorDraft, type ValueInfoDraft } from './messages.ts';
import { exportRules } from './rules/table.ts';
import { writeSparseTensor } from './sparse-tensor.ts';
import { writeTensor } from './tensor.ts';
import { writeMessage } from './wire-writer.ts';

const IR_VERSION = 8;
const OPSET = 17;

export interface WriteOnnxOptions {
  /** The opset to write; 17 is the only one. */
  readonly opset?: 17;
  /**
   * Write sparse-encoded weights as sparse_initializer: a file as small as the weights are sparse, for readers that know
   * it. Otherwise, the default, their zeros are written out, which every ONNX runtime reads.
   */
  readonly sparse?: boolean;
}

/**
 * Writes the graph as an ONNX model (IR version 8, opset 17). Names are kept; symbolic extents become dim_param; fused
 * activations, biases and transposes become nodes of their own; gelu is written out in terms of Erf or Tanh.
 *
 * Throws UsageError naming every node that has no ONNX counterpart, such as gradients and optimizers, and ModelError for an
 * unsound graph.
 */
export function writeOnnx(graph: Graph, { opset = OPSET, sparse = false }: WriteOnnxOptions = {}): Uint8Array {
  if (opset !== OPSET) throw new UsageError(`want opset ${OPSET}, got ${String(opset)}`);
  verify(graph);
  if (graph.updates.length > 0)
    throw new UsageError(
      `graph "${graph.name}": want a graph without updates (a training graph cannot be exported), got ${graph.updates.length}`,
    );
  if (new Set(graph.outputs).size < graph.outputs.length)
    throw new UsageError(`graph "${graph.name}": want every output once, got ${graph.outputs.join(', ')}`);
  const types = inferSymbolic(graph);
  const out = exporter(graph, types);
  const refused: string[] = [];
  for (const node of graph.nodes) {
    const rule = Object.hasOwn(exportRules, node.op) ? exportRules[node.op] : undefined;
    if (rule) rule(out.node(node));
    else refused.push(`${where(node)}: the op has no ONNX counterpart`);
  }
  if (refused.length > 0) throw new UsageError(refused.join('\n'));

  // A constant that is itself an output goes in under another name: ONNX wants outputs to be made by nodes.
  const renamed = new Map<string, string>();
  for (const output of graph.outputs) {
    if (!graph.constants.has(output)) continue;
    const inner = out.fresh(`${output}.value`);
    renamed.set(output, inner);
    out.rename(inner, output);
  }
  const inputs = (names: readonly string[] | undefined) => names?.map((name) => renamed.get(name) ?? name);
  const nodes = out.nodes.map((node) => ({ ...node, input: inputs(node.input as readonly string[]) }));

  const used = new Set(nodes.flatMap(({ input }) => input ?? []));
  const initializer: TensorDraft[] = [];
  const sparseInitializer: SparseTensorDraft[] = [];
  for (const [name, constant] of [...graph.constants, ...out.constants]) {
    const inner = renamed.get(name) ?? name;
    if (!used.has(inner)) continue;
    if (sparse && constant.encoding !== 'dense') sparseInitializer.push(writeSparseTensor(inner, constant));
    else initializer.push(writeTensor(inner, densified(constant)));
  }
  return writeMessage(ModelProto, {
    irVersion: IR_VERSION,
    producerName: 'lacewing',
    graph: {
      node: nodes,
      name: graph.name || 'graph',
      initializer,
      sparseInitializer,
      input: graph.inputs.map(({ name, dtype, shape }) => valueInfo(name, { dtype, shape })),
      output: graph.outputs.map((name) => valueInfo(name, types.get(name) as SymbolicType)),
    },
    opsetImport: [{ domain: '', version: OPSET }],
  });
}

/** An extent that depends on symbols in a way that has no name is left open. */
function valueInfo(name: string, { dtype, shape }: SymbolicType): ValueInfoDraft {
  const dim = shape.map((extent: Dim) => {
    if (typeof extent === 'number') return { dimValue: extent };
    return extent.startsWith('?') ? {} : { dimParam: extent };
  });
  return { name, type: { tensorType: { elemType: exportType(dtype), shape: { dim } } } };
}
