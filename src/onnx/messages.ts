/**
 * The part of onnx.proto that Lacewing reads and writes. Graphs inside attributes are kept as bytes, which are messages for
 * those who look into them; training information and annotations too, which are only reported. So no message contains
 * itself, and the nesting of a file is bounded by these tables.
 */
import { type DraftOf, type MessageOf, many, message, one } from './schema.ts';

export const StringStringEntryProto = message('StringStringEntryProto', {
  key: one(1, 'string'),
  value: one(2, 'string'),
});

export const TensorProto = message('TensorProto', {
  dims: many(1, 'int64'),
  dataType: one(2, 'int32'),
  segment: one(3, 'bytes'),
  floatData: many(4, 'float'),
  int32Data: many(5, 'int32'),
  stringData: many(6, 'bytes'),
  int64Data: many(7, 'int64'),
  name: one(8, 'string'),
  rawData: one(9, 'bytes'),
  doubleData: many(10, 'double'),
  uint64Data: many(11, 'uint64'),
  externalData: many(13, StringStringEntryProto),
  dataLocation: one(14, 'int32'),
});
export type TensorProto = MessageOf<(typeof TensorProto)['fields']>;
export type TensorDraft = DraftOf<(typeof TensorProto)['fields']>;

export const SparseTensorProto = message('SparseTensorProto', {
  values: one(1, TensorProto),
  indices: one(2, TensorProto),
  dims: many(3, 'int64'),
});
export type SparseTensorProto = MessageOf<(typeof SparseTensorProto)['fields']>;
export type SparseTensorDraft = DraftOf<(typeof SparseTensorProto)['fields']>;

export const AttributeProto = message('AttributeProto', {
  name: one(1, 'string'),
  f: one(2, 'float'),
  i: one(3, 'int64'),
  s: one(4, 'bytes'),
  t: one(5, TensorProto),
  g: one(6, 'bytes'),
  floats: many(7, 'float'),
  ints: many(8, 'int64'),
  strings: many(9, 'bytes'),
  tensors: many(10, 'bytes'),
  graphs: many(11, 'bytes'),
  tp: one(14, 'bytes'),
  typeProtos: many(15, 'bytes'),
  type: one(20, 'int32'),
  refAttrName: one(21, 'string'),
  sparseTensor: one(22, SparseTensorProto),
  sparseTensors: many(23, 'bytes'),
});
export type AttributeProto = MessageOf<(typeof AttributeProto)['fields']>;
export type AttributeDraft = DraftOf<(typeof AttributeProto)['fields']>;

/** AttributeProto.AttributeType, in the order of its numbers; 0 is a file that does not say. */
export const attributeTypes = [
  'undefined',
  'float',
  'int',
  'string',
  'tensor',
  'graph',
  'floats',
  'ints',
  'strings',
  'tensors',
  'graphs',
  'sparse tensor',
  'sparse tensors',
  'type',
  'types',
] as const;

export const NodeProto = message('NodeProto', {
  input: many(1, 'string'),
  output: many(2, 'string'),
  name: one(3, 'string'),
  opType: one(4, 'string'),
  attribute: many(5, AttributeProto),
  domain: one(7, 'string'),
  overload: one(8, 'string'),
});
export type NodeProto = MessageOf<(typeof NodeProto)['fields']>;
export type NodeDraft = DraftOf<(typeof NodeProto)['fields']>;

export const Dimension = message('TensorShapeProto.Dimension', {
  dimValue: one(1, 'int64'),
  dimParam: one(2, 'string'),
});

export const TensorShapeProto = message('TensorShapeProto', { dim: many(1, Dimension) });

export const TensorTypeProto = message('TypeProto.Tensor', {
  elemType: one(1, 'int32'),
  shape: one(2, TensorShapeProto),
});

export const TypeProto = message('TypeProto', {
  tensorType: one(1, TensorTypeProto),
  sequenceType: one(4, 'bytes'),
  mapType: one(5, 'bytes'),
  sparseTensorType: one(8, 'bytes'),
  optionalType: one(9, 'bytes'),
});

export const ValueInfoProto = message('ValueInfoProto', { name: one(1, 'string'), type: one(2, TypeProto) });
export type ValueInfoProto = MessageOf<(typeof ValueInfoProto)['fields']>;
export type ValueInfoDraft = DraftOf<(typeof ValueInfoProto)['fields']>;

export const GraphProto = message('GraphProto', {
  node: many(1, NodeProto),
  name: one(2, 'string'),
  initializer: many(5, TensorProto),
  input: many(11, ValueInfoProto),
  output: many(12, ValueInfoProto),
  valueInfo: many(13, ValueInfoProto),
  sparseInitializer: many(15, SparseTensorProto),
});
export type GraphProto = MessageOf<(typeof GraphProto)['fields']>;

export const OperatorSetIdProto = message('OperatorSetIdProto', { domain: one(1, 'string'), version: one(2, 'int64') });

export const FunctionProto = message('FunctionProto', {
  name: one(1, 'string'),
  input: many(4, 'string'),
  output: many(5, 'string'),
  attribute: many(6, 'string'),
  node: many(7, NodeProto),
  opsetImport: many(9, OperatorSetIdProto),
  domain: one(10, 'string'),
  attributeProto: many(11, AttributeProto),
  overload: one(13, 'string'),
});
export type FunctionProto = MessageOf<(typeof FunctionProto)['fields']>;
export type FunctionDraft = DraftOf<(typeof FunctionProto)['fields']>;

export const ModelProto = message('ModelProto', {
  irVersion: one(1, 'int64'),
  producerName: one(2, 'string'),
  producerVersion: one(3, 'string'),
  domain: one(4, 'string'),
  modelVersion: one(5, 'int64'),
  graph: one(7, GraphProto),
  opsetImport: many(8, OperatorSetIdProto),
  trainingInfo: many(20, 'bytes'),
  functions: many(25, FunctionProto),
});
export type ModelProto = MessageOf<(typeof ModelProto)['fields']>;
export type ModelDraft = DraftOf<(typeof ModelProto)['fields']>;
