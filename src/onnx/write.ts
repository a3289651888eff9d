/** A Graph to ONNX bytes. */
import { UsageError } from '../core/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { inferSymbolic } from '../ops/infer.ts';
import { openTypes } from '../ops/open-types.ts';
import { loadEveryOp } from '../ops/table.ts';
import { UnknownNumbersError } from '../ops/unknown.ts';
import { verify } from '../ops/verify.ts';
import { ModelProto } from './messages.ts';
import { writeMessage } from './wire-writer.ts';
import { graphDraft, namesOf } from './write-graph.ts';

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
  loadEveryOp();
  if (opset !== OPSET) throw new UsageError(`want opset ${OPSET}, got ${String(opset)}`);
  verify(graph);
  if (graph.updates.length > 0)
    throw new UsageError(
      `graph "${graph.name}": want a graph without updates (a training graph cannot be exported), got ${graph.updates.length}`,
    );
  if (new Set(graph.outputs).size < graph.outputs.length)
    throw new UsageError(`graph "${graph.name}": want every output once, got ${graph.outputs.join(', ')}`);
  checkShapes(graph);
  const refused: string[] = [];
  const values = new Set(everyName(graph));
  const written = graphDraft(graph, { types: openTypes(graph), sparse, values, refused });
  if (refused.length > 0) throw new UsageError(refused.join('\n'));
  return writeMessage(ModelProto, {
    irVersion: IR_VERSION,
    producerName: 'lacewing',
    graph: written,
    opsetImport: [{ domain: '', version: OPSET }],
  });
}

/** Throws what inference says of a graph that can never run; shapes that follow from a run are another matter. */
function checkShapes(graph: Graph): void {
  try {
    inferSymbolic(graph);
  } catch (error) {
    const open = graph.inputs.some(({ shape }) => shape.some((dim) => typeof dim === 'string'));
    if (!(error instanceof UnknownNumbersError) && !(error instanceof UsageError && open)) throw error;
  }
}

/** Names of values in the graph and in the graphs of its nodes. */
function everyName(graph: Graph): string[] {
  const inner = graph.nodes.flatMap(({ bodies = {} }) => Object.values(bodies).flatMap(everyName));
  return [...namesOf(graph), ...inner];
}
