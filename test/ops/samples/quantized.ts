/** Quantization and products of quantized numbers. */
import { below } from '../../../src/core/random.ts';
import type { Shape } from '../../../src/core/shape.ts';
import { between, whole } from './elementwise.ts';
import { floats, type Sample, type SampleInput } from './sample.ts';

const bytes = (dtype: 'uint8' | 'int8', shape: Shape, data?: readonly number[]): SampleInput =>
  data
    ? { dtype, shape, data }
    : { dtype, shape, make: (generator) => below(generator, 256) - (dtype === 'int8' ? 128 : 0) };
const scale = (shape: Shape, value = 0.05): SampleInput => floats(shape, { make: between(value, 2 * value) });
const one = (value: number): SampleInput => floats([], { data: [value] });

const quantize: readonly Sample[] = [
  {
    op: 'quantizeLinear',
    about: 'halves, and numbers out of range',
    inputs: [
      floats([9], { data: [0.5, 1.5, 2.5, -0.5, -1.5, 1000, -1000, 254.5, -0] }),
      one(1),
      bytes('uint8', [], [1]),
    ],
  },
  { op: 'quantizeLinear', about: 'without a zero point', inputs: [floats([3, 5]), one(0.01)] },
  { op: 'quantizeLinear', about: 'to int8 by name', inputs: [floats([3, 5]), one(0.01)], attributes: { to: 'int8' } },
  {
    op: 'quantizeLinear',
    about: 'int8 along the last axis',
    inputs: [floats([2, 3, 5]), scale([5]), bytes('int8', [5])],
    attributes: { axis: -1 },
  },
  { op: 'quantizeLinear', about: 'along axis 1', inputs: [floats([2, 3, 5]), scale([3]), bytes('uint8', [3])] },
  {
    op: 'quantizeLinear',
    about: 'int32',
    inputs: [{ dtype: 'int32', shape: [7], make: whole(500) }, one(3), bytes('int8', [], [3])],
  },
  { op: 'dequantizeLinear', about: 'uint8', inputs: [bytes('uint8', [3, 5]), one(0.02), bytes('uint8', [], [128])] },
  { op: 'dequantizeLinear', about: 'without a zero point', inputs: [bytes('int8', [3, 5]), one(0.02)] },
  {
    op: 'dequantizeLinear',
    about: 'along the first axis',
    inputs: [bytes('int8', [3, 5]), scale([3]), bytes('int8', [3])],
    attributes: { axis: 0 },
  },
  { op: 'dequantizeLinear', about: 'int32', inputs: [{ dtype: 'int32', shape: [7], make: whole(99999) }, one(0.001)] },
  { op: 'dynamicQuantizeLinear', about: 'both signs', inputs: [floats([3, 5])], outputs: 3 },
  { op: 'dynamicQuantizeLinear', about: 'positive', inputs: [floats([7], { make: between(1, 3) })], outputs: 3 },
  { op: 'dynamicQuantizeLinear', about: 'negative', inputs: [floats([7], { make: between(-3, -1) })], outputs: 3 },
  { op: 'dynamicQuantizeLinear', about: 'zeros', inputs: [floats([3], { data: [0, 0, 0] })], outputs: 3 },
];

/** In blocks, and of 16 bits: what opset 17 lacks. */
export const lateQuantized: readonly Sample[] = [
  {
    op: 'quantizeLinear',
    about: 'blocks',
    inputs: [floats([2, 5, 3]), scale([2, 3, 3]), bytes('int8', [2, 3, 3])],
    attributes: { axis: 1, blockSize: 2 },
  },
  {
    op: 'dequantizeLinear',
    about: 'blocks',
    inputs: [bytes('uint8', [4, 6]), scale([4, 2])],
    attributes: { axis: -1, blockSize: 3 },
  },
  {
    op: 'quantizeLinear',
    about: 'uint16',
    inputs: [
      floats([7], { data: [0, 1, -1, 5000, 70, -5000, 0.3] }),
      one(0.125),
      { dtype: 'uint16', shape: [], data: [32768] },
    ],
  },
  { op: 'dequantizeLinear', about: 'int16', inputs: [{ dtype: 'int16', shape: [7], make: whole(32767) }, one(0.001)] },
];

const matrices: readonly Sample[] = [
  {
    op: 'matmulInteger',
    about: 'odd extents, leading axes',
    inputs: [bytes('int8', [2, 7, 11]), bytes('uint8', [11, 19]), bytes('int8', [], [5]), bytes('uint8', [19])],
  },
  {
    op: 'matmulInteger',
    about: 'a zero point per row',
    inputs: [bytes('uint8', [5, 8]), bytes('uint8', [8, 9]), bytes('uint8', [5]), bytes('uint8', [])],
  },
  { op: 'matmulInteger', about: 'no zero points', inputs: [bytes('uint8', [3, 7]), bytes('int8', [7, 5])] },
  {
    op: 'matmulInteger',
    about: 'a zero point per column',
    inputs: [bytes('uint8', [3, 7]), bytes('int8', [7, 5]), bytes('uint8', []), bytes('int8', [5])],
  },
  {
    op: 'matmulInteger',
    about: 'batches that broadcast',
    inputs: [bytes('uint8', [2, 1, 3, 4]), bytes('uint8', [5, 4, 2]), bytes('uint8', []), bytes('uint8', [])],
  },
  {
    op: 'qlinearMatmul',
    about: 'one scale each',
    inputs: [
      ...[bytes('uint8', [3, 7]), one(0.02), bytes('uint8', [], [120])],
      ...[bytes('uint8', [7, 5]), one(0.03), bytes('uint8', [], [130])],
      ...[one(0.2), bytes('uint8', [], [128])],
    ],
  },
  {
    op: 'qlinearMatmul',
    about: 'a scale per column, batches',
    inputs: [
      ...[bytes('int8', [2, 3, 7]), one(0.02), bytes('int8', [], [3])],
      ...[bytes('int8', [7, 5], undefined), scale([5]), bytes('int8', [5], [0, 0, 0, 0, 0])],
      ...[one(0.4), bytes('int8', [], [-4])],
    ],
  },
];

const convolutions: readonly Sample[] = [
  ...[1, 2, 3].map(
    (stride): Sample => ({
      op: 'convInteger',
      about: `wide images, stride ${stride}`,
      inputs: [bytes('int8', [1, 3, 4, 37]), bytes('int8', [6, 3, 3, 3]), bytes('int8', [], [-7])],
      attributes: { pads: [1, 1, 1, 1], strides: [1, stride] },
    }),
  ),
  {
    op: 'convInteger',
    about: 'padding around a zero point',
    inputs: [bytes('uint8', [2, 3, 5, 4]), bytes('uint8', [4, 3, 3, 2]), bytes('uint8', [], [100])],
    attributes: { pads: [1, 0, 1, 1] },
  },
  {
    op: 'convInteger',
    about: 'strides, dilations, groups',
    inputs: [bytes('uint8', [1, 4, 7, 7]), bytes('uint8', [6, 2, 2, 2]), bytes('uint8', []), bytes('uint8', [])],
    attributes: { strides: [2, 1], dilations: [1, 2], group: 2 },
  },
  {
    op: 'qlinearConv',
    about: 'a scale per filter, bias',
    inputs: [
      ...[bytes('uint8', [2, 3, 5, 5]), one(0.02), bytes('uint8', [], [127])],
      ...[bytes('int8', [4, 3, 3, 3]), scale([4], 0.01), bytes('int8', [4], [0, 0, 0, 0])],
      ...[one(0.1), bytes('uint8', [], [100]), { dtype: 'int32', shape: [4], make: whole(5000) } as const],
    ],
    attributes: { pads: [1, 1, 1, 1], strides: [2, 2] },
  },
  {
    op: 'qlinearConv',
    about: 'depthwise, same padding',
    inputs: [
      ...[bytes('uint8', [1, 3, 6, 5]), one(0.02), bytes('uint8', [], [127])],
      ...[bytes('uint8', [3, 1, 3, 3]), one(0.01), bytes('uint8', [], [120])],
      ...[one(0.05), bytes('uint8', [], [100])],
    ],
    attributes: { autoPad: 'sameLower', strides: [2, 2], group: 3 },
  },
  {
    op: 'qlinearConv',
    about: 'one axis',
    inputs: [
      ...[bytes('uint8', [1, 2, 9]), one(0.02), bytes('uint8', [], [127])],
      ...[bytes('uint8', [3, 2, 3]), one(0.01), bytes('uint8', [], [120])],
      ...[one(0.05), bytes('uint8', [], [100])],
    ],
  },
];

export const quantizedSamples: readonly Sample[] = [...quantize, ...lateQuantized, ...matrices, ...convolutions];
