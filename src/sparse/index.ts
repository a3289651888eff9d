/** Sparse matrices in the manner of torch.sparse and scipy.sparse, on the kernels of the runtime. Public as `lacewing/sparse`. */
export { ModelError, UsageError } from '../core/errors.ts';
export { type Build, type InitOptions, init } from '../runtime/modules.ts';
export { Tensor } from '../runtime/tensor.ts';
export type {
  BsrArrays,
  CooArrays,
  CscArrays,
  CsrArrays,
  NmArrays,
  SparseArrays,
  SparseArraysLike,
} from './arrays.ts';
export type { Duplicates, Mask } from './build.ts';
export type { Dense, Range, Vector } from './checks.ts';
export { info, type ReadyOptions, ready, type SparseInfo } from './engine.ts';
export { matmul } from './matmul.ts';
export type { Layout, LayoutOptions, MatrixShape } from './matrix.ts';
export { readMatrixMarket } from './matrix-market.ts';
export { type MatrixMarketOptions, writeMatrixMarket } from './matrix-market-write.ts';
export { readSparseTensors, writeSparseTensors } from './safetensors.ts';
export { type DenseOptions, type MakeOptions, SparseTensor, type TripletOptions } from './tensor.ts';
