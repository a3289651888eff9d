/** Sparse weights through sparse_initializer and back. */
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';
import { random, uniform } from '../../src/core/random.ts';
import type { Shape } from '../../src/core/shape.ts';
import type { CsrConstant, SparseConstant } from '../../src/formats/constant.ts';
import type { FormatOptions } from '../../src/formats/format.ts';
import { formats, toDense, verifyConstant } from '../../src/formats/table.ts';
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { readOnnx, writeOnnx } from '../../src/onnx/index.ts';
import { ModelProto, type SparseTensorDraft } from '../../src/onnx/messages.ts';
import { writeMessage } from '../../src/onnx/wire-writer.ts';
import { draft, node, tensor } from './model.ts';

/** A weight with about a third kept; one kept value is 0. */
function weight(
  shape: Shape,
  outputAxis: number,
  encoding: SparseConstant['encoding'] = 'csr',
  options: FormatOptions = {},
) {
  const generator = random(3);
  const size = shape.reduce((product, extent) => product * extent, 1);
  const keep = Uint8Array.from({ length: size }, () => (uniform(generator) < 0.3 ? 1 : 0));
  const data = Float32Array.from(keep, (kept) => (kept ? uniform(generator) - 0.5 : 0));
  if (encoding === 'csr') data[keep.indexOf(1)] = 0;
  return formats[encoding].fromDense(data, shape, outputAxis, encoding === 'csr' ? keep : undefined, options);
}

function product(constant: ReturnType<typeof weight>, transposeB = false): Graph {
  const builder = graphBuilder('product');
  const w = builder.constant('w', constant);
  const x = builder.input('x', 'float32', ['rows', constant.shape[transposeB ? 1 : 0]]);
  builder.output(builder.node('matmul', [x, w], { transposeB }));
  return builder.build();
}

describe('sparse_initializer', () => {
  it('keeps a matmul weight as csr, zeros that are kept included', () => {
    const constant = weight([9, 7], 1);
    const read = readOnnx(writeOnnx(product(constant), { sparse: true }));
    expect(read.constants.get('w')).toEqual(constant);
  });

  it('keeps a transposed weight as csr', () => {
    const constant = weight([9, 7], 0);
    expect(readOnnx(writeOnnx(product(constant, true), { sparse: true })).constants.get('w')).toEqual(constant);
  });

  it('swaps the axes of a transposed weight under leading axes, and leaves it sparse', () => {
    const builder = graphBuilder('product');
    const constant = weight([9, 7], 0);
    const w = builder.constant('w', constant);
    builder.output(builder.node('matmul', [builder.input('x', 'float32', [2, 'rows', 7]), w], { transposeB: true }));
    const read = readOnnx(writeOnnx(builder.build(), { sparse: true })).constants.get('w.transposed') as CsrConstant;
    expect(read).toEqual({ ...constant, shape: [7, 9], outputAxis: 1 });
  });

  it('keeps a convolution filter as csr', () => {
    const builder = graphBuilder('convolution');
    const constant = weight([5, 3, 3, 2], 0);
    const x = builder.input('x', 'float32', ['n', 3, 8, 8]);
    builder.output(builder.node('conv2d', [x, builder.constant('w', constant)]));
    expect(readOnnx(writeOnnx(builder.build(), { sparse: true })).constants.get('w')).toEqual(constant);
  });

  it('turns blocks and N:M into csr with the same weights', () => {
    for (const [encoding, options] of [
      ['bsr', { block: [4, 2] }],
      ['nm', { n: 4, m: 4 }],
    ] as const) {
      const constant = weight([9, 7], 1, encoding, options);
      const read = readOnnx(writeOnnx(product(constant), { sparse: true })).constants.get('w');
      expect(read?.encoding).toBe('csr');
      if (!read) continue;
      expect(verifyConstant(read)).toEqual([]);
      expect(toDense(read)).toEqual(toDense(constant));
    }
  });

  it('writes zeros out unless asked otherwise', () => {
    const constant = weight([9, 7], 1);
    const read = readOnnx(writeOnnx(product(constant))).constants.get('w');
    expect(read).toEqual({ encoding: 'dense', dtype: 'float32', shape: [9, 7], data: toDense(constant) });
  });

  it('fills a weight out that is used in other places too', () => {
    const builder = graphBuilder('twice');
    const constant = weight([7, 7], 1);
    const w = builder.constant('w', constant);
    const x = builder.input('x', 'float32', ['rows', 7]);
    builder.output(builder.node('matmul', [x, w]), builder.node('abs', [w]));
    const read = readOnnx(writeOnnx(builder.build(), { sparse: true })).constants.get('w');
    expect(read).toEqual({ encoding: 'dense', dtype: 'float32', shape: [7, 7], data: toDense(constant) });
  });
});

/** A model whose weight is the given sparse tensor. */
function withSparse(sparse: SparseTensorDraft): Uint8Array {
  const base = draft({
    nodes: [node('MatMul', ['x', 'w'], ['y'])],
    inputs: [['x', 'float32', ['n', 3]]],
    outputs: ['y'],
  });
  return writeMessage(ModelProto, { ...base, graph: { ...base.graph, sparseInitializer: [sparse] } });
}

const two = tensor('w', 'float32', [2], [1, 2]);
const flat = (indices: readonly number[]) => tensor('', 'int64', [indices.length], indices);

describe('sparse tensors by hand', () => {
  it('reads coordinates as tuples', () => {
    const read = readOnnx(
      withSparse({ values: two, indices: tensor('', 'int64', [2, 2], [0, 1, 2, 0]), dims: [3, 2] }),
    );
    const w = read.constants.get('w');
    expect(w?.encoding).toBe('csr');
    expect(w && [...toDense(w)]).toEqual([0, 1, 0, 0, 2, 0]);
  });

  for (const [about, indices, dims, message] of [
    ['out of range', flat([0, 6]), [3, 2], /indices in \[0, 6\), got 6/],
    ['negative', flat([-1, 2]), [3, 2], /got -1/],
    ['descending', flat([2, 1]), [3, 2], /ascending/],
    ['twice the same', flat([1, 1]), [3, 2], /ascending/],
    ['too many', flat([0, 1, 2]), [3, 2], /want indices \[2\] or \[2, 2\], got \[3\]/],
    ['a tuple out of range', tensor('', 'int64', [2, 2], [0, 2, 1, 0]), [3, 2], /on axis 1/],
    ['of another type', tensor('', 'int32', [2], [0, 1]), [3, 2], /int64/],
    ['in a huge shape', flat([0, 1]), [30000, 60000], /elements per stored value/],
    ['in a shape past every limit', flat([0, 1]), [2 ** 31, 2 ** 31], /at most 2147483647 elements/],
  ] as const)
    it(`refuses indices ${about}`, () => {
      const read = () => readOnnx(withSparse({ values: two, indices, dims }));
      expect(read).toThrow(ModelError);
      expect(read).toThrow(message);
    });
});
