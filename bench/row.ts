/** One row of the kernel table on operands of its own: laid out once, called many times. A planner in miniature. */
import type { TypedArray } from '../src/core/dtype.ts';
import { sizeOf } from '../src/core/shape.ts';
import type { SparseConstant } from '../src/formats/constant.ts';
import { formOf } from '../src/kernels/forms.ts';
import type { Call, Kernel, Layout, Match, Operand, Request } from '../src/kernels/kernel.ts';
import { conversions, layoutBytes } from '../src/kernels/layouts.ts';
import type { Instance } from '../src/runtime/instance.ts';
import { numbers } from './subject.ts';

/** An input: random numbers of a shape, given ones, or a sparse constant. */
export interface Input {
  readonly shape: readonly number[];
  readonly constant?: SparseConstant;
  readonly data?: Float32Array;
}

export interface Work {
  readonly op: string;
  readonly attributes: Request['attributes'];
  readonly inputs: readonly Input[];
  readonly outputs: readonly (readonly number[])[];
}

export function requestOf({ op, attributes, inputs, outputs }: Work): Request {
  return {
    op,
    attributes,
    inputs: inputs.map(operandOf),
    outputs: outputs.map((shape) => ({ dtype: 'float32', shape, layout: 'rows' })),
  };
}

function operandOf({ shape, constant }: Input): Operand {
  return { dtype: 'float32', shape, layout: constant ? 'values' : 'rows', ...(constant && { constant }) };
}

/** Lays the operands out in the instance's memory and returns what runs the row once. */
export function placed({ kernels, heap }: Instance, { match }: Kernel, work: Work): (() => void) | undefined {
  const found = match(requestOf(work));
  if (typeof found === 'string') return undefined;
  const reads = found.reads.map(({ input, layout }) => inLayout(work.inputs[input], layout));
  const writes = work.outputs.map((shape, i) => {
    const layout = found.writes[i];
    const stored = work.inputs.find(({ constant }) => constant)?.constant?.values.length ?? 0;
    const bytes = layout === 'values' ? stored * 4 : layoutBytes(layout, { dtype: 'float32', shape, layout });
    return heap.allocate(bytes, 'output');
  });
  const calls = callsOf(found, reads, writes);
  return () => {
    for (const { run, args } of calls) run(...args);
  };

  function callsOf(match: Match, reads: readonly number[], writes: readonly number[]) {
    const scratch = match.scratchBytes ? heap.allocate(match.scratchBytes, 'scratch') : 0;
    const table = match.table ? upload(match.table) : 0;
    return match.calls({ reads, writes, scratch, table }).map(({ kernel, args }: Call) => ({
      run: kernels[kernel],
      args,
    }));
  }

  function upload(data: TypedArray | Uint32Array): number {
    const address = heap.allocate(data.byteLength, 'operand');
    heap.bytes().set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), address);
    return address;
  }

  function inLayout(input: Input, layout: Layout): number {
    const operand = operandOf(input);
    const { constant, shape, data } = input;
    if (layout === operand.layout) return upload(constant?.values ?? data ?? numbers(sizeOf(shape)));
    const form = constant && formOf(layout);
    if (form) return upload(form.build(constant));
    const conversion = conversions.find((row) => row.from === operand.layout && row.to === layout);
    const way = conversion?.match(operand);
    if (!way || typeof way === 'string') throw new Error(`no way from ${operand.layout} to ${layout}: ${way}`);
    const to = heap.allocate(layoutBytes(layout, operand), layout);
    const from = way.reads.map((read) => inLayout(input, read.layout));
    for (const { run, args } of callsOf(way, from, [to])) run(...args);
    return to;
  }
}
