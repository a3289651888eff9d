import { below, normal, type Random, uniform } from '../../../src/core/random.ts';
import type { Shape } from '../../../src/core/shape.ts';
import { floats, type Sample, type SampleInput } from './sample.ts';

export type Make = (generator: Random) => number;

/** Normal numbers, but none nearer than 0.05 to a kink. */
export function away(...kinks: readonly number[]): Make {
  return (generator) => {
    const x = 2 * normal(generator);
    const kink = kinks.find((k) => Math.abs(x - k) < 0.05);
    return kink === undefined ? x : kink + (x < kink ? -0.06 : 0.06);
  };
}

/** Uniform numbers between two bounds. */
export function between(low: number, high: number): Make {
  return (generator) => low + (high - low) * uniform(generator);
}

/** Whole numbers from -span to span. */
export function whole(span: number): Make {
  return (generator) => below(generator, 2 * span + 1) - span;
}

export const shapePairs: readonly (readonly [about: string, a: Shape, b: Shape])[] = [
  ['one shape', [7, 33], [7, 33]],
  ['a row to each row', [5, 7], [7]],
  ['a column to each column', [5, 1], [5, 7]],
  ['both repeated', [3, 1, 5], [4, 1]],
  ['a scalar on the left', [], [2, 9]],
  ['scalars', [], []],
  ['interleaved axes', [2, 1, 3, 1, 2], [1, 2, 3, 2, 1]],
  ['nothing', [0, 3], [3]],
  ['an empty axis from one of 1', [2, 1], [2, 0]],
];

/** Floats in every way of broadcasting, whole numbers, a constant operand, and infinities. */
function binarySamples(op: string, { a, b, distinct }: { a?: Make; b?: Make; distinct?: boolean } = {}): Sample[] {
  const operand = (shape: Shape, make: Make | undefined, extra: Partial<SampleInput> = {}) =>
    floats(shape, { ...(make && { make }), ...extra });
  const samples = shapePairs.map(([about, left, right]): Sample => {
    // Two halves of one set of distinct numbers would need one generator; odd and even multiples do as well.
    const apart = distinct ? { a: quarters(0), b: quarters(0.125) } : { a, b };
    return { op, about, inputs: [operand(left, apart.a), operand(right, apart.b)] };
  });
  const edges = [0, -0, 1, -1, 2.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
  return [
    ...samples,
    {
      op,
      about: 'a constant',
      inputs: [
        operand([3, 4], distinct ? quarters(0) : a),
        operand([4], distinct ? quarters(0.125) : b, { constant: true }),
      ],
    },
    {
      op,
      about: 'edges',
      kinks: true,
      inputs: [floats([8, 1], { data: edges }), floats([8], { data: edges })],
    },
  ];
}

/** Multiples of 1/4, moved. */
function quarters(offset: number): Make {
  return (generator) => whole(12)(generator) / 4 + offset;
}

function integers(op: string, dtype: 'int32' | 'int64', b: Make = whole(3)): Sample {
  return {
    op,
    about: dtype,
    inputs: [
      { dtype, shape: [4, 5], make: whole(3) },
      { dtype, shape: [5], make: b },
    ],
  };
}

const notZero: Make = (generator) => below(generator, 3) + 1;

const arithmetic: readonly Sample[] = [
  ...['add', 'sub', 'mul'].flatMap((op) => [...binarySamples(op), integers(op, 'int32'), integers(op, 'int64')]),
  ...binarySamples('div', { b: between(0.5, 2) }),
  integers('div', 'int32', notZero),
  integers('div', 'int64', notZero),
  ...binarySamples('pow', { a: between(0.3, 2.5) }),
  {
    op: 'pow',
    about: 'squares, also of negatives',
    inputs: [floats([3, 5], { make: away(0) }), floats([], { data: [2], constant: true })],
  },
  ...['max', 'min'].flatMap((op) => [...binarySamples(op, { distinct: true }), integers(op, 'int32')]),
  {
    op: 'max',
    about: 'ties',
    kinks: true,
    inputs: [floats([3], { data: [1, 2, 3] }), floats([3], { data: [1, 2, 2] })],
  },
];

const comparisons: readonly Sample[] = ['equal', 'less', 'greater', 'lessOrEqual', 'greaterOrEqual'].flatMap((op) => [
  ...binarySamples(op, { a: whole(1), b: whole(1) }),
  integers(op, 'int64'),
]);

export const bools = (shape: Shape): SampleInput => ({
  dtype: 'bool',
  shape,
  make: (generator) => below(generator, 2),
});

const choices: readonly Sample[] = [
  { op: 'equal', about: 'bools', inputs: [bools([4, 3]), bools([3])] },
  { op: 'where', about: 'one shape', inputs: [bools([7, 5]), floats([7, 5]), floats([7, 5])] },
  { op: 'where', about: 'all three repeated', inputs: [bools([3, 1, 1]), floats([4, 1]), floats([5])] },
  {
    op: 'where',
    about: 'a scalar else',
    inputs: [bools([4, 4]), floats([2, 4, 4]), floats([], { data: [-100], constant: true })],
  },
  { op: 'where', about: 'nothing', inputs: [bools([0, 2]), floats([2]), floats([1, 2])] },
  {
    op: 'where',
    about: 'int64',
    inputs: [bools([6]), { dtype: 'int64', shape: [6], make: whole(9) }, { dtype: 'int64', shape: [], data: [7] }],
  },
];

const logic: readonly Sample[] = ['and', 'or', 'xor'].flatMap((op) =>
  shapePairs.map(([about, a, b]): Sample => ({ op, about, inputs: [bools(a), bools(b)] })),
);

const remainders: readonly Sample[] = [
  ...binarySamples('mod', { a: between(-7, 7), b: between(0.5, 2) }).map((sample) => ({
    ...sample,
    attributes: { fmod: true },
  })),
  {
    op: 'mod',
    about: 'int32, with the sign of the divisor',
    inputs: [
      { dtype: 'int32', shape: [6], data: [-4, 7, 5, 4, -7, 8] },
      { dtype: 'int32', shape: [6], data: [2, -3, 8, -2, 3, 5] },
    ],
  },
  {
    op: 'mod',
    about: 'int64, with the sign of the dividend',
    inputs: [
      { dtype: 'int64', shape: [2, 3], data: [-4, 7, 5, 4, -7, 8] },
      { dtype: 'int64', shape: [3], data: [3, -3, 8] },
    ],
    attributes: { fmod: true },
  },
];

const slopes: readonly Sample[] = (
  [
    ['a slope for all', [3, 5], []],
    ['a slope per column', [4, 7], [7]],
    ['a slope per channel', [2, 3, 4, 5], [3, 1, 1]],
    ['a slope per channel, of rank 4', [2, 3, 4, 5], [1, 3, 1, 1]],
    ['a slope for each', [3, 35], [3, 35]],
    ['nothing', [0, 3], [3]],
  ] as const
).map(([about, x, slope]) => ({ op: 'prelu', about, inputs: [floats(x, { make: away(0) }), floats(slope)] }));

export const elementwise: readonly Sample[] = [
  ...arithmetic,
  ...comparisons,
  ...choices,
  ...logic,
  ...remainders,
  ...slopes,
  {
    op: 'prelu',
    about: 'edges',
    kinks: true,
    inputs: [
      floats([6], { data: [0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, -2] }),
      floats([], { data: [0.5] }),
    ],
  },
];
