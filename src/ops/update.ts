/** What the update rules of weights share. */
import { floatAt, wantLike } from './checks.ts';
import type { NdArray, OpCall, TensorType } from './op.ts';

/**
 * The types of an update of weight input 0: `w`, and `like`, that of its gradient and state, which is [stored] for a
 * sparse constant. Checks that the inputs in `states`, if present, are like that and those in `scalars` are [].
 */
export function updateTypes(
  call: OpCall,
  { scalars, states }: { readonly scalars: readonly number[]; readonly states: readonly number[] },
): { readonly w: TensorType; readonly like: TensorType } {
  const w = floatAt(call, 0);
  const like = { dtype: w.dtype, shape: w.stored === undefined ? w.shape : [w.stored] };
  for (const input of scalars) wantLike(call, input, [], 0);
  for (const input of states) if (call.types[input]) wantLike(call, input, like.shape, 0);
  return { w, like };
}

/** The numbers of a weight that its update moves: all of them, or the stored values of a sparse constant. */
export function storedOf({ data, constant }: NdArray): Float64Array {
  return constant && constant.encoding !== 'dense' ? Float64Array.from(constant.values) : data;
}
