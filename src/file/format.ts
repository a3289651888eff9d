/** Tells model files apart by what is in them; names and extensions do not count. */
import { ModelError } from '../core/errors.ts';

/** Tags with which an ONNX model may begin: every field of ModelProto with its wire type. */
const modelTags = [0x08, 0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72, 0xa2, 0xca];

/**
 * 'lace': a safetensors header, its length in the first 8 bytes and a brace after them. 'onnx': a protobuf field that a model
 * may begin with. Neither says that the rest is sound. Throws ModelError for anything else.
 */
export function detectFormat(bytes: Uint8Array): 'lace' | 'onnx' {
  if (bytes.length > 8 && bytes[8] === 0x7b) {
    const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
    if (length <= BigInt(bytes.length - 8)) return 'lace';
  }
  if (modelTags.includes(bytes[0])) return 'onnx';
  const head = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  throw new ModelError(`byte 0: model file: want ONNX or .lace, got ${head || 'no bytes'}`);
}
