/**
 * Sparse tensors in safetensors files. A tensor "w" is one entry per array of its layout, and a line of metadata:
 *
 *     "w.rowPointers"  I32 [rows + 1]        metadata "sparse": { "w": { "layout": "csr", "shape": [rows, columns] }, ... }
 *     "w.columnIndices" I32 [stored]         bsr also says "block", nm "n", "m" and "sharedRows"
 *     "w.values"       F32 [stored]          positions of nm are U8
 *
 * Any reader of safetensors sees the arrays by those names.
 */
import { ModelError, UsageError } from '../core/errors.ts';
import { fields, list, refuse, whole } from '../file/checked.ts';
import { readSafetensors, type SafeTensor, type Safetensors, writeSafetensors } from '../file/safetensors.ts';
import type { SparseArrays, SparseArraysLike } from './arrays.ts';
import { isBelievable } from './believable.ts';
import type { Layout } from './matrix.ts';
import { SparseTensor } from './tensor.ts';

const METADATA = 'sparse';

/** The arrays of each layout, and the numbers that go into the metadata. */
const contents: Readonly<Record<Layout, { readonly arrays: readonly string[]; readonly numbers: readonly string[] }>> =
  {
    coo: { arrays: ['rowIndices', 'columnIndices', 'values'], numbers: [] },
    csr: { arrays: ['rowPointers', 'columnIndices', 'values'], numbers: [] },
    csc: { arrays: ['columnPointers', 'rowIndices', 'values'], numbers: [] },
    bsr: { arrays: ['rowPointers', 'columnIndices', 'values'], numbers: ['block'] },
    nm: { arrays: ['positions', 'values'], numbers: ['n', 'm', 'sharedRows'] },
  };

/** Type and JavaScript array of what is stored under a name. */
const types = {
  values: { dtype: 'F32', array: Float32Array },
  positions: { dtype: 'U8', array: Uint8Array },
  other: { dtype: 'I32', array: Int32Array },
} as const;

function typeOf(array: string) {
  return array === 'values' || array === 'positions' ? types[array] : types.other;
}

/**
 * The bytes of a safetensors file with these tensors, each in its own layout. The same tensors give the same bytes.
 * @param metadata text by key, kept beside; the key "sparse" is taken
 * @throws UsageError when the metadata has that key
 */
export function writeSparseTensors(
  tensors: Readonly<Record<string, SparseTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const entries = new Map<string, SafeTensor>();
  const described: Record<string, unknown> = Object.create(null);
  if (Object.hasOwn(metadata, METADATA))
    throw new UsageError(`writeSparseTensors: want metadata without the key "${METADATA}", got one`);
  for (const [name, tensor] of Object.entries(tensors)) {
    const arrays = tensor.arrays();
    const all = arrays as SparseArrays & Readonly<Record<string, unknown>>;
    const { arrays: names, numbers } = contents[arrays.layout];
    for (const array of names) {
      const data = all[array] as Int32Array;
      const key = `${name}.${array}`;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      entries.set(key, { dtype: typeOf(array).dtype, shape: [data.length], bytes });
    }
    const details = Object.fromEntries(numbers.map((field) => [field, all[field]]));
    described[name] = { layout: arrays.layout, shape: arrays.shape, ...details };
  }
  return writeSafetensors(entries, { ...metadata, [METADATA]: JSON.stringify(described) });
}

/**
 * The sparse tensors of a safetensors file that `writeSparseTensors` wrote, by name. Other arrays in it are left alone.
 * @throws ModelError when the file is broken, or an array does not fit its layout
 */
export function readSparseTensors(bytes: Uint8Array): Map<string, SparseTensor> {
  const file = readSafetensors(bytes);
  const where = `metadata "${METADATA}"`;
  if (!Object.hasOwn(file.metadata, METADATA)) refuse(where, 'a description of sparse tensors', undefined);
  let described: unknown;
  try {
    described = JSON.parse(file.metadata[METADATA]);
  } catch (error) {
    refuse(where, 'JSON', error instanceof Error ? error.message : String(error));
  }
  if (typeof described !== 'object' || described === null || Array.isArray(described))
    refuse(where, 'an object', described);
  const tensors = new Map<string, SparseTensor>();
  for (const [name, value] of Object.entries(described)) tensors.set(name, readOne(file, name, value));
  return tensors;
}

function readOne(file: Safetensors, name: string, value: unknown): SparseTensor {
  const where = `tensor "${name}"`;
  const layout = layoutOf(where, value);
  const { arrays: names, numbers } = contents[layout];
  const described = fields(value, where, ['layout', 'shape', ...numbers]);
  const extents = (what: string) =>
    list(described[what], `${where}: ${what}`, (extent, at) => whole(extent, at, 0, 2 ** 31 - 1));
  const shape = extents('shape');
  const read: Record<string, unknown> = { layout, shape };
  for (const field of numbers)
    read[field] = field === 'block' ? extents(field) : whole(described[field], `${where}: ${field}`, 1, 2 ** 31 - 1);
  for (const array of names) read[array] = arrayOf(file, name, array);
  const stored = (read.values as Float32Array).length;
  for (const extent of shape) if (!isBelievable(extent, stored)) refuse(where, 'extents that fit the values', extent);
  try {
    return SparseTensor.fromArrays(read as unknown as SparseArraysLike);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new ModelError(`${where}: ${error.message}`, { cause: error });
  }
}

function layoutOf(where: string, value: unknown): Layout {
  const layout =
    typeof value === 'object' && value !== null ? (value as { readonly layout?: unknown }).layout : undefined;
  if (typeof layout === 'string' && Object.hasOwn(contents, layout)) return layout as Layout;
  return refuse(`${where}: layout`, Object.keys(contents).join(', '), layout);
}

/** A copy of an array: bytes in a file may lie at any address. */
function arrayOf({ tensors }: Safetensors, name: string, array: string): Int32Array | Uint8Array | Float32Array {
  const key = `${name}.${array}`;
  const { dtype, array: Numbers } = typeOf(array);
  const found = tensors.get(key);
  if (!found) return refuse(`tensor "${name}"`, `an array "${key}"`, undefined);
  if (found.dtype !== dtype || found.shape.length !== 1)
    refuse(`array "${key}"`, `${dtype} of one extent`, `${found.dtype} [${found.shape.join(', ')}]`);
  return new Numbers(found.bytes.slice().buffer);
}
