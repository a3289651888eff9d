/** What is refused at the door, so that kernels may trust what they get. */
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';
import type { Constant } from '../../src/formats/constant.ts';
import { dense, graphBuilder } from '../../src/graph/builder.ts';
import { obstaclesOf, problemsOf, verify, verifyToRun } from '../../src/ops/verify.ts';

function product(weight: Constant) {
  const builder = graphBuilder('product');
  const x = builder.input('x', 'float32', ['n', 3]);
  builder.output(builder.node('matmul', [x, builder.constant('w', weight)]));
  return builder.build();
}

describe('constants', () => {
  const csr = {
    encoding: 'csr',
    dtype: 'float32',
    shape: [3, 2],
    outputAxis: 1,
    rowPointers: Uint32Array.of(0, 1, 2),
    columns: Uint32Array.of(0, 2),
    values: Float32Array.of(1, 2),
  } as const;

  it.each([
    ['too few numbers', dense([3, 2], new Float32Array(5)), /constant "w": want 6 elements for shape \[3, 2\], got 5/],
    ['an extent that is none', dense([3, -2], new Float32Array(6)), /constant "w": want extents >= 0, got \[3, -2\]/],
    [
      'an array of another type',
      { ...dense([3, 2], new Float32Array(6)), data: new Int32Array(6) } as Constant,
      /constant "w": want an array that stores float32/,
    ],
    [
      'a column outside',
      { ...csr, columns: Uint32Array.of(0, 3) },
      /constant "w": row 1: column 3 is outside \[0, 3\)/,
    ],
    ['pointers that fall', { ...csr, rowPointers: Uint32Array.of(0, 2, 1) }, /constant "w": row pointers/],
  ])('with %s are refused', (_, weight, message) => {
    expect(() => verify(product(weight))).toThrow(ModelError);
    expect(() => verify(product(weight))).toThrow(message);
  });

  it('that are sound pass', () => {
    expect(problemsOf(product(csr))).toEqual([]);
    expect(problemsOf(product(dense([3, 2], new Float32Array(6))))).toEqual([]);
  });
});

describe('a sound graph does not run', () => {
  it('with an input or a constant of float16: a float32 one takes halfs', () => {
    const builder = graphBuilder('half');
    const halfs = { encoding: 'dense', dtype: 'float16', shape: [2], data: new Uint16Array(2) } as const;
    builder.output(builder.node('add', [builder.input('x', 'float16', [2]), builder.constant('c', halfs)]));
    expect(obstaclesOf(verify(builder.build()))).toEqual([
      'input "x": want float32, which takes halfs, got float16',
      'constant "c": want float32, got float16',
    ]);
  });

  it('with a NaN among the weights', () => {
    const graph = product(dense([3, 2], Float32Array.of(1, 2, 3, Number.NaN, 5, Number.NaN)));
    expect(() => verifyToRun(graph)).toThrow(ModelError);
    expect(obstaclesOf(graph)).toEqual(['weight "w": want numbers, got NaN as stored value 3']);
    expect(obstaclesOf(product(dense([3, 2], new Float32Array(6).fill(Number.POSITIVE_INFINITY))))).toEqual([]);
  });
});
