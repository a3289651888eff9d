// Sparse times dense in the npm package ml-sparse-matrix, a turn per line of input: as bench/peers/sparse.py does it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SparseMatrix } from 'ml-sparse-matrix';

const [folder] = process.argv.slice(2);
const read = (file) => new Uint8Array(readFileSync(join(folder, file))).buffer;
const [rows, columns, t] = JSON.parse(readFileSync(join(folder, 'shape.json'), 'utf8'));
const pointers = new Int32Array(read('pointers'));
const indices = new Int32Array(read('indices'));
const values = new Float32Array(read('values'));
const numbers = new Float32Array(read('dense'));

// The package has no dense operand: all numbers are stored.
const matrix = new SparseMatrix(rows, columns, { initialCapacity: 2 * values.length });
for (let row = 0; row < rows; row++)
  for (let i = pointers[row]; i < pointers[row + 1]; i++) matrix.set(row, indices[i], values[i]);
const dense = new SparseMatrix(columns, t, { initialCapacity: 2 * numbers.length });
for (let i = 0; i < numbers.length; i++) dense.set(Math.floor(i / t), i % t, numbers[i]);

let sum = 0;
matrix.mmul(dense).forEachNonZero((_row, _column, value) => {
  sum += value;
  return value;
});
const { version } = JSON.parse(
  readFileSync(new URL('./node_modules/ml-sparse-matrix/package.json', import.meta.url), 'utf8'),
);
console.log(JSON.stringify({ version, sum }));
for await (const _ of createInterface({ input: process.stdin })) {
  const begin = performance.now();
  matrix.mmul(dense);
  console.log(performance.now() - begin);
}
