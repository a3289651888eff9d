/** The public API of the runtime, nothing else. Entry points add where the kernels come from. */
export type { DType } from './core/dtype.ts';
export { ModelError, UsageError } from './core/errors.ts';
export type { Dim, Shape } from './core/shape.ts';
export type { Constant } from './formats/constant.ts';
export type { Graph, GraphInput, Node, Update } from './graph/graph.ts';
export type { FormatChoice } from './plan/encode.ts';
export type { Feeds, Fetches } from './runtime/executor.ts';
export type { ModelSource } from './runtime/load.ts';
export { type Build, type InitOptions, init } from './runtime/modules.ts';
export {
  InferenceSession,
  type Profile,
  type SessionInfo,
  type SessionOptions,
  type ValueMetadata,
} from './runtime/session.ts';
export { type AnyTensor, Tensor, type TensorData } from './runtime/tensor.ts';
export type { KernelTiming, StepTiming } from './runtime/timings.ts';
