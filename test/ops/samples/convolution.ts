/** Convolution and pooling, with their gradients. */
import { floats, type Sample, type SampleInput, sparse } from './sample.ts';

const int32 = (shape: readonly number[], data: readonly number[], constant = false): SampleInput => ({
  dtype: 'int32',
  shape,
  data,
  constant,
});
const constant = { constant: true } as const;
const distinct = { distinct: true } as const;

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
  {
    op: 'conv2d',
    about: 'residual, then relu',
    inputs: [floats([2, 3, 5, 6]), floats([4, 3, 3, 2]), floats([4]), floats([2, 4, 3, 5])],
    attributes: { activation: 'relu' },
  },
  {
    op: 'conv2d',
    about: 'two groups, gelu, then a residual',
    inputs: [floats([2, 4, 5, 5]), floats([6, 2, 3, 3]), undefined, floats([2, 6, 5, 5])],
    attributes: { group: 2, pads: [1, 1, 1, 1], activation: 'gelu', activationFirst: true },
  },
  {
    op: 'conv2d',
    about: 'depthwise, hardSwish',
    inputs: [floats([1, 3, 7, 7]), floats([6, 1, 3, 3]), floats([6])],
    attributes: { group: 3, activation: 'hardSwish' },
  },
  {
    op: 'conv2d',
    about: 'csr filters, residual',
    inputs: [floats([2, 3, 6, 5]), sparse([5, 3, 3, 3], 'csr', 0), undefined, floats([2, 5, 4, 3])],
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

export const convolutionSamples: readonly Sample[] = [...convolution, ...pooling];
