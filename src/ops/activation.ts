/**
 * The epilogue that matmul and conv2d can carry after fusion:
 *
 *     y = activation(sum + bias + residual)     or, with `activationFirst`,     y = activation(sum + bias) + residual
 */
import type { Attributes } from '../core/attributes.ts';
import { invariant } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { wantLike } from './checks.ts';
import { clip } from './clip.ts';
import { gelu } from './gelu.ts';
import { hardSwish } from './hard-swish.ts';
import { type AttributeRule, boolean, type GradientContext, type NdArray, number, type Op, type OpCall } from './op.ts';
import { relu } from './relu.ts';
import { sigmoid } from './sigmoid.ts';
import { tanh } from './tanh.ts';

/** An activation as the op that it is on its own. */
export interface Activation {
  readonly op: Op;
  /** What the op is told; clip takes its bounds from the product. */
  readonly attributes: Attributes;
}

/** By what the attribute `activation` says. */
export const activations: Readonly<Record<string, Activation>> = {
  relu: { op: relu, attributes: {} },
  clip: { op: clip, attributes: {} },
  gelu: { op: gelu, attributes: { approximate: 'none' } },
  geluTanh: { op: gelu, attributes: { approximate: 'tanh' } },
  hardSwish: { op: hardSwish, attributes: {} },
  sigmoid: { op: sigmoid, attributes: {} },
  tanh: { op: tanh, attributes: {} },
};

export const activationAttributes: Readonly<Record<string, AttributeRule>> = {
  activation: { type: 'string', default: 'none', oneOf: ['none', ...Object.keys(activations)] },
  min: { type: 'number', default: Number.NEGATIVE_INFINITY },
  max: { type: 'number', default: Number.POSITIVE_INFINITY },
  activationFirst: { type: 'boolean', default: false },
};

/** Where the inputs `bias?` and `residual?` stand. */
const RESIDUAL = 3;

/** The activation of a product, undefined for none. Bounds are in float32, as kernels hold them. */
export function activationOf(attributes: Attributes): Activation | undefined {
  const found = activations[attributes.activation as string];
  if (found?.op !== clip) return found;
  const [min, max] = [Math.fround(number(attributes, 'min')), Math.fround(number(attributes, 'max'))];
  return { op: clip, attributes: { min, max } };
}

/** A residual has the shape of the result: nothing is broadcast. */
export function wantResidual(call: OpCall, shape: Shape): void {
  if (call.types[RESIDUAL]) wantLike(call, RESIDUAL, shape, 0);
}

/** The result from sums that hold the bias already. */
export function withEpilogue(call: OpCall, sums: NdArray, residual: NdArray | undefined): Float64Array {
  const activation = activationOf(call.attributes);
  const activate = (x: Float64Array) =>
    activation
      ? activation.op.reference({ ...call, attributes: activation.attributes }, [{ ...sums, data: x }], [sums])[0]
      : x;
  const add = (x: Float64Array) => (residual ? x.map((value, i) => value + residual.data[i]) : x);
  return boolean(call.attributes, 'activationFirst') ? add(activate(sums.data)) : activate(add(sums.data));
}

/**
 * From dy the gradients by the sum, and by the residual. Where that takes what came before the activation, the activation is a
 * node of its own by then: see separateEpilogue. What remains is told by what came out: relu and clip, with nothing added behind
 * them. Exactly at a bound of clip the gradient is 0, as the output does not tell a value that lies there from one that was cut.
 */
export function epilogueGradient(
  context: GradientContext,
  dy: string,
): { readonly sum: string; readonly residual: string } {
  const { emit, attributes, outputs } = context;
  const activation = activationOf(attributes);
  if (!activation) return { sum: dy, residual: dy };
  let sum = dy;
  if (activation.op === relu) sum = emit('reluGrad', [dy, outputs[0]]);
  else {
    invariant(activation.op === clip, `${activation.op.name} is a node of its own where gradients go through it`);
    const [min, max] = [number(activation.attributes, 'min'), number(activation.attributes, 'max')];
    sum = emit('clipGrad', [dy, outputs[0]], { min: nextFloat(min, 1), max: nextFloat(max, -1) });
  }
  return { sum, residual: sum };
}

/** The float32 next to a finite one, above (1) or below (-1); infinities stay. */
function nextFloat(x: number, step: 1 | -1): number {
  if (!Number.isFinite(x)) return x;
  const floats = Float32Array.of(x);
  const bits = new Int32Array(floats.buffer);
  if (x === 0) floats[0] = step * 2 ** -149;
  else bits[0] += x > 0 ? step : -step;
  return floats[0];
}
