/** References against values worked out by hand, from tables, or printed in the ONNX documentation; and what they refuse. */
import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../src/core/attributes.ts';
import type { Shape } from '../../src/core/shape.ts';
import { complementaryErrorFunction, errorFunction } from '../../src/ops/erf.ts';
import { interpret } from '../../src/ops/interpret.ts';
import type { NdArray } from '../../src/ops/op.ts';
import { floats, type SampleInput, sampleGraph } from './samples/sample.ts';

interface Extra {
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly outputs?: number;
}

/** The outputs of one node. */
function run(op: string, inputs: readonly (SampleInput | undefined)[], extra: Extra = {}): NdArray[] {
  const { graph, feeds } = sampleGraph({ op, about: 'reference', inputs, ...extra });
  const values = interpret(graph, feeds);
  return graph.outputs.map((output) => values.get(output) as NdArray);
}

function float(shape: Shape, ...data: number[]): SampleInput {
  return floats(shape, { data });
}

function row(...data: number[]): SampleInput {
  return floats([data.length], { data });
}

function ints(dtype: 'int32' | 'int64', ...data: number[]): SampleInput {
  return { dtype, shape: [data.length], data };
}

/** `digits` decimal digits after the point must agree; NaN and infinities exactly. */
function expectData(got: NdArray, want: readonly number[], digits = 12): void {
  expect(got.data.length).toBe(want.length);
  want.forEach((value, i) => {
    if (Number.isFinite(value)) expect(got.data[i]).toBeCloseTo(value, digits);
    else expect(got.data[i]).toBe(value);
  });
}

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

describe('functions of one element', () => {
  it.each([
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [2.5, 0.999593047982555],
    [3, 0.9999779095030014],
    [inf, 1],
  ])('erf(%d) is in the tables', (x, want) => {
    expect(errorFunction(x)).toBeCloseTo(want, 15);
    expect(errorFunction(-x)).toBeCloseTo(-want, 15);
  });

  it('erfc keeps its digits far out', () => {
    expect(complementaryErrorFunction(5) / 1.5374597944280349e-12).toBeCloseTo(1, 13);
    expect(complementaryErrorFunction(-1)).toBeCloseTo(1.842700792949715, 14);
    expect(complementaryErrorFunction(nan)).toBe(nan);
  });

  it('gelu is x times the normal distribution function', () => {
    expectData(run('gelu', [row(0, 1, -2)])[0], [0, 0.8413447460685429, -0.04550026389635842], 14);
    expectData(
      run('gelu', [row(1, -1)], { attributes: { approximate: 'tanh' } })[0],
      [0.8411919906082768, -0.15880800939172324],
      12,
    );
  });

  it('the piecewise ones', () => {
    expectData(run('leakyRelu', [row(-1, 0, 1)], { attributes: { alpha: 0.1 } })[0], [-0.1, 0, 1]);
    expectData(run('hardSwish', [row(-4, -3, -1, 0, 1, 3, 4)])[0], [0, 0, -1 / 3, 0, 2 / 3, 3, 4]);
    expectData(run('relu', [row(-1, 0, 2, nan)])[0], [0, 0, 2, nan]);
    expectData(run('clip', [row(-2, 0, 2, nan)], { attributes: { min: -1, max: 1 } })[0], [-1, 0, 1, nan]);
    expectData(run('clip', [row(-2, 0, 2)], { attributes: { min: 2, max: 1 } })[0], [1, 1, 1]);
    expectData(run('sign', [row(-2, 0, 5, nan)])[0], [-1, 0, 1, nan]);
    expectData(run('abs', [ints('int32', -3, 4)])[0], [3, 4]);
  });

  it('sigmoid and tanh saturate', () => {
    expectData(run('sigmoid', [row(0, Math.fround(Math.log(3)), -inf, inf)])[0], [0.5, 0.75, 0, 1], 7);
    expectData(run('tanh', [row(0, -inf, inf)])[0], [0, -1, 1]);
  });
});

describe('functions of two elements', () => {
  it('powers (ONNX Pow; IEEE 754 at the edges)', () => {
    expectData(run('pow', [row(1, 2, 3), row(4, 5, 6)])[0], [1, 32, 729]);
    expectData(run('pow', [row(1, -1, 0, -2, 0), row(nan, inf, 0, 0.5, -1)])[0], [1, 1, 1, nan, inf]);
    expectData(run('pow', [ints('int64', 2, -3), ints('int64', 10, 3)])[0], [1024, -27]);
  });

  it('integers are divided towards zero', () => {
    expectData(run('div', [ints('int32', 7, -7, 6), ints('int32', 2, 2, -3)])[0], [3, -3, -2]);
    expect(() => run('div', [ints('int64', 1), ints('int64', 0)])).toThrow(
      'div "div": want operands with a result in int64, got 1 and 0',
    );
  });

  it('max and min keep NaN', () => {
    expectData(run('max', [row(1, nan, 3), row(2, 1, nan)])[0], [2, nan, nan]);
    expectData(run('min', [row(1, nan, 3), row(2, 1, nan)])[0], [1, nan, nan]);
  });

  it('comparisons with NaN are false', () => {
    expectData(run('equal', [row(1, nan, 0), row(1, nan, -0)])[0], [1, 0, 1]);
    expectData(run('less', [row(1, nan, 3), row(2, 1, nan)])[0], [1, 0, 0]);
    expectData(run('greater', [row(1, nan, 3), row(0, 1, nan)])[0], [1, 0, 0]);
  });

  it('where (ONNX Where)', () => {
    const condition: SampleInput = { dtype: 'bool', shape: [2, 2], data: [1, 0, 1, 1] };
    expectData(run('where', [condition, float([2, 2], 1, 2, 3, 4), float([2, 2], 9, 8, 7, 6)])[0], [1, 8, 3, 4]);
  });

  it('broadcasts like an outer product', () => {
    const [y] = run('mul', [float([2, 1], 2, 3), float([3], 1, 10, 100)]);
    expect(y.shape).toEqual([2, 3]);
    expectData(y, [2, 20, 200, 3, 30, 300]);
  });
});

describe('reductions', () => {
  const dropped = { attributes: { axes: [1], keepDims: false } };
  it('ReduceSum, ReduceMean and ReduceMax as in the ONNX documentation', () => {
    expectData(
      run('reduceSum', [float([3, 2, 2], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)], dropped)[0],
      [4, 6, 12, 14, 20, 22],
    );
    const data = float([3, 2, 2], 5, 1, 20, 2, 30, 1, 40, 2, 55, 1, 60, 2);
    expectData(run('reduceMean', [data], dropped)[0], [12.5, 1.5, 35, 1.5, 57.5, 1.5]);
    expectData(run('reduceMax', [data], dropped)[0], [20, 2, 40, 2, 60, 2]);
  });

  it('without axes over everything, also over nothing', () => {
    const [kept] = run('reduceSum', [float([2, 2], 1, 2, 3, 4)]);
    expect(kept.shape).toEqual([1, 1]);
    expectData(kept, [10]);
    expectData(run('reduceMean', [float([0])], { attributes: { keepDims: false } })[0], [nan]);
    expectData(run('reduceSum', [float([2, 0])], { attributes: { axes: [1] } })[0], [0, 0]);
  });

  it('ArgMax takes the first of equals and the first NaN', () => {
    expectData(run('argMax', [float([2, 2], 2, 2, 3, 10)], { attributes: { axis: 1 } })[0], [0, 1]);
    expectData(run('argMax', [row(1, nan, 7, nan)])[0], [1]);
  });

  it('sumLike and expandLike', () => {
    expectData(run('sumLike', [float([2, 3], 1, 2, 3, 4, 5, 6), float([3], 0, 0, 0)])[0], [5, 7, 9]);
    expectData(run('sumLike', [float([2, 3], 1, 2, 3, 4, 5, 6), float([2, 1], 0, 0)])[0], [6, 15]);
    expectData(run('expandLike', [float([2, 1], 1, 2), float([2, 3], 0, 0, 0, 0, 0, 0)])[0], [1, 1, 1, 2, 2, 2]);
    expectData(run('countRatio', [float([2], 0, 0), float([2, 4], 0, 0, 0, 0, 0, 0, 0, 0)])[0], [0.25]);
  });
});

describe('rows', () => {
  it('softmax as in the ONNX documentation, also of large numbers', () => {
    expectData(run('softmax', [row(-1, 0, 1)])[0], [0.09003057317038046, 0.24472847105479767, 0.6652409557748219]);
    const want = [0.03205860328008499, 0.08714431874203257, 0.23688281808991013, 0.6439142598879722];
    expectData(run('softmax', [float([2, 4], 0, 1, 2, 3, 10000, 10001, 10002, 10003)])[0], [...want, ...want]);
    expectData(run('softmax', [row(0, -inf, 0)])[0], [0.5, 0, 0.5]);
    expectData(run('logSoftmax', [row(1000, 0)])[0], [0, -1000]);
  });

  it('crossEntropy of equal scores is the logarithm of the class count', () => {
    const [loss, probabilities] = run('crossEntropy', [float([2, 4], 3, 3, 3, 3, 0, 0, 0, 0), ints('int64', 0, 2)], {
      outputs: 2,
    });
    expect(loss.shape).toEqual([]);
    expectData(loss, [Math.log(4)]);
    expectData(probabilities, new Array(8).fill(0.25));
    expectData(
      run('crossEntropyGrad', [float([], 6), float([2, 2], 0.5, 0.5, 0.25, 0.75), ints('int32', 1, 0)])[0],
      [1.5, -1.5, -2.25, 2.25],
    );
  });

  it.each([-1, 4])('crossEntropy refuses the label %d of 4 classes', (label) => {
    expect(() => run('crossEntropy', [float([2, 4], 0, 0, 0, 0, 0, 0, 0, 0), ints('int64', 0, label)])).toThrow(
      `crossEntropy "crossEntropy": want labels in [0, 4), got ${label} at position 1`,
    );
  });

  it('mse', () => expectData(run('mse', [row(1, 2, 3), row(2, 2, 5)])[0], [5 / 3]));

  it('layerNorm of 1, 2, 3, 4', () => {
    const inputs = [float([1, 4], 1, 2, 3, 4), row(1, 1, 2, 2), row(0, 0, 0, 1)];
    const [y, mean, invStd] = run('layerNorm', inputs, { attributes: { epsilon: 0 }, outputs: 3 });
    const unit = 1 / Math.sqrt(5);
    expectData(y, [-3 * unit, -unit, 2 * unit, 6 * unit + 1]);
    expect(mean.shape).toEqual([1, 1]);
    expectData(mean, [2.5]);
    expectData(invStd, [1 / Math.sqrt(1.25)]);
  });

  it('batchNorm as in the ONNX documentation', () => {
    const x = float([1, 2, 1, 3], -1, 0, 1, 2, 3, 4);
    const [y] = run('batchNorm', [x, row(1, 1.5), row(0, 1), row(0, 3), row(1, 1.5)]);
    const [a, b] = [1 / Math.sqrt(1 + 1e-5), 1.5 / Math.sqrt(1.5 + 1e-5)];
    expectData(y, [-a, 0, a, 1 - b, 1, 1 + b]);
  });

  it('batchNormTraining takes the population variance and moves the statistics by 1 - momentum', () => {
    const inputs = [float([2, 1, 2], 1, 3, 5, 7), row(2), row(10), row(1), row(2)];
    const [y, newMean, newVariance, mean, invStd] = run('batchNormTraining', inputs, {
      attributes: { epsilon: 0, momentum: 0.75 },
      outputs: 5,
    });
    const unit = 2 / Math.sqrt(5);
    expectData(y, [10 - 3 * unit, 10 - unit, 10 + unit, 10 + 3 * unit]);
    expectData(newMean, [0.75 * 1 + 0.25 * 4]);
    expectData(newVariance, [0.75 * 2 + 0.25 * 5]);
    expectData(mean, [4]);
    expectData(invStd, [1 / Math.sqrt(5)]);
  });
});

describe('dropout', () => {
  const ones = floats([20000], { data: new Array(20000).fill(1) });
  const seed = (value: number): SampleInput => ({ dtype: 'int32', shape: [], data: [value] });
  const drop = (value: number, salt: number, rate = 0.3) =>
    run('dropout', [ones, seed(value)], { attributes: { rate, salt } })[0].data;

  it('keeps 1 - rate of the elements and scales them up', () => {
    const kept = drop(5, 1).filter((y) => y !== 0);
    expect(kept.length / 20000).toBeCloseTo(0.7, 1);
    for (const y of kept) expect(y).toBe(1 / 0.7);
  });

  it('depends on seed and salt and on nothing else', () => {
    expect(drop(5, 1)).toEqual(drop(5, 1));
    for (const other of [drop(6, 1), drop(5, 2)]) {
      const both = drop(5, 1).filter((y, i) => y !== 0 && other[i] !== 0);
      expect(both.length / 20000).toBeCloseTo(0.49, 1);
    }
  });

  it('is the identity without a seed', () =>
    expectData(run('dropout', [row(1, 2)], { attributes: { rate: 0.9 } })[0], [1, 2]));
});

describe('what shape rules refuse', () => {
  const labels = ints('int64', 0, 0);
  it.each<[string, string, (SampleInput | undefined)[], Readonly<Record<string, AttributeValue>>, string]>([
    [
      'shapes that do not broadcast',
      'add',
      [floats([2, 3]), floats([2])],
      {},
      'add "add": want shapes that broadcast, got [2, 3] x [2]',
    ],
    ['two types', 'mul', [row(1), ints('int32', 1)], {}, 'want operands of one type, got float32 and int32'],
    [
      'arithmetic on bool',
      'add',
      [{ dtype: 'bool', shape: [1], data: [1] }, row(1)],
      {},
      'want numbers as input 0, got bool',
    ],
    ['exp of integers', 'exp', [ints('int32', 1)], {}, 'want floats as input 0, got int32'],
    ['a condition of floats', 'where', [row(1), row(1), row(1)], {}, 'want a condition of bool, got float32'],
    [
      'companions of two shapes',
      'reluGrad',
      [floats([2]), floats([3])],
      {},
      'want two tensors of one shape, got [2] x [3]',
    ],
    ['an axis too far', 'softmax', [floats([2, 3])], { axis: 2 }, 'softmax "softmax": want an axis in [-2, 1], got 2'],
    ['softmax of a scalar', 'softmax', [floats([])], {}, 'want a tensor with at least one axis, got a scalar'],
    ['an axis twice', 'reduceSum', [floats([2, 3])], { axes: [1, -1] }, 'want every axis at most once, got [1, -1]'],
    ['the mean of bools', 'reduceMean', [{ dtype: 'bool', shape: [2] }], {}, 'want numbers as input 0, got bool'],
    [
      'the place of nothing',
      'argMax',
      [floats([2, 0])],
      { axis: 1 },
      'want at least one element along the axis, got none',
    ],
    [
      'sums to a shape that was not repeated',
      'sumLike',
      [floats([2, 3]), floats([2])],
      {},
      'want a shape that broadcasts to [2, 3], got [2]',
    ],
    [
      'a shape that is too small',
      'expandLike',
      [floats([2, 3]), floats([3])],
      {},
      'want a shape that broadcasts to [3], got [2, 3]',
    ],
    [
      'labels of another shape',
      'crossEntropy',
      [floats([3, 4]), labels],
      {},
      'want scores [..., classes] and labels [...], got [3, 4] x [2]',
    ],
    ['labels of floats', 'crossEntropy', [floats([2, 4]), row(0, 0)], {}, 'want labels of int32 or int64, got float32'],
    ['mse of two shapes', 'mse', [floats([2, 3]), floats([3])], {}, 'want input 1 as float32 [2, 3], got float32 [3]'],
    [
      'a scale of another length',
      'layerNorm',
      [floats([2, 3]), floats([2])],
      {},
      'want input 1 as float32 [3], got float32 [2]',
    ],
    [
      'channels of a vector',
      'batchNorm',
      [row(1), row(1), row(1), row(1), row(1)],
      {},
      'want x of shape [batch, channels, ...], got [1]',
    ],
    ['a rate above 1', 'dropout', [row(1)], { rate: 1.5 }, 'want a rate in [0, 1], got 1.5'],
    [
      'an unknown way',
      'gelu',
      [row(1)],
      { approximate: 'erf' },
      'gelu "gelu": want approximate among none, tanh, got "erf"',
    ],
    ['an attribute that it does not have', 'relu', [row(1)], { alpha: 1 }, 'want attributes among none, got alpha'],
  ])('%s', (_, op, inputs, attributes, message) => {
    expect(() => run(op, inputs, { attributes })).toThrow(message);
  });
});
