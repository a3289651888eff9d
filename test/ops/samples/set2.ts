/** Products, pooling, movement, indexing and update rules. */
import { floats, type Sample, type SampleInput, sparse } from './sample.ts';

const int32 = (shape: readonly number[], data: readonly number[], constant = false): SampleInput => ({
  dtype: 'int32',
  shape,
  data,
  constant,
});
const int64 = (shape: readonly number[], data: readonly number[]): SampleInput => ({ dtype: 'int64', shape, data });
const scalar = (value: number): SampleInput => floats([], { data: [value] });
const constant = { constant: true } as const;
const distinct = { distinct: true } as const;

const matmul: readonly Sample[] = [
  { op: 'matmul', about: 'odd extents', inputs: [floats([7, 9]), floats([9, 5])] },
  {
    op: 'matmul',
    about: 'one row, bias and relu',
    inputs: [floats([1, 13]), floats([13, 6], constant), floats([6])],
    attributes: { activation: 'relu' },
  },
  {
    op: 'matmul',
    about: 'clip with one bound',
    inputs: [floats([3, 4]), floats([4, 5])],
    attributes: { activation: 'clip', max: 0.5 },
  },
  {
    op: 'matmul',
    about: 'clip with two bounds',
    inputs: [floats([3, 4]), floats([4, 5])],
    attributes: { activation: 'clip', min: -0.7, max: 0.9 },
  },
  {
    op: 'matmul',
    about: 'transposed weight under leading axes',
    inputs: [floats([2, 3, 4]), floats([5, 4], constant), floats([5], constant)],
    attributes: { transposeB: true },
  },
  { op: 'matmul', about: 'weight under leading axes', inputs: [floats([2, 3, 2, 4]), floats([4, 5], constant)] },
  {
    op: 'matmul',
    about: 'both transposed',
    inputs: [floats([4, 3]), floats([5, 4])],
    attributes: { transposeA: true, transposeB: true },
  },
  { op: 'matmul', about: 'batches that broadcast', inputs: [floats([3, 1, 2, 4]), floats([2, 4, 3])] },
  {
    op: 'matmul',
    about: 'batches that broadcast, transposed',
    inputs: [floats([2, 4, 3]), floats([3, 1, 5, 4])],
    attributes: { transposeA: true, transposeB: true },
  },
  { op: 'matmul', about: 'matrix by batch', inputs: [floats([3, 4]), floats([2, 4, 5])] },
  { op: 'matmul', about: 'nothing to sum', inputs: [floats([2, 0]), floats([0, 3])] },
  { op: 'matmul', about: 'no rows', inputs: [floats([0, 4]), floats([4, 3])] },
  { op: 'matmul', about: 'csr weight', inputs: [floats([2, 3, 11]), sparse([11, 7], 'csr', 1), floats([7], constant)] },
  {
    op: 'matmul',
    about: 'csr weight, transposed, relu',
    inputs: [floats([5, 11]), sparse([7, 11], 'csr', 0)],
    attributes: { transposeB: true, activation: 'relu' },
  },
  { op: 'matmul', about: 'ragged 4x1 blocks', inputs: [floats([9, 10]), sparse([10, 6], 'bsr', 1, { block: [4, 1] })] },
  { op: 'matmul', about: 'ragged 2x3 blocks', inputs: [floats([3, 10]), sparse([10, 5], 'bsr', 1, { block: [2, 3] })] },
  { op: 'matmul', about: 'ragged 2:4', inputs: [floats([3, 9]), sparse([9, 5], 'nm', 1, { n: 2, m: 4 })] },
];

const sddmm: readonly Sample[] = [
  { op: 'sddmm', about: 'csr', inputs: [floats([6, 11]), floats([6, 7]), sparse([11, 7], 'csr', 1)] },
  {
    op: 'sddmm',
    about: 'csr of a transposed weight',
    inputs: [floats([2, 3, 11]), floats([2, 3, 7]), sparse([7, 11], 'csr', 0)],
    attributes: { outputAxis: 0 },
  },
  {
    op: 'sddmm',
    about: 'ragged 4x1 blocks',
    inputs: [floats([5, 10]), floats([5, 6]), sparse([10, 6], 'bsr', 1, { block: [4, 1] })],
  },
  {
    op: 'sddmm',
    about: 'ragged 2x3 blocks',
    inputs: [floats([5, 10]), floats([5, 5]), sparse([5, 10], 'bsr', 0, { block: [2, 3] })],
  },
  {
    op: 'sddmm',
    about: 'ragged 3:4 shared by 2 rows',
    inputs: [floats([4, 9]), floats([4, 5]), sparse([9, 5], 'nm', 1, { n: 3, m: 4, sharedRows: 2 })],
  },
  { op: 'sddmm', about: 'no rows', inputs: [floats([0, 4]), floats([0, 3]), sparse([4, 3], 'csr', 1)] },
  { op: 'sample', about: 'csr', inputs: [floats([6, 5]), sparse([6, 5], 'csr', 1)] },
  {
    op: 'sample',
    about: 'filter in ragged blocks',
    inputs: [floats([5, 2, 3, 1]), sparse([5, 2, 3, 1], 'bsr', 0, { block: [2, 4] })],
  },
];

const image = { strides: [2, 1], pads: [1, 0, 2, 1], dilations: [1, 2] } as const;

const convolution: readonly Sample[] = [
  { op: 'conv2d', about: 'plain', inputs: [floats([2, 3, 5, 6]), floats([4, 3, 3, 2])] },
  {
    op: 'conv2d',
    about: 'bias, strides, pads and dilations',
    inputs: [floats([1, 2, 7, 8]), floats([3, 2, 3, 3], constant), floats([3])],
    attributes: { ...image },
  },
  {
    op: 'conv2d',
    about: 'two groups, relu',
    inputs: [floats([2, 4, 5, 5]), floats([6, 2, 3, 3]), floats([6])],
    attributes: { group: 2, pads: [1, 1, 1, 1], activation: 'relu' },
  },
  {
    op: 'conv2d',
    about: 'depthwise, stride 2, clip',
    inputs: [floats([1, 3, 7, 7]), floats([3, 1, 3, 3])],
    attributes: { group: 3, strides: [2, 2], pads: [1, 1, 1, 1], activation: 'clip', min: -1, max: 1 },
  },
  { op: 'conv2d', about: '1x1', inputs: [floats([2, 5, 3, 4]), floats([7, 5, 1, 1])] },
  {
    op: 'conv2d',
    about: 'pads larger than the kernel',
    inputs: [floats([1, 1, 2, 2]), floats([1, 1, 2, 2]), floats([1])],
    attributes: { pads: [3, 3, 3, 3] },
  },
  { op: 'conv2d', about: 'no images', inputs: [floats([0, 2, 4, 4]), floats([3, 2, 3, 3])] },
  {
    op: 'conv2d',
    about: 'csr filters',
    inputs: [floats([2, 3, 6, 5]), sparse([5, 3, 3, 3], 'csr', 0), floats([5], constant)],
    attributes: { pads: [1, 1, 1, 1], activation: 'relu' },
  },
  {
    op: 'conv2d',
    about: 'filters in ragged 4x1 blocks',
    inputs: [floats([1, 2, 5, 5]), sparse([6, 2, 3, 3], 'bsr', 0, { block: [4, 1] })],
    attributes: { strides: [2, 2] },
  },
  { op: 'conv2d', about: '2:4 filters', inputs: [floats([1, 3, 4, 4]), sparse([3, 3, 1, 2], 'nm', 0, { n: 2, m: 4 })] },
  {
    op: 'conv2dInputGrad',
    about: 'strides, pads and dilations',
    inputs: [floats([1, 3, 4, 5]), floats([3, 2, 3, 3]), floats([1, 2, 7, 8])],
    attributes: { ...image },
  },
  {
    op: 'conv2dInputGrad',
    about: 'two groups',
    inputs: [floats([2, 6, 5, 5]), floats([6, 2, 3, 3]), floats([2, 4, 5, 5])],
    attributes: { group: 2, pads: [1, 1, 1, 1] },
  },
  {
    op: 'conv2dInputGrad',
    about: 'csr filters',
    inputs: [floats([2, 5, 4, 3]), sparse([5, 3, 3, 3], 'csr', 0), floats([2, 3, 6, 5])],
  },
  {
    op: 'conv2dWeightGrad',
    about: 'strides, pads and dilations',
    inputs: [floats([1, 3, 4, 5]), floats([1, 2, 7, 8]), floats([3, 2, 3, 3])],
    attributes: { ...image },
  },
  {
    op: 'conv2dWeightGrad',
    about: 'depthwise',
    inputs: [floats([2, 3, 4, 4]), floats([2, 3, 4, 4]), floats([3, 1, 3, 3])],
    attributes: { group: 3, pads: [1, 1, 1, 1] },
  },
  {
    op: 'conv2dWeightGrad',
    about: 'csr filters',
    inputs: [floats([2, 5, 4, 3]), floats([2, 3, 6, 5]), sparse([5, 3, 3, 3], 'csr', 0)],
  },
  {
    op: 'conv2dWeightGrad',
    about: 'all weights of csr filters',
    inputs: [floats([2, 5, 4, 3]), floats([2, 3, 6, 5]), sparse([5, 3, 3, 3], 'csr', 0)],
    attributes: { dense: true },
  },
  {
    op: 'conv2dWeightGrad',
    about: 'filters in ragged 4x1 blocks',
    inputs: [floats([1, 6, 3, 3]), floats([1, 2, 5, 5]), sparse([6, 2, 3, 3], 'bsr', 0, { block: [4, 1] })],
  },
];

const pooling: readonly Sample[] = [
  {
    op: 'maxPool',
    about: '2x2 stride 2',
    inputs: [floats([2, 3, 4, 6], distinct)],
    attributes: { kernel: [2, 2], strides: [2, 2] },
  },
  {
    op: 'maxPool',
    about: 'indices, pads, dilations',
    inputs: [floats([1, 2, 7, 6], distinct)],
    attributes: { kernel: [3, 2], strides: [1, 2], pads: [1, 0, 1, 1], dilations: [2, 1] },
    outputs: 2,
  },
  {
    op: 'maxPool',
    about: 'ceilMode',
    inputs: [floats([1, 2, 5, 6], distinct)],
    attributes: { kernel: [3, 3], strides: [2, 2], ceilMode: true },
    outputs: 2,
  },
  { op: 'maxPool', about: 'no images', inputs: [floats([0, 2, 4, 4])], attributes: { kernel: [2, 2] } },
  {
    op: 'maxPoolGrad',
    about: 'windows that overlap',
    inputs: [floats([1, 2, 2, 2]), int32([1, 2, 2, 2], [0, 4, 4, 8, 2, 5, 4, 4]), floats([1, 2, 3, 3])],
  },
  { op: 'avgPool', about: '2x3', inputs: [floats([2, 3, 5, 6])], attributes: { kernel: [2, 3], strides: [2, 1] } },
  {
    op: 'avgPool',
    about: 'pads that do not count',
    inputs: [floats([1, 2, 5, 5])],
    attributes: { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  {
    op: 'avgPool',
    about: 'pads that count, ceilMode',
    inputs: [floats([1, 2, 6, 5])],
    attributes: { kernel: [3, 2], strides: [2, 2], pads: [1, 0, 0, 1], ceilMode: true, countIncludePad: true },
  },
  {
    op: 'avgPoolGrad',
    about: 'pads that do not count',
    inputs: [floats([1, 2, 3, 3]), floats([1, 2, 5, 5])],
    attributes: { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  {
    op: 'avgPoolGrad',
    about: 'pads that count, ceilMode',
    inputs: [floats([1, 2, 3, 3]), floats([1, 2, 6, 5])],
    attributes: { kernel: [3, 2], strides: [2, 2], pads: [1, 0, 0, 1], ceilMode: true, countIncludePad: true },
  },
  { op: 'globalAvgPool', about: 'planes', inputs: [floats([2, 3, 5, 7])] },
  { op: 'globalAvgPool', about: 'lines', inputs: [floats([2, 3, 5])] },
  { op: 'globalAvgPool', about: 'no images', inputs: [floats([0, 3, 2, 2])] },
];

const views: readonly Sample[] = [
  {
    op: 'reshape',
    about: 'copied and inferred extents',
    inputs: [floats([2, 3, 4])],
    attributes: { shape: [0, 2, -1] },
  },
  { op: 'reshape', about: 'to a scalar', inputs: [floats([1, 1])], attributes: { shape: [] } },
  { op: 'reshape', about: 'no elements', inputs: [floats([0, 3])], attributes: { shape: [0, 1, 3] } },
  { op: 'reshapeLike', about: 'to a matrix', inputs: [floats([2, 3, 4]), floats([6, 4])] },
  { op: 'flatten', about: 'by default', inputs: [floats([2, 3, 4])] },
  { op: 'flatten', about: 'from the back', inputs: [floats([2, 3, 4])], attributes: { axis: -1 } },
  { op: 'flatten', about: 'axis 0', inputs: [floats([2, 3])], attributes: { axis: 0 } },
  { op: 'squeeze', about: 'all ones', inputs: [floats([1, 3, 1, 2])] },
  { op: 'squeeze', about: 'one of them', inputs: [floats([1, 3, 1, 2])], attributes: { axes: [-2] } },
  { op: 'unsqueeze', about: 'front and back', inputs: [floats([3, 2])], attributes: { axes: [0, -1] } },
];

const movement: readonly Sample[] = [
  { op: 'transpose', about: 'reversed', inputs: [floats([2, 3, 4])] },
  { op: 'transpose', about: 'a cycle', inputs: [floats([2, 3, 4, 5])], attributes: { perm: [2, 0, 3, 1] } },
  { op: 'transpose', about: 'a matrix of odd extents', inputs: [floats([7, 9])], attributes: { perm: [1, 0] } },
  { op: 'transpose', about: 'int64', inputs: [int64([2, 2], [1, 2, 3, 4])] },
  {
    op: 'concat',
    about: 'three along the middle',
    inputs: [floats([2, 1, 3]), floats([2, 4, 3]), floats([2, 2, 3])],
    attributes: { axis: 1 },
  },
  {
    op: 'concat',
    about: 'from the back, one empty',
    inputs: [floats([2, 3]), floats([2, 0]), floats([2, 2])],
    attributes: { axis: -1 },
  },
  { op: 'concat', about: 'one', inputs: [floats([3])], attributes: { axis: 0 } },
  {
    op: 'slice',
    about: 'clamped, from the back',
    inputs: [floats([5, 6])],
    attributes: { starts: [1, -4], ends: [1000, -1] },
  },
  {
    op: 'slice',
    about: 'steps',
    inputs: [floats([7, 3, 6])],
    attributes: { starts: [1, 5], ends: [7, -1000], axes: [0, -1], steps: [3, -2] },
  },
  { op: 'slice', about: 'nothing', inputs: [floats([4, 2])], attributes: { starts: [3], ends: [1], axes: [0] } },
  {
    op: 'sliceGrad',
    about: 'steps',
    inputs: [floats([2, 3, 3]), floats([7, 3, 6])],
    attributes: { starts: [1, 5], ends: [7, -1000], axes: [0, -1], steps: [3, -2] },
  },
  { op: 'split', about: 'equal parts', inputs: [floats([2, 6, 3])], attributes: { axis: 1 }, outputs: 3 },
  {
    op: 'split',
    about: 'sizes, from the back',
    inputs: [floats([2, 6])],
    attributes: { axis: -1, sizes: [1, 0, 5] },
    outputs: 3,
  },
  { op: 'split', about: 'one part', inputs: [floats([4])] },
  { op: 'pad', about: 'odd widths', inputs: [floats([2, 3])], attributes: { pads: [1, 0, 2, 3], value: -1.5 } },
  { op: 'pad', about: 'padding and cropping', inputs: [floats([4, 5])], attributes: { pads: [-1, 2, 2, -3] } },
  { op: 'pad', about: 'int32', inputs: [int32([2], [5, 6])], attributes: { pads: [1, 1], value: 7 } },
  { op: 'expand', about: 'new axes', inputs: [floats([3, 1])], attributes: { shape: [2, 1, 4] } },
  { op: 'expand', about: 'a scalar', inputs: [floats([])], attributes: { shape: [2, 3] } },
  { op: 'expand', about: 'ones keep the input', inputs: [floats([2, 3])], attributes: { shape: [1, 1] } },
];

const indexing: readonly Sample[] = [
  { op: 'gather', about: 'rows, negative and repeated', inputs: [floats([5, 3]), int32([2, 2], [0, -1, 3, 0], true)] },
  {
    op: 'gather',
    about: 'int64 along the last axis',
    inputs: [floats([2, 4]), int64([3], [3, 1, 1])],
    attributes: { axis: -1 },
  },
  { op: 'gather', about: 'a scalar index', inputs: [floats([2, 4, 3]), int64([], [2])], attributes: { axis: 1 } },
  { op: 'gather', about: 'of int64', inputs: [int64([3], [5, 6, 7]), int32([2], [2, 0])] },
  { op: 'gather', about: 'no indices', inputs: [floats([3, 2]), int32([0], [])] },
  {
    op: 'gatherGrad',
    about: 'repeated indices',
    inputs: [floats([2, 2, 3]), int32([2, 2], [0, -1, 3, 0]), floats([5, 3])],
  },
  {
    op: 'gatherGrad',
    about: 'middle axis',
    inputs: [floats([2, 2, 3]), int64([2], [1, 1]), floats([2, 4, 3])],
    attributes: { axis: 1 },
  },
  {
    op: 'cast',
    about: 'float32 to int32, saturating',
    inputs: [floats([6], { data: [1.9, -1.9, 3e9, -3e9, 0, Number.NaN] })],
    attributes: { to: 'int32' },
  },
  {
    op: 'cast',
    about: 'float32 to int64',
    inputs: [floats([3], { data: [-7.5, 2 ** 40, 0.9] })],
    attributes: { to: 'int64' },
  },
  {
    op: 'cast',
    about: 'float32 to bool',
    inputs: [floats([4], { data: [0, -0, 0.5, Number.NaN] })],
    attributes: { to: 'bool' },
  },
  {
    op: 'cast',
    about: 'bool to float32',
    inputs: [{ dtype: 'bool', shape: [3], data: [1, 0, 1] }],
    attributes: { to: 'float32' },
  },
  { op: 'cast', about: 'int32 to float32', inputs: [int32([3], [-5, 0, 123456])], attributes: { to: 'float32' } },
  { op: 'cast', about: 'int64 to float32', inputs: [int64([3], [-5, 0, 123456])], attributes: { to: 'float32' } },
  { op: 'cast', about: 'int32 to int64', inputs: [int32([2], [-5, 7])], attributes: { to: 'int64' } },
  {
    op: 'cast',
    about: 'int64 to int32, cut off',
    inputs: [int64([3], [-5, 2 ** 31, 2 ** 33 + 3])],
    attributes: { to: 'int32' },
  },
  { op: 'cast', about: 'float32 to float32', inputs: [floats([5])], attributes: { to: 'float32' } },
];

const lr = scalar(0.05);
const positive = { make: (_: unknown, i: number) => 0.01 * (1 + (i % 7)) } as const;
const corrections = [scalar(0.19), scalar(0.002)] as const;

const updates: readonly Sample[] = [
  { op: 'sgd', about: 'plain', inputs: [floats([3, 5]), floats([3, 5]), lr] },
  {
    op: 'sgd',
    about: 'momentum and weight decay',
    inputs: [floats([7], constant), floats([7]), lr, floats([7], constant)],
    attributes: { momentum: 0.9, weightDecay: 0.01 },
    outputs: 2,
  },
  {
    op: 'sgd',
    about: 'nesterov',
    inputs: [floats([4, 2]), floats([4, 2]), lr, floats([4, 2])],
    attributes: { momentum: 0.9, nesterov: true },
    outputs: 2,
  },
  {
    op: 'adam',
    about: 'plain',
    inputs: [floats([3, 5]), floats([3, 5]), lr, ...corrections, floats([3, 5]), floats([3, 5], positive)],
    outputs: 3,
  },
  {
    op: 'adam',
    about: 'weight decay',
    inputs: [floats([9], constant), floats([9]), lr, ...corrections, floats([9]), floats([9], positive)],
    attributes: { weightDecay: 0.1, beta1: 0.8 },
    outputs: 3,
  },
  {
    op: 'adam',
    about: 'decoupled weight decay',
    inputs: [floats([2, 3]), floats([2, 3]), lr, ...corrections, floats([2, 3]), floats([2, 3], positive)],
    attributes: { weightDecay: 0.1, decoupled: true },
    outputs: 3,
  },
  {
    op: 'sgd',
    about: 'stored values of 2:4 weights',
    inputs: [sparse([8, 3], 'nm', 1, { n: 2, m: 4 }), floats([12]), lr, floats([12], constant)],
    attributes: { momentum: 0.5, weightDecay: 0.01 },
    outputs: 2,
  },
  {
    op: 'adam',
    about: 'stored values of 1:4 weights',
    inputs: [
      sparse([5, 8], 'nm', 0, { n: 1, m: 4 }),
      floats([10]),
      lr,
      ...corrections,
      floats([10], constant),
      floats([10], { ...positive, ...constant }),
    ],
    outputs: 3,
  },
];

export const set2: readonly Sample[] = [
  ...matmul,
  ...sddmm,
  ...convolution,
  ...pooling,
  ...views,
  ...movement,
  ...indexing,
  ...updates,
];
