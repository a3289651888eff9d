/** `lacewing/onnx`: ONNX files to graphs and back, and what is in the way. */
export { type CheckOptions, check, type Estimate, type Layer, type Verdict } from '../check/index.ts';
export * from '../onnx/index.ts';
