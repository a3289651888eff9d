/** Pooling over one to three axes, with every attribute, and transposed convolution over as many. */
import { floats, type Sample, type SampleInput } from './sample.ts';

const distinct = { distinct: true } as const;
const typed = (
  dtype: SampleInput['dtype'],
  shape: readonly number[],
  extra: Partial<SampleInput> = {},
): SampleInput => ({
  dtype,
  shape,
  ...extra,
});

const pools: readonly Sample[] = [
  { op: 'maxPool', about: 'a line', inputs: [floats([2, 3, 9], distinct)], attributes: { kernel: [3], strides: [2] } },
  {
    op: 'maxPool',
    about: 'a line, indices, pads, ceilMode',
    inputs: [floats([1, 2, 10], distinct)],
    attributes: { kernel: [4], strides: [3], pads: [1, 1], ceilMode: true, indices: 'tensor' },
    outputs: 2,
  },
  {
    op: 'maxPool',
    about: 'indices in the tensor',
    inputs: [floats([2, 2, 5, 7], distinct)],
    attributes: { kernel: [2, 3], strides: [2, 2], pads: [0, 1, 1, 1], indices: 'tensor' },
    outputs: 2,
  },
  {
    op: 'maxPool',
    about: 'indices by columns',
    inputs: [floats([2, 2, 5, 4], distinct)],
    attributes: { kernel: [2, 2], indices: 'tensorColumns' },
    outputs: 2,
  },
  {
    op: 'maxPool',
    about: 'autoPad at the end',
    inputs: [floats([1, 2, 6, 7], distinct)],
    attributes: { kernel: [3, 2], strides: [2, 3], autoPad: 'sameUpper' },
  },
  {
    op: 'maxPool',
    about: 'autoPad at the begin',
    inputs: [floats([1, 2, 6, 9], distinct)],
    attributes: { kernel: [2, 3], strides: [1, 2], autoPad: 'sameLower' },
  },
  { op: 'maxPool', about: 'depth', inputs: [floats([2, 2, 4, 5, 6], distinct)], attributes: { kernel: [2, 3, 2] } },
  {
    op: 'maxPool',
    about: 'depth, strides, pads, dilations, ceilMode',
    inputs: [floats([1, 3, 7, 6, 9], distinct)],
    attributes: {
      ...{ kernel: [3, 2, 3], strides: [2, 2, 3], pads: [1, 0, 1, 1, 0, 0], dilations: [2, 1, 1], ceilMode: true },
    },
  },
  {
    op: 'maxPool',
    about: 'depth in float64 with indices',
    inputs: [typed('float64', [1, 2, 4, 5, 4], distinct)],
    attributes: { kernel: [2, 2, 3], strides: [1, 2, 1], indices: 'tensorColumns' },
    outputs: 2,
  },
  {
    op: 'maxPool',
    about: 'uint8',
    inputs: [typed('uint8', [1, 2, 4, 45], { make: (_, i) => (i * 37) % 256 })],
    attributes: { kernel: [2, 2], strides: [1, 2], pads: [1, 1, 0, 0] },
  },
  {
    op: 'maxPool',
    about: 'int8',
    inputs: [typed('int8', [1, 2, 4, 39], { make: (_, i) => ((i * 37) % 256) - 128 })],
    attributes: { kernel: [3, 2], dilations: [1, 3], pads: [0, 1, 1, 1] },
  },
  {
    op: 'maxPoolGrad',
    about: 'depth',
    inputs: [
      floats([1, 2, 1, 1, 2]),
      { dtype: 'int32', shape: [1, 2, 1, 1, 2], data: [0, 7, 3, 3] },
      floats([1, 2, 2, 2, 2]),
    ],
  },
  { op: 'avgPool', about: 'a line', inputs: [floats([2, 3, 9])], attributes: { kernel: [3], strides: [2] } },
  {
    op: 'avgPool',
    about: 'depth, pads that do not count',
    inputs: [floats([2, 2, 5, 6, 4])],
    attributes: { kernel: [2, 3, 2], strides: [2, 1, 2], pads: [1, 1, 0, 0, 1, 1] },
  },
  {
    op: 'avgPool',
    about: 'depth, pads that count, ceilMode',
    inputs: [floats([1, 2, 6, 5, 6])],
    attributes: {
      ...{ kernel: [3, 2, 3], strides: [2, 2, 2], pads: [0, 1, 1, 1, 0, 1], ceilMode: true, countIncludePad: true },
    },
  },
  {
    op: 'avgPool',
    about: 'autoPad',
    inputs: [floats([1, 2, 5, 6])],
    attributes: { kernel: [3, 4], strides: [2, 2], autoPad: 'sameLower' },
  },
  {
    op: 'avgPool',
    about: 'float64',
    inputs: [typed('float64', [1, 2, 7, 8])],
    attributes: { kernel: [2, 3], strides: [1, 2], pads: [1, 1, 0, 1], countIncludePad: true },
  },
  {
    op: 'avgPoolGrad',
    about: 'depth, pads that count',
    inputs: [floats([2, 2, 3, 6, 2]), floats([2, 2, 5, 6, 4])],
    attributes: { kernel: [2, 3, 2], strides: [2, 1, 2], pads: [1, 1, 0, 0, 1, 1], countIncludePad: true },
  },
  {
    op: 'avgPoolGrad',
    about: 'a line',
    inputs: [floats([2, 3, 4]), floats([2, 3, 9])],
    attributes: { kernel: [3], strides: [2] },
  },
  { op: 'lpPool', about: 'a line, p 1', inputs: [floats([2, 3, 9])], attributes: { kernel: [3], strides: [2], p: 1 } },
  {
    op: 'lpPool',
    about: 'p 2, pads',
    inputs: [floats([2, 3, 6, 5])],
    attributes: { kernel: [3, 2], strides: [2, 1], pads: [1, 0, 0, 1] },
  },
  { op: 'lpPool', about: 'p 3, depth', inputs: [floats([1, 2, 4, 3, 5])], attributes: { kernel: [2, 2, 3], p: 3 } },
  {
    op: 'maxUnpool',
    about: 'a window',
    inputs: [floats([1, 2, 2, 2]), typed('int64', [1, 2, 2, 2], { data: [0, 3, 8, 14, 17, 19, 24, 30] })],
    attributes: { kernel: [2, 2], strides: [2, 2] },
  },
  {
    op: 'maxUnpool',
    about: 'an output shape',
    inputs: [floats([1, 1, 2]), typed('int64', [1, 1, 2], { data: [1, 4] })],
    attributes: { kernel: [2], strides: [2], outputShape: [1, 1, 5] },
  },
  { op: 'globalMaxPool', about: 'planes', inputs: [floats([2, 3, 5, 7], distinct)] },
  { op: 'globalMaxPool', about: 'a volume', inputs: [floats([2, 3, 2, 5, 3], distinct)] },
  { op: 'globalMaxPool', about: 'lines', inputs: [floats([3, 2, 6], distinct)] },
  { op: 'globalMaxPool', about: 'no images', inputs: [floats([0, 3, 2, 2])] },
  { op: 'globalLpPool', about: 'planes', inputs: [floats([2, 3, 5, 7])] },
  { op: 'globalLpPool', about: 'lines, p 3', inputs: [floats([2, 3, 5])], attributes: { p: 3 } },
];

const volumes: readonly Sample[] = [
  { op: 'conv3d', about: 'plain', inputs: [floats([2, 3, 4, 5, 6]), floats([4, 3, 2, 3, 2])] },
  {
    op: 'conv3d',
    about: 'groups, bias, strides, pads, dilations',
    inputs: [floats([1, 4, 7, 6, 9]), floats([6, 2, 3, 2, 3]), floats([6])],
    attributes: { group: 2, strides: [2, 1, 3], pads: [1, 0, 2, 0, 1, 1], dilations: [2, 1, 2] },
  },
  {
    op: 'conv3d',
    about: 'autoPad',
    inputs: [floats([1, 2, 4, 5, 5]), floats([3, 2, 2, 3, 3])],
    attributes: { strides: [1, 2, 2], autoPad: 'sameUpper' },
  },
  { op: 'conv3d', about: '1x1x1', inputs: [floats([1, 3, 2, 3, 5]), floats([4, 3, 1, 1, 1])] },
  { op: 'conv3d', about: 'no images', inputs: [floats([0, 2, 3, 4, 4]), floats([3, 2, 3, 3, 3])] },
  {
    op: 'conv2d',
    about: 'autoPad, stride 2',
    inputs: [floats([1, 2, 6, 7]), floats([3, 2, 3, 4])],
    attributes: { strides: [2, 2], autoPad: 'sameUpper' },
  },
  {
    op: 'conv2d',
    about: 'autoPad at the begin',
    inputs: [floats([1, 2, 6, 7]), floats([3, 2, 4, 2])],
    attributes: { autoPad: 'sameLower' },
  },
];

const transposed: readonly Sample[] = [
  {
    op: 'convTranspose',
    about: '2x2 stride 2',
    inputs: [floats([2, 5, 4, 6]), floats([5, 3, 2, 2]), floats([3])],
    attributes: { strides: [2, 2] },
  },
  {
    op: 'convTranspose',
    about: '2x2 stride 2, rows of several tiles',
    inputs: [floats([2, 3, 3, 21]), floats([3, 2, 2, 2])],
    attributes: { strides: [2, 2], activation: 'relu' },
    kinks: true,
  },
  {
    op: 'convTranspose',
    about: '2x2 stride 2, one filter of each group, a residual, sigmoid',
    inputs: [floats([2, 6, 2, 8]), floats([6, 1, 2, 2]), floats([2]), floats([2, 2, 4, 16])],
    attributes: { group: 2, strides: [2, 2], activation: 'sigmoid' },
  },
  {
    op: 'convTranspose',
    about: 'relu',
    inputs: [floats([1, 2, 5, 9]), floats([2, 3, 3, 2]), floats([3])],
    attributes: { strides: [2, 2], pads: [1, 0, 0, 0], activation: 'relu' },
  },
  {
    op: 'convTranspose',
    about: 'groups, a residual, sigmoid',
    inputs: [floats([2, 4, 3, 4]), floats([4, 1, 2, 3]), floats([2]), floats([2, 2, 6, 9])],
    attributes: { group: 2, strides: [2, 2], activation: 'sigmoid' },
  },
  { op: 'convTranspose', about: 'plain', inputs: [floats([1, 2, 5, 9]), floats([2, 3, 3, 4])] },
  {
    op: 'convTranspose',
    about: 'groups, pads, dilations, outputPadding',
    inputs: [floats([1, 4, 5, 7]), floats([4, 3, 3, 2]), floats([6])],
    attributes: { group: 2, strides: [3, 2], pads: [1, 0, 2, 1], dilations: [1, 2], outputPadding: [2, 1] },
  },
  {
    op: 'convTranspose',
    about: '4x4 stride 2, many columns',
    inputs: [floats([1, 3, 3, 19]), floats([3, 2, 4, 4])],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  {
    op: 'convTranspose',
    about: 'strides beyond the kernel',
    inputs: [floats([1, 2, 3, 8]), floats([2, 2, 2, 3]), floats([2])],
    attributes: { strides: [3, 5], dilations: [2, 1], outputPadding: [1, 3] },
  },
  {
    op: 'convTranspose',
    about: 'strides and dilations with a common factor',
    inputs: [floats([1, 2, 4, 9]), floats([2, 1, 3, 3])],
    attributes: { strides: [2, 4], dilations: [2, 6], pads: [1, 2, 0, 3] },
  },
  {
    op: 'convTranspose',
    about: 'bands',
    inputs: [floats([1, 3, 40, 37]), floats([3, 16, 3, 3]), floats([16])],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1], outputPadding: [1, 1] },
    kinks: true,
  },
  {
    op: 'convTranspose',
    about: 'an output shape, odd padding at the begin',
    inputs: [floats([1, 1, 3, 4]), floats([1, 2, 3, 3])],
    attributes: { strides: [3, 2], outputShape: [8, 8] },
    kinks: true,
  },
  {
    op: 'convTranspose',
    about: 'an output shape, odd padding at the end',
    inputs: [floats([1, 1, 3, 4]), floats([1, 2, 3, 3])],
    attributes: { strides: [3, 2], outputShape: [8, 8], autoPad: 'sameUpper' },
    kinks: true,
  },
  {
    op: 'convTranspose',
    about: 'autoPad',
    inputs: [floats([1, 2, 3, 5]), floats([2, 2, 4, 3])],
    attributes: { strides: [2, 2], autoPad: 'sameLower' },
    kinks: true,
  },
  {
    op: 'convTranspose',
    about: 'a line',
    inputs: [floats([2, 3, 9]), floats([3, 2, 4]), floats([2])],
    attributes: { strides: [2], pads: [1, 1] },
    kinks: true,
  },
  { op: 'convTranspose', about: 'no images', inputs: [floats([0, 2, 3, 3]), floats([2, 2, 3, 3])] },
  {
    op: 'convTranspose',
    about: 'depth in float64',
    inputs: [typed('float64', [1, 2, 3, 2, 3]), typed('float64', [2, 2, 2, 3, 2]), typed('float64', [2])],
    attributes: { strides: [2, 1, 2], pads: [0, 1, 0, 1, 0, 1], outputPadding: [1, 0, 0] },
    kinks: true,
  },
];

export const poolingSamples: readonly Sample[] = [...pools, ...volumes, ...transposed];
