import { describe, expect, it } from 'vitest';
import type { Attributes } from '../../src/core/attributes.ts';
import { counting, numbersOf, run } from './run.ts';
import { floats, type SampleInput } from './samples/sample.ts';

const matrix = floats([2, 4], { data: [1, 2, 3, 4, 5, 6, 7, 8] });
const cube = floats([2, 3, 4], { data: counting(24) });
const int64 = (shape: readonly number[], data: readonly number[]): SampleInput => ({ dtype: 'int64', shape, data });

describe('views keep the numbers', () => {
  const cases: readonly [string, SampleInput, Attributes, readonly number[]][] = [
    ['reshape', cube, { shape: [0, -1] }, [2, 12]],
    ['reshape', cube, { shape: [4, 0, 2] }, [4, 3, 2]],
    ['reshape', floats([2, 0]), { shape: [0, 0, 5] }, [2, 0, 5]],
    ['flatten', cube, { axis: 2 }, [6, 4]],
    ['flatten', cube, { axis: -3 }, [1, 24]],
    ['flatten', cube, { axis: 3 }, [24, 1]],
    ['flatten', floats([]), { axis: 0 }, [1, 1]],
    ['squeeze', floats([1, 3, 1]), {}, [3]],
    ['squeeze', floats([1, 3, 1]), { axes: [0] }, [3, 1]],
    ['unsqueeze', floats([3, 2]), { axes: [3, 0] }, [1, 3, 2, 1]],
    ['unsqueeze', floats([]), { axes: [-1] }, [1]],
  ];
  it.each(cases)('%s %#', (op, input, attributes, shape) => {
    const [y] = run(op, [input], attributes);
    expect(y.shape).toEqual(shape);
    if (input.data) expect([...y.data]).toEqual(input.data);
  });
});

describe('slice, by the examples of the ONNX documentation', () => {
  const cases: readonly [string, Attributes, readonly number[]][] = [
    ['steps', { starts: [1, 0], ends: [2, 3], axes: [0, 1], steps: [1, 2] }, [5, 7]],
    ['from the back, clamped', { starts: [0, 1], ends: [-1, 1000] }, [2, 3, 4]],
    ['backwards', { starts: [3], ends: [-9], axes: [1], steps: [-2] }, [4, 2, 8, 6]],
    ['backwards from beyond', { starts: [20], ends: [0], axes: [-1], steps: [-1] }, [4, 3, 2, 8, 7, 6]],
    ['the largest int64 as an end', { starts: [1], ends: [2 ** 63], axes: [0] }, [5, 6, 7, 8]],
    ['nothing', { starts: [2], ends: [2], axes: [1] }, []],
  ];
  it.each(cases)('%s', (_, attributes, want) => {
    expect(numbersOf('slice', [matrix], attributes)).toEqual(want);
  });

  it('of an empty axis is empty, also backwards', () => {
    expect(run('slice', [floats([0, 2])], { starts: [-1], ends: [-5], steps: [-1] })[0].shape).toEqual([0, 2]);
  });

  it('sliceGrad scatters back', () => {
    const dy = floats([2, 2], { data: [1, 2, 3, 4] });
    const attributes = { starts: [3], ends: [-9], axes: [1], steps: [-2] };
    expect(numbersOf('sliceGrad', [dy, matrix], attributes)).toEqual([0, 2, 0, 1, 0, 4, 0, 3]);
  });
});

describe('movement', () => {
  it('transpose', () => {
    expect(numbersOf('transpose', [matrix])).toEqual([1, 5, 2, 6, 3, 7, 4, 8]);
    const [y] = run('transpose', [cube], { perm: [1, 2, 0] });
    expect(y.shape).toEqual([3, 4, 2]);
    expect([...y.data].slice(0, 6)).toEqual([0, 12, 1, 13, 2, 14]);
  });

  it('concat and split undo one another', () => {
    const parts = run('split', [cube], { axis: -1, sizes: [1, 0, 3] }, 3);
    expect(parts.map((part) => part.shape)).toEqual([
      [2, 3, 1],
      [2, 3, 0],
      [2, 3, 3],
    ]);
    expect([...parts[0].data]).toEqual([0, 4, 8, 12, 16, 20]);
    const inputs = parts.map(({ shape, data }) => floats(shape, { data: [...data] }));
    expect(numbersOf('concat', inputs, { axis: 2 })).toEqual(counting(24));
    expect(run('split', [matrix], { axis: 1 }, 2).map((part) => [...part.data])).toEqual([
      [1, 2, 5, 6],
      [3, 4, 7, 8],
    ]);
  });

  it('pad, by the example of the ONNX documentation, and as a crop', () => {
    const x = floats([3, 2], { data: [1, 1.5, 2, 2.5, 4, 5] });
    expect(numbersOf('pad', [x], { pads: [0, 2, 0, 0] })).toEqual([0, 0, 1, 1.5, 0, 0, 2, 2.5, 0, 0, 4, 5]);
    expect(numbersOf('pad', [x], { pads: [-1, 0, 0, 1], value: 9 })).toEqual([2, 2.5, 9, 4, 5, 9]);
  });

  it('expand broadcasts both ways', () => {
    const [y] = run('expand', [floats([2, 1], { data: [1, 2] })], { shape: [2, 1, 3] });
    expect(y.shape).toEqual([2, 2, 3]);
    expect([...y.data]).toEqual([1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2]);
  });

  it('gather, by the examples of the ONNX documentation', () => {
    const x = floats([3, 2], { data: [1, 1.25, 2.5, 3.5, 4.5, 5.75] });
    expect(numbersOf('gather', [x, int64([2, 2], [0, 1, 1, 2])])).toEqual([1, 1.25, 2.5, 3.5, 2.5, 3.5, 4.5, 5.75]);
    const [y] = run('gather', [x, int64([1, 2], [-1, 0])], { axis: 1 });
    expect(y.shape).toEqual([3, 1, 2]);
    expect([...y.data]).toEqual([1.25, 1, 3.5, 2.5, 5.75, 4.5]);
    expect(() => run('gather', [x, int64([1], [3])])).toThrow('want indices in [-3, 2], got 3 at position 0');
    expect(() => run('gather', [x, int64([2], [0, -4])])).toThrow('got -4 at position 1');
  });

  it('gatherGrad adds up', () => {
    const dy = floats([3], { data: [1, 10, 100] });
    expect(numbersOf('gatherGrad', [dy, int64([3], [1, -1, 1]), floats([4])])).toEqual([0, 101, 0, 10]);
  });

  it('cast truncates and saturates floats, and cuts off whole numbers', () => {
    const data = [1.9, -1.9, 1e10, -1e10, Number.NaN, Number.POSITIVE_INFINITY];
    const x = floats([6], { data });
    expect(numbersOf('cast', [x], { to: 'int32' })).toEqual([1, -1, 2147483647, -2147483648, 0, 2147483647]);
    expect(numbersOf('cast', [x], { to: 'uint8' })).toEqual([1, 0, 255, 0, 0, 255]);
    expect(numbersOf('cast', [x], { to: 'bool' })).toEqual([1, 1, 1, 1, 1, 1]);
    expect(numbersOf('cast', [int64([3], [300, -1, 2 ** 40 + 5])], { to: 'uint8' })).toEqual([44, 255, 5]);
  });
});

describe('what cannot be is refused', () => {
  const refusals: readonly [string, readonly SampleInput[], Attributes, string][] = [
    ['reshape', [matrix], { shape: [2, 4, 0] }, 'want a 0 in shape only where the input has an axis to copy'],
    ['reshape', [cube], { shape: [5, 5] }, 'reshape "reshape": want a shape of 24 elements, got [5, 5] for [2, 3, 4]'],
    ['reshape', [cube], { shape: [-1, -1] }, 'want at most one -1'],
    ['reshape', [cube], { shape: [-1, 5] }, 'want extents whose product divides 24'],
    ['reshape', [floats([0, 2])], { shape: [0, -1] }, 'want a -1 that the other extents determine'],
    ['reshape', [cube], { shape: [-2, 12] }, 'want shape as a list of whole numbers in [-1, Infinity]'],
    ['reshape', [cube], { shape: [1, 1, 1, 1, 1, 1, 1, 1, 24] }, 'want a result of rank <= 8'],
    ['reshapeLike', [cube, matrix], {}, 'want two shapes of equally many elements, got [2, 3, 4] x [2, 4]'],
    ['flatten', [cube], { axis: 4 }, 'want an axis in [-3, 3], got 4'],
    ['squeeze', [cube], { axes: [1] }, 'want axes [1] of extent 1, got [2, 3, 4]'],
    ['squeeze', [floats([1, 1])], { axes: [0, -2] }, 'want every axis at most once'],
    ['unsqueeze', [cube], { axes: [5] }, 'want an axis in [-4, 3], got 5'],
    ['transpose', [cube], { perm: [0, 0, 1] }, 'want perm as an order of the axes 0 to 2, got [0, 0, 1]'],
    ['concat', [cube, matrix], { axis: 0 }, 'want inputs that differ along axis 0 only'],
    ['concat', [matrix, int64([2, 4], counting(8))], { axis: 0 }, 'want inputs of one type, got float32 and int64'],
    ['concat', [floats([])], { axis: 0 }, 'want a tensor with at least one axis, got a scalar'],
    ['slice', [matrix], { starts: [0], ends: [1, 2] }, 'want ends as 1 whole numbers'],
    ['slice', [matrix], { starts: [0], ends: [1], steps: [0] }, 'want steps other than 0'],
    ['slice', [matrix], { starts: [0, 0, 0], ends: [1, 1, 1] }, 'want at most 2 starts, got 3'],
    ['slice', [matrix], { starts: [0, 0], ends: [1, 1], axes: [1, -1] }, 'want every axis at most once'],
    ['slice', [matrix], { starts: [Number.NaN], ends: [1] }, 'want starts as a list of whole numbers'],
    ['split', [matrix], { axis: 1, sizes: [3] }, 'want sizes that add up to 4'],
    ['split', [matrix], { axis: 1, sizes: [-1] }, 'want sizes as 1 whole numbers in [0, Infinity]'],
    ['pad', [matrix], { pads: [0, -3, 0, -2] }, 'want pads that crop no more than there is'],
    ['pad', [matrix], { pads: [1, 1] }, 'want pads as 4 whole numbers'],
    [
      'pad',
      [matrix],
      { pads: [0, 0, 0, 0], mode: 'mirror' },
      'want mode among constant, reflect, edge, wrap, got "mirror"',
    ],
    ['pad', [matrix], { pads: [2 ** 31 - 1, 0, 0, 0] }, 'has more than 2147483647 elements'],
    ['expand', [matrix], { shape: [3, 4] }, 'want shapes that broadcast, got [2, 4] and [3, 4]'],
    ['expand', [matrix], { shape: [-1, 4] }, 'want shape as a list of whole numbers in [0, Infinity]'],
    ['gather', [matrix, floats([1])], {}, 'want indices of int32 or int64, got float32'],
    ['gather', [matrix, int64([1], [0])], { axis: 2 }, 'want an axis in [-2, 1], got 2'],
    ['cast', [matrix], { to: 'complex64' }, 'want to among float32'],
  ];
  it.each(refusals)('%s %#', (op, inputs, attributes, message) => {
    expect(() => run(op, inputs, attributes)).toThrow(message);
  });
});
