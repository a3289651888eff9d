// Every kernel, one line per family. The list of exports is src/kernels/table.ts.
export * from './conv/col2im';
export * from './conv/depthwise';
export * from './conv/im2col';
export { f32_crop, f32_pack_slab } from './conv/phases';
export * from './conv/planes';
export * from './conv/transpose';
export * from './dense/gemm';
export * from './elementwise/activation';
export * from './elementwise/binary';
export * from './elementwise/cast';
export * from './elementwise/compare';
export * from './elementwise/dropout';
export * from './elementwise/epilogue';
export * from './elementwise/gradient';
export * from './elementwise/unary';
export * from './index/copy';
export * from './index/fill';
export * from './index/gather';
export * from './layout/gather';
export * from './layout/panels';
export * from './optimizer/adam';
export * from './optimizer/sgd';
export * from './pool/average';
export * from './pool/bytes';
export * from './pool/indices';
export * from './pool/max';
export * from './pool/rows';
export {
  i16_gemm_4x8,
  i16_im2col,
  i16_pack_columns,
  i16_pack_rows,
  i32_centre_columns,
  i32_requantize,
} from './quant/products';
export { f32_dequantize, f32_dynamic_quantize, f32_quantize } from './quant/quantize';
export * from './recurrent/cells';
export * from './reduce/batch-norm';
export * from './reduce/cross-entropy';
export * from './reduce/group-norm';
export * from './reduce/layer-norm';
export * from './reduce/lrn';
export * from './reduce/reduce';
export * from './reduce/softmax';
export * from './resample/linear';
export * from './resample/nearest';
export * from './resample/taps';
export * from './sparse/sddmm';
export * from './sparse/shrink';
export * from './sparse/spmm-bsr';
export * from './sparse/spmm-csr';
export * from './sparse/spmv';
export * from './sparse/spmv-bsr';
export * from './sparse/spmv-sell';
