/** Ops that read between pixels. */
import type { AttributeValue } from '../../../src/core/attributes.ts';
import { uniform } from '../../../src/core/random.ts';
import { floats, type Sample, type SampleInput } from './sample.ts';

type Settings = Readonly<Record<string, AttributeValue>>;

const image = floats([2, 3, 4, 5]);
const bytes: SampleInput = { dtype: 'uint8', shape: [1, 1, 2, 2], data: [1, 200, 30, 4] };

/** Every mode with every kind of coordinates, growing and shrinking by odd factors. */
const settings: readonly (readonly [string, SampleInput, Settings])[] = [
  ['nearest by 2', image, { scales: [1, 1, 2, 2], coordinates: 'asymmetric', nearestMode: 'floor' }],
  ['nearest by 4 and 3', image, { scales: [1, 1, 4, 3], coordinates: 'asymmetric', nearestMode: 'floor' }],
  ['nearest, width alone', image, { sizes: [2, 3, 4, 13] }],
  ['nearest, height alone', image, { sizes: [2, 3, 9, 5] }],
  ['nearest, wide', floats([1, 2, 3, 37]), { scales: [1, 1, 2, 2], coordinates: 'asymmetric', nearestMode: 'floor' }],
  ['nearest, to less', image, { sizes: [2, 3, 3, 2], nearestMode: 'roundPreferCeil' }],
  ['nearest, up', image, { sizes: [2, 3, 7, 4], nearestMode: 'ceil', coordinates: 'asymmetric' }],
  ['nearest, simple', image, { scales: [1, 1, 1.7, 0.6], nearestMode: 'simple', coordinates: 'asymmetric' }],
  ['nearest, half pixels of TensorFlow', image, { sizes: [2, 3, 3, 8], coordinates: 'tfHalfPixelForNn' }],
  ['nearest, channels', image, { scales: [1, 2, 1, 1] }],
  ['nearest, uint8', bytes, { scales: [1, 1, 2, 3] }],
  ['linear by 2', image, { mode: 'linear', scales: [1, 1, 2, 2] }],
  ['linear, aligned corners', image, { mode: 'linear', sizes: [2, 3, 7, 11], coordinates: 'alignCorners' }],
  ['linear, to one', image, { mode: 'linear', sizes: [2, 3, 1, 1], coordinates: 'pytorchHalfPixel' }],
  ['linear, to less', image, { mode: 'linear', scales: [1, 1, 0.6, 0.7] }],
  ['linear, height alone', image, { mode: 'linear', sizes: [2, 3, 9, 5], coordinates: 'asymmetric' }],
  ['linear, wide', floats([1, 2, 3, 37]), { mode: 'linear', sizes: [1, 2, 6, 75] }],
  ['linear, one axis', floats([2, 3, 5]), { mode: 'linear', axes: [-1], scales: [2.5] }],
  ['linear, three axes', floats([1, 2, 3, 4, 2]), { mode: 'linear', sizes: [1, 2, 4, 3, 5] }],
  ['linear, symmetric', image, { mode: 'linear', scales: [1, 1, 1.3, 1.9], coordinates: 'halfPixelSymmetric' }],
  ['linear, antialiased', floats([1, 2, 9, 8]), { mode: 'linear', scales: [1, 1, 0.4, 0.55], antialias: true }],
  ['linear, uint8', bytes, { mode: 'linear', scales: [1, 1, 2, 3] }],
  ['cubic', image, { mode: 'cubic', sizes: [2, 3, 7, 9] }],
  ['cubic, to less', image, { mode: 'cubic', scales: [1, 1, 0.8, 0.8], cubicCoeffA: -0.5, excludeOutside: true }],
  ['cubic, aligned corners', image, { mode: 'cubic', scales: [1, 1, 2, 1.5], coordinates: 'alignCorners' }],
  ['cubic, antialiased', floats([1, 1, 11, 8]), { mode: 'cubic', sizes: [1, 1, 4, 5], antialias: true }],
  [
    'crop',
    image,
    {
      mode: 'linear',
      coordinates: 'tfCropAndResize',
      axes: [2, 3],
      sizes: [5, 4],
      roi: [0.3, -0.2, 1.1, 0.8],
      extrapolationValue: 9,
    },
  ],
  ['the same ratio', image, { axes: [2, 3], sizes: [7, 7], keepAspectRatio: 'notLarger' }],
  ['the same ratio, larger', image, { axes: [2, 3], sizes: [7, 7], mode: 'linear', keepAspectRatio: 'notSmaller' }],
  ['nothing to do', image, { scales: [1, 1, 1, 1] }],
  ['no images', floats([0, 3, 4, 5]), { scales: [1, 1, 2, 2] }],
];

/** dy of the shape that comes out. */
const gradients: readonly (readonly [string, readonly number[], Settings])[] = [
  ['nearest by 2', [2, 3, 8, 10], { scales: [1, 1, 2, 2], coordinates: 'asymmetric', nearestMode: 'floor' }],
  ['linear', [2, 3, 7, 3], { mode: 'linear', sizes: [2, 3, 7, 3] }],
  ['cubic', [2, 3, 3, 9], { mode: 'cubic', sizes: [2, 3, 3, 9] }],
];

const theta = floats([2, 2, 3], { make: (generator, i) => (i % 4 === 0 ? 1 : 0) + uniform(generator) / 2 });
/** Places inside of the image and around it. */
const places = (shape: readonly number[]) => floats(shape, { make: (generator) => 3 * uniform(generator) - 1.5 });

const gridSamples: readonly Sample[] = ['linear', 'nearest', 'cubic'].flatMap((mode) =>
  ['zeros', 'border', 'reflection'].map((padding) => ({
    op: 'gridSample',
    about: `${mode}, ${padding}`,
    inputs: [image, places([2, 3, 4, 2])],
    attributes: { mode, padding, alignCorners: padding === 'border' },
  })),
);

const regions = floats([3, 4], { data: [0, 0, 3, 2, 1.2, 0.7, 4.1, 3.9, -1, 2, 0.5, 6] });
const batches: SampleInput = { dtype: 'int64', shape: [3], data: [0, 1, 1] };
// Constant, so that the shape of what is selected is known.
const boxes = floats([1, 4, 4], { data: [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, -0.1, 1, 0.9, 5, 5, 6, 6], constant: true });
const scores = floats([1, 2, 4], { data: [0.9, 0.75, 0.6, 0.95, 0.1, 0.2, 0.3, 0.4], constant: true });

export const resamplingSamples: readonly Sample[] = [
  ...settings.map(([about, input, attributes]) => ({ op: 'resize', about, inputs: [input], attributes })),
  ...gradients.map(([about, shape, attributes]) => ({
    op: 'resizeGrad',
    about,
    inputs: [floats(shape), image],
    attributes,
  })),
  ...gridSamples,
  { op: 'gridSample', about: 'three axes', inputs: [floats([1, 2, 3, 4, 2]), places([1, 2, 2, 2, 3])] },
  { op: 'affineGrid', about: 'images', inputs: [theta], attributes: { size: [2, 1, 3, 4] } },
  {
    op: 'affineGrid',
    about: 'volumes, aligned corners',
    inputs: [floats([1, 3, 4])],
    attributes: { size: [1, 1, 2, 3, 1], alignCorners: true },
  },
  {
    op: 'roiAlign',
    about: 'half pixels',
    inputs: [image, regions, batches],
    attributes: { height: 2, width: 3, samplingRatio: 2, spatialScale: 0.8 },
  },
  {
    op: 'roiAlign',
    about: 'the greatest, whole pixels',
    inputs: [image, regions, batches],
    attributes: { mode: 'max', height: 2, width: 2, halfPixel: false },
  },
  {
    op: 'maxRoiPool',
    about: 'odd bins',
    inputs: [image, floats([2, 5], { data: [0, 0, 0, 4, 3, 1, 1, 2, 9, 9] })],
    attributes: { pooled: [2, 3] },
  },
  {
    op: 'col2im',
    about: 'overlapping blocks',
    inputs: [floats([1, 8, 9])],
    attributes: { image: [4, 5], block: [2, 2], strides: [1, 2], dilations: [2, 1], pads: [0, 1, 1, 0] },
  },
  { op: 'col2im', about: 'one axis', inputs: [floats([2, 6, 3])], attributes: { image: [5], block: [3] } },
  {
    op: 'nonMaxSuppression',
    about: 'boxes that overlap',
    inputs: [boxes, scores],
    attributes: { maxOutputBoxesPerClass: 2, iouThreshold: 0.5, scoreThreshold: 0.15 },
  },
  {
    op: 'nonMaxSuppression',
    about: 'by center',
    inputs: [boxes, scores],
    attributes: { maxOutputBoxesPerClass: 3, centerPointBox: true },
  },
];
