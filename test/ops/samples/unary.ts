/** Functions of one element, and the companions that turn dy into dy f'(x). */
import type { AttributeValue } from '../../../src/core/attributes.ts';
import { normal } from '../../../src/core/random.ts';
import type { Shape } from '../../../src/core/shape.ts';
import { away, between, type Make, whole } from './elementwise.ts';
import { floats, type Sample } from './sample.ts';

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
const twice: Make = (generator) => 2 * normal(generator);
/** Multiples of 1/2: many lie between two whole numbers. */
const halves: Make = (generator) => whole(9)(generator) / 2;

const unaryRows: readonly UnaryRow[] = [
  { op: 'neg', make: normals, infinities: true },
  { op: 'exp', make: normals, infinities: true },
  { op: 'log', make: between(0.1, 5), infinities: true },
  { op: 'sqrt', make: between(0.1, 5), infinities: true },
  { op: 'erf', make: twice, infinities: true },
  { op: 'abs', make: away(0), infinities: true },
  { op: 'sign', make: away(0), infinities: true },
  { op: 'reciprocal', make: between(0.3, 3), infinities: true },
  { op: 'relu', make: away(0), infinities: true },
  { op: 'leakyRelu', make: away(0), infinities: true },
  { op: 'leakyRelu', make: away(0), attributes: { alpha: -0.5 } },
  { op: 'gelu', make: twice },
  { op: 'gelu', make: twice, attributes: { approximate: 'tanh' } },
  { op: 'sigmoid', make: normals, infinities: true },
  { op: 'tanh', make: normals, infinities: true },
  { op: 'hardSwish', make: away(-3, 3) },
  { op: 'clip', make: away(-0.5, 1.5), attributes: { min: -0.5, max: 1.5 }, infinities: true },
  { op: 'clip', make: away(0.25), attributes: { min: 0.25 }, infinities: true },
  { op: 'clip', make: normals, infinities: true },
  { op: 'sin', make: normals },
  { op: 'cos', make: normals },
  { op: 'tan', make: between(-1.2, 1.2) },
  { op: 'asin', make: between(-0.9, 0.9) },
  { op: 'acos', make: between(-0.9, 0.9) },
  { op: 'atan', make: normals, infinities: true },
  { op: 'sinh', make: normals, infinities: true },
  { op: 'cosh', make: normals, infinities: true },
  { op: 'asinh', make: normals, infinities: true },
  { op: 'acosh', make: between(1.2, 5), infinities: true },
  { op: 'atanh', make: between(-0.9, 0.9) },
  { op: 'ceil', make: normals, infinities: true },
  { op: 'floor', make: normals, infinities: true },
  { op: 'round', make: halves, infinities: true },
  { op: 'isNaN', make: normals, infinities: true },
  { op: 'isInf', make: normals, infinities: true },
  { op: 'isInf', make: normals, attributes: { negative: false }, infinities: true },
  { op: 'isInf', make: normals, attributes: { positive: false }, infinities: true },
  { op: 'elu', make: away(0), infinities: true },
  { op: 'elu', make: away(0), attributes: { alpha: 0.5 }, infinities: true },
  { op: 'selu', make: away(0), infinities: true },
  { op: 'selu', make: away(0), attributes: { alpha: 2, gamma: 0.5 } },
  { op: 'celu', make: away(0), infinities: true },
  { op: 'celu', make: away(0), attributes: { alpha: 1.7 } },
  { op: 'softplus', make: twice, infinities: true },
  { op: 'softsign', make: away(0) },
  { op: 'mish', make: twice },
  { op: 'swish', make: twice },
  { op: 'swish', make: twice, attributes: { alpha: 1.702 } },
  { op: 'hardSigmoid', make: away(-2.5, 2.5), infinities: true },
  { op: 'hardSigmoid', make: away(-1.2, 0.8), attributes: { alpha: 0.5, beta: 0.6 } },
  { op: 'thresholdedRelu', make: away(1), infinities: true },
  { op: 'thresholdedRelu', make: away(-0.25), attributes: { alpha: -0.25 } },
  { op: 'shrink', make: away(-0.5, 0.5), infinities: true },
  { op: 'shrink', make: away(-1, 1), attributes: { bias: 0.25, threshold: 1 } },
  { op: 'reluGrad', make: normals, second: (generator) => Math.max(0, normal(generator)) },
  { op: 'leakyReluGrad', make: normals, second: away(0), attributes: { alpha: 0.2 } },
  { op: 'geluGrad', make: normals, second: twice },
  { op: 'geluGrad', make: normals, second: twice, attributes: { approximate: 'tanh' } },
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

const doubles: readonly Sample[] = ['exp', 'log', 'sqrt', 'erf', 'sin', 'tanh', 'floor', 'neg'].map((op) => ({
  op,
  about: 'float64',
  inputs: [{ dtype: 'float64', shape: [3, 5], make: between(0.1, 3) }],
}));

export const unarySamples: readonly Sample[] = [...unaries, ...doubles];
