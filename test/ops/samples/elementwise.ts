import type { AttributeValue } from '../../../src/core/attributes.ts';
import { below, normal, type Random, uniform } from '../../../src/core/random.ts';
import type { Shape } from '../../../src/core/shape.ts';
import { floats, type Sample, type SampleInput } from './sample.ts';

type Make = (generator: Random) => number;

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

const shapePairs: readonly (readonly [about: string, a: Shape, b: Shape])[] = [
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

const comparisons: readonly Sample[] = ['equal', 'less', 'greater'].flatMap((op) => [
  ...binarySamples(op, { a: whole(1), b: whole(1) }),
  integers(op, 'int64'),
]);

const bools = (shape: Shape): SampleInput => ({ dtype: 'bool', shape, make: (generator) => below(generator, 2) });

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

interface UnaryRow {
  readonly op: string;
  readonly make: Make;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** For companions: what stands in the place of y or x. */
  readonly second?: Make;
  /** Whether infinities have a defined result. */
  readonly infinities?: boolean;
}

const normals: Make = (generator) => normal(generator);

const unaryRows: readonly UnaryRow[] = [
  { op: 'neg', make: normals, infinities: true },
  { op: 'exp', make: normals, infinities: true },
  { op: 'log', make: between(0.1, 5), infinities: true },
  { op: 'sqrt', make: between(0.1, 5), infinities: true },
  { op: 'erf', make: (generator) => 2 * normal(generator), infinities: true },
  { op: 'abs', make: away(0), infinities: true },
  { op: 'sign', make: away(0), infinities: true },
  { op: 'reciprocal', make: between(0.3, 3), infinities: true },
  { op: 'relu', make: away(0), infinities: true },
  { op: 'leakyRelu', make: away(0), infinities: true },
  { op: 'leakyRelu', make: away(0), attributes: { alpha: -0.5 } },
  { op: 'gelu', make: (generator) => 2 * normal(generator) },
  { op: 'gelu', make: (generator) => 2 * normal(generator), attributes: { approximate: 'tanh' } },
  { op: 'sigmoid', make: normals, infinities: true },
  { op: 'tanh', make: normals, infinities: true },
  { op: 'hardSwish', make: away(-3, 3) },
  { op: 'clip', make: away(-0.5, 1.5), attributes: { min: -0.5, max: 1.5 }, infinities: true },
  { op: 'clip', make: away(0.25), attributes: { min: 0.25 }, infinities: true },
  { op: 'clip', make: normals, infinities: true },
  { op: 'reluGrad', make: normals, second: (generator) => Math.max(0, normal(generator)) },
  { op: 'leakyReluGrad', make: normals, second: away(0), attributes: { alpha: 0.2 } },
  { op: 'geluGrad', make: normals, second: (generator) => 2 * normal(generator) },
  { op: 'geluGrad', make: normals, second: (generator) => 2 * normal(generator), attributes: { approximate: 'tanh' } },
  { op: 'sigmoidGrad', make: normals, second: between(0, 1) },
  { op: 'tanhGrad', make: normals, second: between(-1, 1) },
  { op: 'hardSwishGrad', make: normals, second: away(-3, 3) },
  { op: 'clipGrad', make: normals, second: away(-0.5, 1.5), attributes: { min: -0.5, max: 1.5 } },
];

const unaryShapes: readonly Shape[] = [[7, 33], [1], [], [0, 4], [2, 3, 5]];

const unaries: readonly Sample[] = unaryRows.flatMap(({ op, make, second, attributes = {}, infinities }) => {
  const settings = Object.entries(attributes).map(([name, value]) => `, ${name} ${value}`);
  const inputs = (shape: Shape) => [floats(shape, { make }), ...(second ? [floats(shape, { make: second })] : [])];
  const samples: Sample[] = unaryShapes.map((shape) => ({
    op,
    about: `[${shape.join(', ')}]${settings.join('')}`,
    inputs: inputs(shape),
    attributes,
  }));
  if (!second) {
    const edges = [0, -0, 1e-30, -1e-30, 20, -20, 0.5, Number.NaN];
    if (infinities) edges.push(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    const data = floats([edges.length], { data: edges });
    samples.push({ op, about: `edges${settings.join('')}`, kinks: true, inputs: [data], attributes });
  }
  return samples;
});

const wholeUnaries: readonly Sample[] = ['neg', 'abs', 'sign', 'relu', 'clip'].map((op) => ({
  op,
  about: 'int32',
  inputs: [{ dtype: 'int32', shape: [3, 5], make: whole(9) }],
  attributes: op === 'clip' ? { min: -2, max: 5 } : {},
}));

export const elementwise: readonly Sample[] = [...arithmetic, ...comparisons, ...choices, ...unaries, ...wholeUnaries];
