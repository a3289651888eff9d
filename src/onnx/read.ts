/** ONNX bytes to a Graph. */
import { ModelError, UsageError } from '../core/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { inferTypes } from '../ops/infer.ts';
import { loadEveryOp } from '../ops/table.ts';
import { UnknownNumbersError } from '../ops/unknown.ts';
import { verify } from '../ops/verify.ts';
import { externalReader, type ReadExternal } from './external.ts';
import { functionsOf, withoutCalls } from './functions.ts';
import { type FixedDims, readInputs } from './inputs.ts';
import { ModelProto } from './messages.ts';
import { frameOf } from './model.ts';
import { constantsOf, readNodes } from './read-nodes.ts';
import { readMessage } from './wire.ts';

export interface ReadOnnxOptions {
  /** Numbers for symbolic extents of the inputs, e.g. `{ batch: 1 }`. */
  readonly dims?: FixedDims;
  /**
   * Reads numbers that lie in files beside the model: bytes of the file `location`, a relative path that leads nowhere up.
   * InferenceSession does so by itself for models that it loads from a path or a URL.
   */
  readonly external?: ReadExternal;
}

/**
 * Reads an ONNX model (IR version 3 to 13, opset 1 to 21) into a graph. Value and node names are the file's; nodes without a name
 * are called by their op and position. Constant nodes and initializers become constants; float16 becomes float32.
 *
 * Throws ModelError: at the first broken byte, with its position; or, once the file is decoded, with every op, attribute, type
 * and wiring that is wrong or not supported. Throws UsageError when `dims` names no symbol of the inputs.
 */
export function readOnnx(bytes: Uint8Array, { dims = {}, external: read }: ReadOnnxOptions = {}): Graph {
  loadEveryOp();
  const problems: string[] = [];
  const model = readMessage(ModelProto, bytes);
  const { graph: called, opsets } = frameOf(model, problems);
  const functions = functionsOf(model.functions, problems);
  const graph = withoutCalls(called, functions, problems);
  const external = externalReader(read);
  const constants = constantsOf(graph, { problems, external });
  const inputs = readInputs(graph.input, constants, dims, problems);
  const found = readNodes({ proto: graph, inputs, typed: inputs, constants, opsets, problems, external, functions });
  if (problems.length > 0) throw new ModelError(problems);
  return checkTypes(verify(found.graph));
}

/** Where every extent is a number, the shapes either fit or the model is wrong. Open ones are checked when they are known. */
function checkTypes(graph: Graph): Graph {
  const shapes = new Map<string, number[]>();
  for (const { name, shape } of graph.inputs) {
    const fixed = shape.filter((dim) => typeof dim === 'number');
    if (fixed.length < shape.length) return graph;
    shapes.set(name, fixed);
  }
  try {
    inferTypes(graph, shapes);
  } catch (error) {
    if (error instanceof UnknownNumbersError) return graph;
    if (error instanceof UsageError) throw new ModelError(error.message, { cause: error });
    throw error;
  }
  return graph;
}
