/**
 * What matmul and conv2d do to a sum before the next node reads it (src/ops/activation.ts says what it means). Bias and
 * bounds are the matrix kernels' own: min(max(sum + bias, lo), hi). Other functions and the residual follow as a call on
 * the part of the result that was just made, while it is near.
 */
import type { Attributes } from '../core/attributes.ts';
import { format, sameShape, sizeOf } from '../core/shape.ts';
import { epilogueCost } from './cost.ts';
import { type Addresses, type Call, isPlain, type Layout, type Read, type Request } from './kernel.ts';
import { nanosecondsOf } from './unary.ts';

export interface Bounds {
  readonly lo: number;
  readonly hi: number;
}

export const unbounded: Bounds = { lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY };

/** The export that finishes a result: in the `exports` of every row that has an epilogue. */
export const EPILOGUE = 'f32_epilogue';

/** So much of a result is made before it is finished: it should still be in the second cache. */
export const NEAR_BYTES = 1 << 18;

interface Function {
  /** Its number in assembly/elementwise/epilogue.ts. */
  readonly code: number;
  /** The export that is the same function on its own. */
  readonly kernel: string;
}

const CLIP: Function = { code: 1, kernel: 'f32_clip' };
const functions: Readonly<Record<string, Function>> = {
  gelu: { code: 2, kernel: 'f32_gelu' },
  geluTanh: { code: 3, kernel: 'f32_gelu_tanh' },
  hardSwish: { code: 4, kernel: 'f32_hard_swish' },
  sigmoid: { code: 5, kernel: 'f32_sigmoid' },
  tanh: { code: 6, kernel: 'f32_tanh' },
};

export interface Epilogue {
  readonly bias: boolean;
  readonly residual: boolean;
  /** What the matrix kernel does itself. */
  readonly bounds: Bounds;
  /** What is left to f32_epilogue, if anything. */
  readonly finish: (Bounds & { readonly before: number; readonly after: number }) | undefined;
  /** Predicted time of what is left. */
  readonly microseconds: number;
}

/** The epilogue of a product of `features` features whose inputs 2 and 3 are bias and residual, or why it has none. */
export function epilogueOf({ attributes, inputs, outputs }: Request, features: number): Epilogue | string {
  const [, , bias, residual] = inputs;
  if (bias && !isPlain(bias)) return 'wants a dense float32 bias';
  if (bias && (sizeOf(bias.shape) !== features || bias.shape[bias.shape.length - 1] !== features))
    return `wants a bias [${features}], got ${format(bias.shape)}`;
  if (residual && !isPlain(residual)) return 'wants a dense float32 residual';
  if (residual && !sameShape(residual.shape, outputs[0].shape))
    return `wants a residual ${format(outputs[0].shape)}, got ${format(residual.shape)}`;
  const bounds = boundsOf(attributes);
  if (typeof bounds === 'string') return bounds;

  const { activation = 'none', activationFirst = false } = attributes;
  const first = !residual || activationFirst === true;
  const bounded = activation === 'relu' || activation === 'clip';
  const left = functions[String(activation)] ?? (bounded && !first ? CLIP : undefined);
  const common = {
    bias: bias !== undefined,
    residual: residual !== undefined,
    bounds: first ? bounds : unbounded,
  };
  if (!residual && !left) return { ...common, finish: undefined, microseconds: 0 };
  const code = left?.code ?? 0;
  return {
    ...common,
    finish: { ...bounds, before: first ? code : 0, after: first ? 0 : code },
    microseconds: epilogueCost(sizeOf(outputs[0].shape), left ? nanosecondsOf(left.kernel) : 0, common.residual),
  };
}

/** The attributes `activation`, `min` and `max` as bounds, infinite for functions; or the reason why there are none. */
function boundsOf(attributes: Attributes): Bounds | string {
  const { activation = 'none', min = unbounded.lo, max = unbounded.hi } = attributes;
  if (activation === 'none' || Object.hasOwn(functions, String(activation))) return unbounded;
  if (activation === 'relu') return { lo: 0, hi: unbounded.hi };
  if (activation !== 'clip')
    return `activation ${String(activation)} is not one of none, relu, clip, ${Object.keys(functions).join(', ')}`;
  if (typeof min !== 'number' || typeof max !== 'number')
    return `min and max of clip want numbers, got ${min} and ${max}`;
  return { lo: min, hi: max };
}

/** Bias and residual as the last reads of a row. The residual lies as the result does: it is walked beside it. */
export function epilogueReads({ bias, residual }: Epilogue, layout: Layout = 'rows'): Read[] {
  return [...(bias ? [{ input: 2, layout: 'rows' }] : []), ...(residual ? [{ input: 3, layout }] : [])];
}

/** The address of the bias, 0 where there is none. */
export function biasAt({ bias, residual }: Epilogue, { reads }: Addresses): number {
  return bias ? reads[reads.length - (residual ? 2 : 1)] : 0;
}

/** Part of a result, in floats: `rows` runs of `n`, `row` apart, from `first`. */
export interface Stretch {
  readonly first: number;
  readonly rows: number;
  readonly n: number;
  readonly row: number;
}

/** The calls that finish a part of the result; none where the kernel has done it all. */
export function finishCalls({ residual, finish }: Epilogue, at: Addresses, stretch: Stretch): Call[] {
  if (!finish) return [];
  const { rows, n, row } = stretch;
  const first = stretch.first * 4;
  const beside = residual ? at.reads[at.reads.length - 1] + first : 0;
  const { before, after, lo, hi } = finish;
  return [{ kernel: EPILOGUE, args: [rows, n, row, before, beside, after, lo, hi, at.writes[0] + first] }];
}
