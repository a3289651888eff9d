/** One operand to one result of the same shape, and the companions that turn dy into dy f'(x). */
import type { Attributes } from '../core/attributes.ts';
import { sameShape } from '../core/shape.ts';
import { isPlain, type Kernel, type Match, type Operand, type Request } from './kernel.ts';
import { arithmetic, isPanels, numberOf, storedElements, textOf, traffic, wanted } from './match.ts';
import { isPlanes } from './planes.ts';
import { along, elements } from './split.ts';

interface Row {
  readonly op: string;
  readonly kernel: string;
  /** Nanoseconds per element beyond moving it. */
  readonly nanoseconds?: number;
  /**
   * Also runs on panels as they lie. Not so for functions that can turn the finite numbers in padding lanes into
   * infinities or NaN.
   */
  readonly panels?: boolean;
  /** Keeps zeros, so that it runs on planes as they lie. With scalars where these say so. */
  readonly zero?: boolean | ((scalars: readonly number[]) => boolean);
  /** Scalar arguments after the size, or the reason why this row is not meant. */
  readonly scalars?: (attributes: Attributes) => readonly number[] | string;
}

function approximation(want: string): (attributes: Attributes) => readonly number[] | string {
  return (attributes) => {
    const got = textOf(attributes, 'approximate', 'none');
    return got === want ? [] : `want approximate '${want}', got '${got}'`;
  };
}

const alpha = (attributes: Attributes) => [numberOf(attributes, 'alpha', 0.01)];
const bounds = (attributes: Attributes) => [
  numberOf(attributes, 'min', Number.NEGATIVE_INFINITY),
  numberOf(attributes, 'max', Number.POSITIVE_INFINITY),
];

/** The attributes of these names, in this order; ops give all of them. */
const given =
  (...names: readonly string[]) =>
  (attributes: Attributes) =>
    names.map((name) => numberOf(attributes, name));

const functions: readonly Row[] = [
  { op: 'neg', zero: true, kernel: 'f32_neg', panels: true },
  { op: 'abs', zero: true, kernel: 'f32_abs', panels: true },
  { op: 'sign', zero: true, kernel: 'f32_sign', panels: true },
  { op: 'exp', kernel: 'f32_exp', nanoseconds: 0.8 },
  { op: 'log', kernel: 'f32_log', nanoseconds: 1.3 },
  { op: 'sqrt', kernel: 'f32_sqrt' },
  { op: 'reciprocal', kernel: 'f32_reciprocal' },
  { op: 'erf', zero: true, kernel: 'f32_erf', nanoseconds: 2.3, panels: true },
  { op: 'relu', zero: true, kernel: 'f32_relu', panels: true },
  { op: 'leakyRelu', zero: true, kernel: 'f32_leaky_relu', panels: true, scalars: alpha },
  { op: 'gelu', zero: true, kernel: 'f32_gelu', nanoseconds: 1.5, panels: true, scalars: approximation('none') },
  { op: 'gelu', zero: true, kernel: 'f32_gelu_tanh', nanoseconds: 1.3, panels: true, scalars: approximation('tanh') },
  { op: 'sigmoid', kernel: 'f32_sigmoid', nanoseconds: 1.1, panels: true },
  { op: 'tanh', zero: true, kernel: 'f32_tanh', nanoseconds: 1.5, panels: true },
  { op: 'hardSwish', zero: true, kernel: 'f32_hard_swish', panels: true },
  { op: 'clip', zero: ([lo, hi]) => lo <= 0 && hi >= 0, kernel: 'f32_clip', panels: true, scalars: bounds },
  { op: 'hardSigmoid', kernel: 'f32_hard_sigmoid', panels: true, scalars: given('alpha', 'beta') },
  { op: 'thresholdedRelu', kernel: 'f32_thresholded_relu', panels: true, scalars: given('alpha') },
  { op: 'elu', zero: true, kernel: 'f32_elu', nanoseconds: 0.9, panels: true, scalars: given('alpha') },
  { op: 'selu', zero: true, kernel: 'f32_selu', nanoseconds: 0.9, panels: true, scalars: given('alpha', 'gamma') },
  { op: 'softplus', kernel: 'f32_softplus', nanoseconds: 2.3, panels: true },
  { op: 'softsign', zero: true, kernel: 'f32_softsign', panels: true },
  { op: 'mish', zero: true, kernel: 'f32_mish', nanoseconds: 1.1, panels: true },
  { op: 'swish', zero: true, kernel: 'f32_swish', nanoseconds: 1.1, panels: true, scalars: given('alpha') },
  { op: 'floor', zero: true, kernel: 'f32_floor', panels: true },
  { op: 'ceil', zero: true, kernel: 'f32_ceil', panels: true },
  { op: 'round', zero: true, kernel: 'f32_round', panels: true },
];

/** What the function of this export costs per element beyond moving it. */
export function nanosecondsOf(kernel: string): number {
  return functions.find((row) => row.kernel === kernel)?.nanoseconds ?? 0;
}

/** Inputs are dy and, as the kernel's comment says, x or y. */
const companions: readonly Row[] = [
  { op: 'reluGrad', kernel: 'f32_relu_grad', panels: true },
  { op: 'leakyReluGrad', kernel: 'f32_leaky_relu_grad', panels: true, scalars: alpha },
  { op: 'geluGrad', kernel: 'f32_gelu_grad', nanoseconds: 1.6, panels: true, scalars: approximation('none') },
  { op: 'geluGrad', kernel: 'f32_gelu_tanh_grad', nanoseconds: 1.5, panels: true, scalars: approximation('tanh') },
  { op: 'sigmoidGrad', kernel: 'f32_sigmoid_grad', panels: true },
  { op: 'tanhGrad', kernel: 'f32_tanh_grad', panels: true },
  { op: 'hardSwishGrad', kernel: 'f32_hard_swish_grad', panels: true },
  { op: 'clipGrad', kernel: 'f32_clip_grad', panels: true, scalars: bounds },
];

function elementByElement(row: Row, operands: readonly Operand[], attributes: Attributes): Match | string {
  const scalars = row.scalars?.(attributes) ?? [];
  if (typeof scalars === 'string') return scalars;
  const shape = operands[0].shape;
  const zero = typeof row.zero === 'function' ? row.zero(scalars) : row.zero === true;
  const stays = ({ layout }: Operand) => (row.panels && isPanels(layout)) || (zero && isPlanes(layout));
  const layout = operands.find(stays)?.layout ?? 'rows';
  const n = storedElements(shape, layout);
  return along(
    {
      reads: operands.map((_, input) => ({ input, layout })),
      writes: [layout],
      microseconds: Math.max(traffic(4 * n * (operands.length + 1)), arithmetic(n, row.nanoseconds ?? 0)),
      inPlace: [...operands.keys()],
    },
    elements(n, ({ reads, writes: [out] }, first, count) => [
      { kernel: row.kernel, args: [count, ...scalars, ...reads.map((x) => x + first * 4), out + first * 4] },
    ]),
  );
}

function kernelOf(row: Row, match: (request: Request) => Match | string): Kernel {
  return { name: row.kernel, exports: [row.kernel], op: row.op, match, ...(row.zero && { carries: [0] }) };
}

function unaryKernel(row: Row): Kernel {
  return kernelOf(row, ({ inputs, attributes }) => {
    const [x] = inputs;
    return isPlain(x) ? elementByElement(row, [x], attributes) : wanted('a plain float32 operand', inputs);
  });
}

function companionKernel(row: Row): Kernel {
  return kernelOf(row, ({ inputs, attributes }) => {
    const [dy, x] = inputs;
    const fits = isPlain(dy) && isPlain(x) && sameShape(dy.shape, x.shape);
    return fits
      ? elementByElement(row, [dy, x], attributes)
      : wanted('two plain float32 operands of one shape', inputs);
  });
}

export const unary: readonly Kernel[] = [...functions.map(unaryKernel), ...companions.map(companionKernel)];
