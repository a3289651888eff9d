import { csr } from '../../formats/csr.ts';
import type { Pattern } from './pattern.ts';

/** Every weight for itself, stored as csr. */
export const unstructured: Pattern = {
  name: 'unstructured',
  units: (rows, columns) => ({ count: rows * columns, of: (row, column) => row * columns + column }),
  encode: csr.fromDense,
};

export type UnstructuredOption = 'unstructured';

export function parseUnstructured(option: unknown): Pattern | undefined {
  return option === 'unstructured' ? unstructured : undefined;
}
