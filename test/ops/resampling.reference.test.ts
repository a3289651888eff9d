import { describe, expect, it } from 'vitest';
import type { Attributes } from '../../src/core/attributes.ts';
import { tapsOf } from '../../src/core/resample.ts';
import { numbersOf, run } from './run.ts';
import { floats } from './samples/sample.ts';

const square = floats([1, 1, 2, 2], { data: [1, 2, 3, 4] });

describe('resize, by the examples of the ONNX documentation', () => {
  it('nearest', () => {
    expect(numbersOf('resize', [square], { scales: [1, 1, 2, 3] })).toEqual([
      1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4,
    ]);
  });

  it('linear', () => {
    const first = numbersOf('resize', [square], { scales: [1, 1, 2, 2], mode: 'linear' }).slice(0, 8);
    expect(first).toEqual([1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5]);
  });

  it('between aligned corners, whose distance is that of whole extents', () => {
    const line = floats([4], { data: [1, 2, 3, 4] });
    const attributes = { mode: 'linear', coordinates: 'alignCorners', scales: [0.6] };
    expect(numbersOf('resize', [line], attributes)).toEqual([1, 4]);
  });

  it('outside of the image', () => {
    const crop = { coordinates: 'tfCropAndResize', axes: [3], sizes: [3], roi: [0, 2], extrapolationValue: 9 };
    expect(numbersOf('resize', [square], { mode: 'linear', ...crop })).toEqual([1, 2, 9, 3, 4, 9]);
  });

  it('with one scale for all axes', () => {
    const image = floats([1, 1, 4, 2]);
    const axes = { axes: [2, 3], sizes: [8, 8] };
    expect(run('resize', [image], { ...axes, keepAspectRatio: 'notLarger' })[0].shape).toEqual([1, 1, 8, 4]);
    expect(run('resize', [image], { ...axes, keepAspectRatio: 'notSmaller' })[0].shape).toEqual([1, 1, 16, 8]);
  });

  it.each<[string, Attributes]>([
    ['want either scales or sizes for 4 axes, got scales [] and sizes []', {}],
    ['want either scales or sizes for 1 axes', { axes: [2], scales: [2], sizes: [3] }],
    ['want positive scales, or sizes in whole numbers, got [1, 1, 0, 2]', { scales: [1, 1, 0, 2] }],
    ['want a roi of 8 numbers, got []', { scales: [1, 1, 1, 1], coordinates: 'tfCropAndResize' }],
  ])('%s', (message, attributes) => {
    expect(() => run('resize', [square], attributes)).toThrow(message);
  });
});

describe('taps', () => {
  const settings = {
    coordinates: 'halfPixel',
    nearestMode: 'floor',
    cubicCoeffA: -0.75,
    excludeOutside: false,
  } as const;
  it.each(['linear', 'cubic'] as const)('of a %s filter add up to 1, within bounds', (mode) => {
    for (const antialias of [false, true])
      for (const [from, to] of [
        [5, 13],
        [13, 5],
        [7, 1],
        [1, 4],
        [64, 3],
      ]) {
        const taps = tapsOf({ from, to, scale: to / from, start: 0, end: 1 }, { ...settings, mode, antialias });
        for (let i = 0; i < to; i++) {
          const weights = taps.weights.subarray(i * taps.count, (i + 1) * taps.count);
          expect(weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 12);
        }
        for (const position of taps.positions) expect(position >= 0 && position < from).toBe(true);
      }
  });
});

describe('gridSample', () => {
  const grid = floats([1, 1, 2, 2], { data: [-1, -1, 1, 1] });
  it('reads corners', () => {
    expect(numbersOf('gridSample', [square, grid], { alignCorners: true })).toEqual([1, 4]);
    expect(numbersOf('gridSample', [square, grid], {})).toEqual([0.25, 1]);
    expect(numbersOf('gridSample', [square, grid], { padding: 'border' })).toEqual([1, 4]);
  });
});

describe('nonMaxSuppression', () => {
  const boxes = floats([1, 3, 4], { data: [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3], constant: true });
  const scores = floats([1, 1, 3], { data: [0.5, 0.5, 0.9], constant: true });
  it('takes the first of equals, and none by default', () => {
    expect(numbersOf('nonMaxSuppression', [boxes, scores], { maxOutputBoxesPerClass: 9 })).toEqual([0, 0, 2, 0, 0, 0]);
    expect(run('nonMaxSuppression', [boxes, scores])[0].shape).toEqual([0, 3]);
  });
});
