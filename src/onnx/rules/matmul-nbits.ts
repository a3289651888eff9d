/** onnxruntime's MatMulNBits: a product with weights of few bits, whose numbers are written out while reading. */
import type { DenseConstant } from '../../formats/constant.ts';
import type { ImportNode, ImportRules } from '../import-rule.ts';

/** Numbers of `bits` bits each, the first in the lowest bits of a byte. */
function unpacked(bytes: ArrayLike<number>, bits: number, at: number): number {
  const perByte = 8 / bits;
  return (bytes[Math.floor(at / perByte)] >> ((at % perByte) * bits)) & (2 ** bits - 1);
}

interface Blocks {
  readonly n: number;
  readonly k: number;
  readonly bits: number;
  readonly size: number;
  /** Per row. */
  readonly count: number;
}

function blocksOf({ attributes, reject }: ImportNode): Blocks {
  const [n, k, size] = ['N', 'K', 'block_size'].map((name) => attributes.get(name, 'int'));
  const bits = attributes.get('bits', 'int', 4);
  if (![2, 4, 8].includes(bits)) reject(`want bits among 2, 4, 8, got ${bits}`);
  if (n < 1 || k < 1 || size < 1 || (size * bits) % 8 !== 0)
    reject(`want N, K >= 1 and blocks of whole bytes, got N ${n}, K ${k}, block_size ${size}`);
  return { n, k, bits, size, count: Math.ceil(k / size) };
}

/** The zero point of a block: packed like the weights, each row from a byte on, or floats; without them the middle. */
function zeroPoints(node: ImportNode, { n, count, bits }: Blocks): (row: number, block: number) => number {
  if (!node.hasInput(3)) return () => 2 ** (bits - 1);
  const { dtype, data } = node.parameter(3, 'zero_points');
  if (dtype === 'float32') {
    expectLength(node, 'zero_points', data, n * count);
    return (row, block) => Number(data[row * count + block]);
  }
  if (dtype !== 'uint8') node.reject(`want zero_points of uint8 or the type of A, got ${dtype}`);
  const perRow = Math.ceil((count * bits) / 8);
  expectLength(node, 'zero_points', data, n * perRow);
  return (row, block) => unpacked((data as Uint8Array).subarray(row * perRow), bits, block);
}

function expectLength(node: ImportNode, what: string, { length }: ArrayLike<unknown>, wanted: number): void {
  if (length !== wanted) node.reject(`want ${wanted} elements in ${what}, got ${length}`);
}

/**
 * B is [N, blocks, bytes per block] and stands for
 *
 *     W[n, k] = (q[n, k] - zeroPoint[n, block of k]) · scale[n, block of k]     Y = A · W^T + bias
 */
function weight(node: ImportNode): DenseConstant {
  const blocks = blocksOf(node);
  const { n, k, bits, size, count } = blocks;
  const [packed, scales] = [node.parameter(1, 'B'), node.parameter(2, 'scales')];
  if (packed.dtype !== 'uint8') node.reject(`want B of uint8, got ${packed.dtype}`);
  if (scales.dtype !== 'float32') node.reject(`want scales of float or float16, got ${scales.dtype}`);
  expectLength(node, 'B', packed.data, (n * count * size * bits) / 8);
  expectLength(node, 'scales', scales.data, n * count);
  const zero = zeroPoints(node, blocks);
  const data = new Float32Array(n * k);
  for (let row = 0; row < n; row++)
    for (let block = 0; block < count; block++) {
      const at = row * count + block;
      const [scale, middle] = [Number(scales.data[at]), zero(row, block)];
      for (let i = 0; i < size && block * size + i < k; i++) {
        const q = unpacked(packed.data as Uint8Array, bits, at * size + i);
        data[row * k + block * size + i] = (q - middle) * scale;
      }
    }
  return { encoding: 'dense', dtype: 'float32', shape: [n, k], data };
}

function importMatMulNBits(node: ImportNode): void {
  if (node.hasInput(4)) node.reject('g_idx, an order of the weights, is not supported');
  const [a, b, , , , bias] = node.inputs;
  const made = node.constant(`${b}.weight`, weight(node));
  node.finish('matmul', bias ? [a, made, bias] : [a, made], { transposeB: true });
}

export const nbitsImports: ImportRules = {
  MatMulNBits: {
    inputs: [3, 6],
    optional: true,
    // accuracy_level only allows for less accuracy.
    attributes: { K: 'int', N: 'int', accuracy_level: 'int', bits: 'int', block_size: 'int' },
    run: importMatMulNBits,
  },
};
