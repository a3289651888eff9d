/** Circular and hyperbolic functions and their inverses. Gradients are made of the functions themselves. */
import { unary } from './elementwise.ts';
import type { GradientContext, Op } from './op.ts';

type Slope = (context: GradientContext, square: (value: string) => string) => string;

/** dy times the slope, which may need squares. */
function curve(name: string, apply: (x: number) => number, slope: Slope): Op {
  return unary({
    name,
    apply,
    gradient(context, dy) {
      const { emit } = context;
      return emit('mul', [dy, slope(context, (value) => emit('mul', [value, value]))]);
    },
  });
}

/** 1 / sqrt(a ± x²), for the inverse functions. */
function inverseRoot({ emit }: GradientContext, radicand: string): string {
  return emit('reciprocal', [emit('sqrt', [radicand])]);
}

export const sin: Op = curve('sin', Math.sin, ({ emit, inputs: [x] }) => emit('cos', [x]));

export const cos: Op = curve('cos', Math.cos, ({ emit, inputs: [x] }) => emit('neg', [emit('sin', [x])]));

/** tan' = 1 + tan² */
export const tan: Op = curve('tan', Math.tan, ({ emit, scalar, outputs: [y] }, square) =>
  emit('add', [square(y), scalar(1)]),
);

export const asin: Op = curve('asin', Math.asin, (context, square) => {
  const { emit, scalar, inputs } = context;
  return inverseRoot(context, emit('sub', [scalar(1), square(inputs[0])]));
});

export const acos: Op = curve('acos', Math.acos, (context, square) => {
  const { emit, scalar, inputs } = context;
  return emit('neg', [inverseRoot(context, emit('sub', [scalar(1), square(inputs[0])]))]);
});

export const atan: Op = curve('atan', Math.atan, ({ emit, scalar, inputs: [x] }, square) =>
  emit('reciprocal', [emit('add', [square(x), scalar(1)])]),
);

export const sinh: Op = curve('sinh', Math.sinh, ({ emit, inputs: [x] }) => emit('cosh', [x]));

export const cosh: Op = curve('cosh', Math.cosh, ({ emit, inputs: [x] }) => emit('sinh', [x]));

export const asinh: Op = curve('asinh', Math.asinh, (context, square) => {
  const { emit, scalar, inputs } = context;
  return inverseRoot(context, emit('add', [square(inputs[0]), scalar(1)]));
});

export const acosh: Op = curve('acosh', Math.acosh, (context, square) => {
  const { emit, scalar, inputs } = context;
  return inverseRoot(context, emit('sub', [square(inputs[0]), scalar(1)]));
});

export const atanh: Op = curve('atanh', Math.atanh, ({ emit, scalar, inputs: [x] }, square) =>
  emit('reciprocal', [emit('sub', [scalar(1), square(x)])]),
);
