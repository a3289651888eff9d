/**
 * Runs one row of the kernel table on real numbers: makes every layout it reads with the conversions and host forms,
 * places everything, makes the calls and brings the outputs back to rows. A planner in miniature, for tests.
 */
import type { Attributes } from '../../src/core/attributes.ts';
import type { Shape } from '../../src/core/shape.ts';
import type { SparseConstant } from '../../src/formats/constant.ts';
import { formOf } from '../../src/kernels/forms.ts';
import type { Kernel, Layout, Match, Operand, Request } from '../../src/kernels/kernel.ts';
import { conversionsTo, layoutBytes } from '../../src/kernels/layouts.ts';
import { type Numbers, place } from './harness.ts';

/** An input: dense numbers of a shape, a sparse constant, or only a shape. */
export interface Input {
  readonly shape: Shape;
  readonly data?: Float32Array;
  readonly constant?: SparseConstant;
  /** In which a row finds it, if not in the one it is given in. */
  readonly layout?: Layout;
}

export interface Node {
  readonly op: string;
  readonly attributes?: Attributes;
  readonly inputs: readonly (Input | undefined)[];
  readonly outputs: readonly Shape[];
  readonly wanted?: Layout;
}

const operandOf = ({ shape, constant, layout }: Input): Operand => ({
  dtype: 'float32',
  shape,
  layout: layout ?? (constant ? 'values' : 'rows'),
  ...(constant ? { constant } : {}),
});

export function requestOf({ op, attributes = {}, inputs, outputs, wanted }: Node): Request {
  return {
    op,
    attributes,
    inputs: inputs.map((input) => input && operandOf(input)),
    outputs: outputs.map((shape) => ({ dtype: 'float32', shape, layout: 'rows' })),
    ...(wanted && { wanted }),
  };
}

/** The match of a row, which must exist. */
export function matchOf(kernel: Kernel, node: Node): Match {
  const match = kernel.match(requestOf(node));
  if (typeof match === 'string') throw new Error(`${kernel.name} does not take ${node.op}: ${match}`);
  return match;
}

/** Makes the calls of a match. Outputs start as NaN, so that what is not written shows. */
function perform(
  build: string,
  match: Match,
  reads: readonly Numbers[],
  sizes: readonly number[],
  exports?: readonly string[],
): Float32Array[] {
  const outputs = sizes.map((bytes) => new Float32Array(bytes / 4).fill(Number.NaN));
  const table = match.table ?? new Int32Array(0);
  const scratch = new Uint8Array(match.scratchBytes ?? 0).fill(0xff);
  const bench = place(build, [scratch, table, ...reads, ...outputs], 4);
  const [scratchAt, tableAt, ...rest] = bench.at;
  const calls = match.calls({
    reads: rest.slice(0, reads.length),
    writes: rest.slice(reads.length),
    scratch: scratchAt,
    table: tableAt,
  });
  for (const { kernel, args } of calls) {
    if (exports && !exports.includes(kernel)) throw new Error(`${kernel} is called but not declared`);
    if (args.some((arg) => typeof arg !== 'number' || Number.isNaN(arg)))
      throw new Error(`${kernel}: a bad argument in ${args}`);
    bench.exports[kernel](...args);
  }
  bench.release();
  return outputs.map((like, i) => bench.read(2 + reads.length + i, like));
}

/** The input in a layout, by the host forms and the conversions. */
export function inLayout(build: string, input: Input, layout: Layout): Numbers {
  const own = input.constant?.values ?? input.data;
  if (!own) throw new Error(`layout ${layout} of an input that has only a shape`);
  const { layout: _, ...given } = input;
  const operand = operandOf(given);
  if (layout === operand.layout) return own;
  const form = input.constant && formOf(layout);
  if (form && input.constant) return form.build(input.constant) as Uint32Array;
  return convert(build, given, operand.layout, layout);
}

/**
 * One conversion of the table; `own` overrides the numbers that stand in layout `from`, and `callsOf` the calls that are
 * made.
 */
export function convert(
  build: string,
  input: Input,
  from: Layout,
  to: Layout,
  own?: Numbers,
  callsOf: (match: Match) => Match['calls'] = ({ calls }) => calls,
): Float32Array {
  const operand = { ...operandOf(input), layout: from };
  const conversion = conversionsTo(to, [from]).find((row) => row.from === from);
  if (!conversion) throw new Error(`no conversion from ${from} to ${to}`);
  const match = conversion.match(operand);
  if (typeof match === 'string') throw new Error(match);
  const reads = match.reads.map(({ layout }) => (layout === from && own ? own : inLayout(build, input, layout)));
  const calls = callsOf(match);
  return perform(build, { ...match, calls }, reads, [layoutBytes(to, operand)], conversion.exports)[0];
}

/** The outputs of the node by this row, in rows. */
export function run(build: string, kernel: Kernel, node: Node): Float32Array[] {
  const match = matchOf(kernel, node);
  const reads = match.reads.map(({ input, layout }) => {
    const given = node.inputs[input];
    if (!given) throw new Error(`${kernel.name} reads input ${input}, which is absent`);
    return inLayout(build, given, layout);
  });
  const outputs: Operand[] = node.outputs.map((shape, i) => ({ dtype: 'float32', shape, layout: match.writes[i] }));
  const sizes = outputs.map((operand) => layoutBytes(operand.layout, operand));
  return perform(build, match, reads, sizes, kernel.exports).map((data, i) => {
    if (outputs[i].layout === 'rows') return data;
    return convert(build, { shape: outputs[i].shape }, outputs[i].layout, 'rows', data);
  });
}

/** The numbers of a panel output before it is unpacked, padding included. */
export function runRaw(build: string, kernel: Kernel, node: Node): Float32Array {
  const match = matchOf(kernel, node);
  const reads = match.reads.map(({ input, layout }) => inLayout(build, node.inputs[input] as Input, layout));
  const operand: Operand = { dtype: 'float32', shape: node.outputs[0], layout: match.writes[0] };
  return perform(build, match, reads, [layoutBytes(operand.layout, operand)], kernel.exports)[0];
}
