import { describe, expect, it } from 'vitest';
import type { Attributes } from '../../src/core/attributes.ts';
import { counting, numbersOf, run } from './run.ts';
import { floats, type SampleInput } from './samples/sample.ts';

const int64 = (shape: readonly number[], data: readonly number[]): SampleInput => ({ dtype: 'int64', shape, data });
const row = (...data: number[]) => floats([data.length], { data });
const square = floats([2, 2], { data: [1, 2, 3, 4] });

describe('by the examples of the ONNX documentation', () => {
  it('gatherElements, scatterElements', () => {
    const indices = int64([2, 2], [0, 0, 1, 0]);
    expect(numbersOf('gatherElements', [square, indices], { axis: 1 })).toEqual([1, 1, 4, 3]);
    const line = floats([1, 5], { data: [1, 2, 3, 4, 5] });
    const updates = floats([1, 2], { data: [1.25, 2.25] });
    const scatter = (at: number[], attributes: Attributes) =>
      numbersOf('scatterElements', [line, int64([1, 2], at), updates], { axis: 1, ...attributes });
    expect(scatter([1, 3], {})).toEqual([1, 1.25, 3, 2.25, 5]);
    expect(scatter([1, 1], { reduction: 'add' })).toEqual([1, 5.5, 3, 4, 5]);
  });

  it('gatherND, scatterND', () => {
    const cube = floats([2, 2, 2], { data: counting(8) });
    expect(numbersOf('gatherND', [square, int64([2, 2], [0, 0, 1, 1])])).toEqual([1, 4]);
    expect(numbersOf('gatherND', [cube, int64([2, 1], [1, 0])], { batchDims: 1 })).toEqual([2, 3, 4, 5]);
    const updates = row(9, 10, 11, 12);
    expect(numbersOf('scatterND', [row(...counting(8)), int64([4, 1], [4, 3, 1, 7]), updates])).toEqual([
      0, 11, 2, 10, 9, 5, 6, 12,
    ]);
  });

  it('cumSum', () => {
    const x = row(1, 2, 3);
    expect(numbersOf('cumSum', [x], { axis: 0 })).toEqual([1, 3, 6]);
    expect(numbersOf('cumSum', [x], { axis: 0, exclusive: true })).toEqual([0, 1, 3]);
    expect(numbersOf('cumSum', [x], { axis: 0, reverse: true })).toEqual([6, 5, 3]);
    expect(numbersOf('cumSum', [x], { axis: 0, exclusive: true, reverse: true })).toEqual([5, 3, 0]);
  });

  it('unique', () => {
    const outputs = run('unique', [{ ...row(2, 1, 1, 3, 4, 3), constant: true }], {}, 4);
    expect(outputs.map(({ data }) => [...data])).toEqual([
      [1, 2, 3, 4],
      [1, 0, 3, 4],
      [1, 0, 0, 2, 3, 2],
      [2, 1, 2, 1],
    ]);
  });

  it('range', () => {
    expect(numbersOf('range', [], { start: 10, limit: 4, delta: -2, type: 'int32' })).toEqual([10, 8, 6]);
    expect(() => run('range', [], { start: 0, limit: 4, delta: 0, type: 'int32' })).toThrow('a delta other than 0');
  });
});

describe('edges', () => {
  it('a scalar that is not 0 has one position with no coordinates', () => {
    expect(run('nonZero', [{ ...floats([], { data: [3] }), constant: true }])[0].shape).toEqual([0, 1]);
  });

  it('reflections go back and forth, as in NumPy', () => {
    expect(numbersOf('pad', [row(1, 2, 3)], { pads: [5, 4], mode: 'reflect' })).toEqual([
      2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3,
    ]);
    expect(numbersOf('pad', [row(7)], { pads: [1, 2], mode: 'reflect' })).toEqual([7, 7, 7, 7]);
    expect(() => run('pad', [floats([0])], { pads: [1, 0], mode: 'edge' })).toThrow('want something to edge');
  });

  it('topK keeps the order of equals', () => {
    const [values, indices] = run('topK', [row(1, 3, 3, 2)], { k: 3 }, 2);
    expect([...values.data]).toEqual([3, 3, 2]);
    expect([...indices.data]).toEqual([1, 2, 3]);
  });

  const indices = int64([1], [3]);
  it.each<[string, SampleInput[], Attributes, string]>([
    ['gatherElements', [row(1, 2), indices], {}, 'want indices in [-2, 1], got 3 at position 0'],
    ['scatterElements', [row(1, 2), indices, row(1)], {}, 'want indices in [-2, 1], got 3 at position 0'],
    ['gatherND', [row(1, 2), indices], {}, 'want indices in [-2, 1], got 3 at position 0'],
    ['scatterND', [row(1, 2), int64([1, 2], [0, 0]), row(1)], {}, 'want indices [..., at most 1]'],
    ['gatherElements', [square, indices], {}, 'want indices within [2, 2] but for axis 0'],
    ['topK', [row(1, 2)], { k: 3 }, 'want a k in [0, 2], got 3'],
    ['oneHot', [indices, row(0, 1)], { depth: 0 }, 'want a depth of at least 1, got 0'],
    ['depthToSpace', [floats([1, 6, 2, 2])], { block: 2 }, 'want channels in multiples of 4, got 6'],
    ['reverseSequence', [square, int64([2], [1, 3])], {}, 'want lengths in [0, 2], got 3'],
    ['tile', [square], { repeats: [2] }, 'want repeats as 2 whole numbers'],
  ])('%s refuses', (op, inputs, attributes, message) => {
    expect(() => run(op, inputs, attributes, op === 'topK' ? 2 : 1)).toThrow(message);
  });
});
