/** TensorProto.DataType numbers and our element types. */
import type { DType } from '../core/dtype.ts';
import { ModelError } from '../core/errors.ts';

/** By number; 0 is a file that does not say. */
const names = [
  'undefined',
  'float',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'double',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
  'bfloat16',
] as const;

export type OnnxType = (typeof names)[number];

/** What each readable type becomes. float16 is computed in float32. */
const imported: Readonly<Partial<Record<OnnxType, DType>>> = {
  float: 'float32',
  float16: 'float32',
  double: 'float64',
  int8: 'int8',
  int16: 'int16',
  int32: 'int32',
  int64: 'int64',
  uint8: 'uint8',
  uint16: 'uint16',
  uint32: 'uint32',
  uint64: 'uint64',
  bool: 'bool',
};

const exported: Readonly<Record<DType, OnnxType>> = {
  float32: 'float',
  float64: 'double',
  float16: 'float16',
  int8: 'int8',
  int16: 'int16',
  int32: 'int32',
  int64: 'int64',
  uint8: 'uint8',
  uint16: 'uint16',
  uint32: 'uint32',
  uint64: 'uint64',
  bool: 'bool',
};

/** The name of a DataType number. */
export function onnxTypeOf(number: number | undefined): OnnxType | `type ${number}` {
  const at = number ?? 0;
  return names[at] ?? `type ${at}`;
}

/** Our element type for a DataType number. Throws ModelError where there is none; `what` begins the message. */
export function importType(number: number | undefined, what: string): DType {
  const name = onnxTypeOf(number);
  const dtype = imported[name as OnnxType];
  if (dtype) return dtype;
  throw new ModelError(`${what}: want an element type among ${Object.keys(imported).join(', ')}, got ${name}`);
}

/** The DataType number of an element type. */
export function exportType(dtype: DType): number {
  return names.indexOf(exported[dtype]);
}
