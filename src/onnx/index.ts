/** ONNX model files to graphs and back. */
export { externalLocations, type ReadExternal } from './external.ts';
export type { FixedDims } from './inputs.ts';
export { type ReadOnnxOptions, readOnnx } from './read.ts';
export { type WriteOnnxOptions, writeOnnx } from './write.ts';
