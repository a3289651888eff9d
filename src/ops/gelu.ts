import { sameShapeBinary, unary } from './elementwise.ts';
import { complementaryErrorFunction } from './erf.ts';
import { type AttributeRule, type Op, string } from './op.ts';

const attributes: Readonly<Record<string, AttributeRule>> = {
  approximate: { type: 'string', default: 'none', oneOf: ['none', 'tanh'] },
};

const CUBIC = 0.044715;
const SCALE = Math.sqrt(2 / Math.PI);

/** Φ, the distribution function of the standard normal. */
function normalCdf(x: number): number {
  return 0.5 * complementaryErrorFunction(-x * Math.SQRT1_2);
}

/** The slope of x Φ(x): Φ(x) + x φ(x). */
function exactSlope(x: number): number {
  return normalCdf(x) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}

function tanhGelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(SCALE * (x + CUBIC * x * x * x)));
}

function tanhSlope(x: number): number {
  const t = Math.tanh(SCALE * (x + CUBIC * x * x * x));
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * SCALE * (1 + 3 * CUBIC * x * x);
}

/** x Φ(x) (Hendrycks and Gimpel 2016), or with `approximate: 'tanh'` their approximation of it. */
export const gelu: Op = unary({
  name: 'gelu',
  attributes,
  apply: (x, settings) => (string(settings, 'approximate') === 'tanh' ? tanhGelu(x) : x * normalCdf(x)),
  gradient: ({ emit, inputs, attributes: settings }, dy) => emit('geluGrad', [dy, inputs[0]], settings),
});

/** dy times the slope of gelu at x. */
export const geluGrad: Op = sameShapeBinary({
  name: 'geluGrad',
  inputs: ['dy', 'x'],
  attributes,
  apply: (dy, x, settings) => dy * (string(settings, 'approximate') === 'tanh' ? tanhSlope(x) : exactSlope(x)),
});
