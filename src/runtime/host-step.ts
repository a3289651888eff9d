/** A step without a kernel: the op's plain implementation on views of the memory. Right on every dtype, fast on none. */
import { fromDoubles, toDoubles } from '../core/dtype.ts';
import { UsageError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import { toDense, withValues } from '../formats/table.ts';
import { opOf } from '../ops/call.ts';
import { type NdArray, where } from '../ops/op.ts';
import type { HostStep, Step } from '../plan/plan.ts';
import type { BoundCall, Store } from './bind.ts';
import type { Instance } from './instance.ts';

export function hostCall(
  step: Step,
  { node, call, outputs }: HostStep,
  index: number,
  { heap }: Instance,
  store: Store,
  addresses: readonly number[],
): BoundCall {
  const op = opOf(node);

  function read(input: number): NdArray | undefined {
    const type = call.types[input];
    if (!type) return undefined;
    const constant = store.constants.get(node.inputs[input]);
    const id = step.reads[input];
    const current = constant && constant.encoding !== 'dense' ? constant : undefined;
    if (id < 0) return { ...type, data: new Float64Array(), ...(constant && { constant }) };
    if (current && type.stored !== undefined && step.layouts.reads[input] === 'values') {
      const values = heap.view('float32', addresses[id], current.values.length) as Float32Array;
      const updated = withValues(current, values.slice());
      return { ...type, data: Float64Array.from(toDense(updated)), constant: updated };
    }
    const view = heap.view(type.dtype, addresses[id], sizeOf(type.shape));
    return { ...type, data: toDoubles(view), ...(constant && { constant }) };
  }

  function run(): void {
    const inputs = call.types.map((_, i) => read(i));
    let results: Float64Array[];
    try {
      results = op.reference(call, inputs, outputs);
    } catch (error) {
      if (error instanceof RangeError) throw new UsageError(`${where(node)}: ${error.message}`);
      throw error;
    }
    outputs.forEach(({ dtype, shape }, i) => {
      if (node.outputs[i] === '') return;
      heap.view(dtype, addresses[step.writes[i]], sizeOf(shape)).set(fromDoubles(dtype, results[i]) as never);
    });
  }

  return { run, kernel: step.kernel, args: [], step: index };
}
