/**
 * Constants as safetensors tensors, and what JSON says of them.
 *
 *     dense   tensor: the numbers, in their own type and shape
 *     csr     tensor: F32 [stored], row after row; positions: U8, where they stand in rows x columns, see positions.ts
 *     bsr     tensor: F32 [stored], block after block; positions: U8, where the blocks stand in their grid
 *     nm      tensor: F32 [stored]; positions: U8, ceil(log2 m) bits each, see bits.ts
 *
 * Rows and columns are those of formats/constant.ts.
 */
import { bytesPerElement, type DType, viewOf } from '../core/dtype.ts';
import { ModelError } from '../core/errors.ts';
import { MAX_ELEMENTS, MAX_RANK, type Shape, sameShape } from '../core/shape.ts';
import {
  type Constant,
  type CsrConstant,
  matrixView,
  type NmConstant,
  type SparseConstant,
} from '../formats/constant.ts';
import { implausible } from '../formats/plausible.ts';
import { verifyConstant } from '../formats/table.ts';
import { bitReader, bitWriter } from './bits.ts';
import { choice, fields, type Json, list, refuse, text, whole } from './checked.ts';
import { type Coding, decodePositions, encodePositions, MAX_RICE } from './positions.ts';
import type { SafeDType, SafeTensor } from './safetensors.ts';

const types: Readonly<Record<DType, SafeDType>> = {
  float32: 'F32',
  float64: 'F64',
  int8: 'I8',
  int16: 'I16',
  int32: 'I32',
  int64: 'I64',
  uint8: 'U8',
  uint16: 'U16',
  uint32: 'U32',
  uint64: 'U64',
  bool: 'BOOL',
  float16: 'F16',
};

const dtypeOf = new Map(Object.entries(types).map(([dtype, safe]) => [safe, dtype as DType]));

function viewed(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Adds the constant's tensors to `tensors`, the values as `tensor`, and returns what JSON says of it. */
export function writeConstant(
  name: string,
  constant: Constant,
  tensor: string,
  tensors: Map<string, SafeTensor>,
  fresh: (base: string) => string,
): Json {
  const { encoding, dtype, shape } = constant;
  if (constant.encoding === 'dense') {
    tensors.set(tensor, { dtype: types[dtype], shape, bytes: viewed(constant.data) });
    return { name, encoding, tensor };
  }
  const { values, outputAxis } = constant;
  tensors.set(tensor, { dtype: 'F32', shape: [values.length], bytes: viewed(values) });
  const { bytes, ...settings } = packPositions(constant);
  const positions = fresh(`${name}.positions`);
  tensors.set(positions, { dtype: 'U8', shape: [bytes.length], bytes });
  return { name, encoding, shape, outputAxis, tensor, positions, ...settings };
}

/** Blocks form a coarser matrix; in csr a block is one weight. */
function gridOf(shape: Shape, outputAxis: number, [height, width]: readonly [number, number]) {
  const { rows, columns } = matrixView(shape, outputAxis);
  return { rows: Math.ceil(rows / height), columns: Math.ceil(columns / width) };
}

function packPositions(constant: SparseConstant): Json & { readonly bytes: Uint8Array } {
  if (constant.encoding === 'nm') {
    const { n, m, sharedRows, positions } = constant;
    const width = bitsFor(m);
    const bytes = new Uint8Array(Math.ceil((positions.length * width) / 8));
    const writer = bitWriter(bytes);
    for (const position of positions) writer.write(position, width);
    return { n, m, sharedRows, bytes };
  }
  const block = constant.encoding === 'bsr' ? constant.block : ([1, 1] as const);
  const grid = gridOf(constant.shape, constant.outputAxis, block);
  const { rowPointers, columns } = constant;
  const flat = new Uint32Array(columns.length);
  for (let row = 0; row < grid.rows; row++)
    for (let i = rowPointers[row]; i < rowPointers[row + 1]; i++) flat[i] = row * grid.columns + columns[i];
  const coded = encodePositions(flat, grid.rows * grid.columns);
  return constant.encoding === 'bsr' ? { block, ...coded } : coded;
}

/** Bits that hold 0 .. m - 1. */
function bitsFor(m: number): number {
  return m <= 1 ? 0 : 32 - Math.clz32(m - 1);
}

/** A constant and its name. `take` hands out each tensor of the file once. Throws ModelError. */
export function readConstant(
  value: unknown,
  where: string,
  take: (name: string) => SafeTensor,
): readonly [string, Constant] {
  const encodings = ['dense', 'csr', 'bsr', 'nm'] as const;
  const settings: Record<(typeof encodings)[number], readonly string[]> = {
    dense: [],
    csr: ['shape', 'outputAxis', 'positions', 'coding', 'k?'],
    bsr: ['shape', 'outputAxis', 'positions', 'block', 'coding', 'k?'],
    nm: ['shape', 'outputAxis', 'positions', 'n', 'm', 'sharedRows'],
  };
  const every = [...new Set(Object.values(settings).flat())].map((name) => (name.endsWith('?') ? name : `${name}?`));
  const encoding = choice(
    fields(value, where, ['name', 'encoding', 'tensor', ...every]).encoding,
    `${where}.encoding`,
    encodings,
  );
  const json = fields(value, where, ['name', 'encoding', 'tensor', ...settings[encoding]]);
  const name = text(json.name, `${where}.name`);
  const what = `constant "${name}"`;
  const tensor = take(text(json.tensor, `${what}.tensor`));
  const constant = encoding === 'dense' ? readDense(tensor, what) : readSparse(encoding, json, tensor, what, take);
  const problems = verifyConstant(constant);
  if (problems.length > 0) throw new ModelError(problems.map((problem) => `${what}: ${problem}`));
  return [name, constant];
}

function readDense({ dtype: safe, shape, bytes }: SafeTensor, what: string): Constant {
  const dtype = dtypeOf.get(safe) ?? refuse(what, `a type among ${[...dtypeOf.keys()].join(', ')}`, safe);
  checkShape(shape, what);
  return {
    encoding: 'dense',
    dtype,
    shape,
    data: viewOf(dtype, aligned(bytes), 0, bytes.length / bytesPerElement(dtype)),
  };
}

/** A copy in a buffer of its own, where typed arrays may begin. */
function aligned(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

function checkShape(shape: Shape, what: string): void {
  if (shape.length > MAX_RANK) refuse(what, `rank <= ${MAX_RANK}`, shape);
  if (shape.reduce((product, extent) => product * (extent || 1), 1) > MAX_ELEMENTS)
    refuse(what, `at most ${MAX_ELEMENTS} elements`, shape);
}

function readSparse(
  encoding: SparseConstant['encoding'],
  json: Json,
  tensor: SafeTensor,
  what: string,
  take: (name: string) => SafeTensor,
): SparseConstant {
  const shape = list(json.shape, `${what}.shape`, (extent, where) => whole(extent, where, 0, MAX_ELEMENTS));
  checkShape(shape, what);
  const outputAxis = whole(json.outputAxis, `${what}.outputAxis`, 0, shape.length - 1);
  const { length } = tensor.bytes;
  if (tensor.dtype !== 'F32' || !sameShape(tensor.shape, [length / 4]))
    refuse(what, 'values F32 [stored]', `${tensor.dtype} [${tensor.shape.join(', ')}]`);
  const values = new Float32Array(aligned(tensor.bytes));
  const guard = implausible(shape, values.length);
  if (guard) throw new ModelError(`${what}: ${guard}`);
  const positions = take(text(json.positions, `${what}.positions`));
  if (positions.dtype !== 'U8' || positions.shape.length !== 1)
    refuse(what, 'positions U8 [bytes]', `${positions.dtype} [${positions.shape.join(', ')}]`);
  const base = { dtype: 'float32', shape, outputAxis, values } as const;
  if (encoding === 'nm') return { ...base, encoding, ...readNm(json, base, positions.bytes, what) };
  if (encoding === 'csr') return { ...base, encoding, ...readRows(json, base, [1, 1], positions.bytes, what) };
  const [height, width, ...more] = list(json.block, `${what}.block`, (extent, where) =>
    whole(extent, where, 1, MAX_ELEMENTS),
  );
  if (width === undefined || more.length > 0) refuse(what, 'a block of two extents', json.block);
  const block = [height, width] as const;
  return { ...base, encoding, block, ...readRows(json, base, block, positions.bytes, what) };
}

type Base = Pick<SparseConstant, 'shape' | 'outputAxis' | 'values'>;

function readRows(
  json: Json,
  { shape, outputAxis, values }: Base,
  block: readonly [number, number],
  bytes: Uint8Array,
  what: string,
): Pick<CsrConstant, 'rowPointers' | 'columns'> {
  const coding = choice(json.coding, `${what}.coding`, ['bitmask', 'rice']);
  if ((coding === 'rice') !== (json.k !== undefined)) refuse(what, 'k with the coding rice, and only there', json.k);
  const code: Coding = coding === 'rice' ? { coding, k: whole(json.k, `${what}.k`, 0, MAX_RICE) } : { coding };
  const grid = gridOf(shape, outputAxis, block);
  const count = values.length / (block[0] * block[1]);
  if (!Number.isInteger(count)) refuse(what, `values for whole blocks of ${block.join(' x ')}`, values.length);
  const columns = decodePositions(code, bytes, grid.rows * grid.columns, count, what);
  const rowPointers = new Uint32Array(grid.rows + 1);
  columns.forEach((at, i) => {
    const row = Math.floor(at / grid.columns);
    rowPointers[row + 1]++;
    columns[i] = at - row * grid.columns;
  });
  for (let row = 0; row < grid.rows; row++) rowPointers[row + 1] += rowPointers[row];
  return { rowPointers, columns };
}

function readNm(
  json: Json,
  { shape, outputAxis, values }: Base,
  bytes: Uint8Array,
  what: string,
): Pick<NmConstant, 'n' | 'm' | 'sharedRows' | 'positions'> {
  const m = whole(json.m, `${what}.m`, 1, 256);
  const n = whole(json.n, `${what}.n`, 1, m);
  const sharedRows = whole(json.sharedRows, `${what}.sharedRows`, 1, MAX_ELEMENTS);
  const { rows, columns } = matrixView(shape, outputAxis);
  const perRow = Math.ceil(columns / m) * n;
  if (values.length !== rows * perRow) refuse(what, `${rows * perRow} values`, values.length);
  const width = bitsFor(m);
  const positions = new Uint8Array(Math.ceil(rows / sharedRows) * perRow);
  const reader = bitReader(bytes, what);
  for (let i = 0; i < positions.length; i++) positions[i] = reader.read(width);
  reader.finish();
  return { n, m, sharedRows, positions };
}
