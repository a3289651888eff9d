/** Lacewing's model file, and the safetensors format it is made of. */
export { detectFormat } from './format.ts';
export { readLace, writeLace } from './lace.ts';
export {
  readSafetensors,
  type SafeDType,
  type SafeTensor,
  type Safetensors,
  writeSafetensors,
} from './safetensors.ts';
