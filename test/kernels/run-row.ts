/** Runs rows of the kernel table on the ops' samples, operands laid out by hand, and holds them against the references. */
import { describe, expect, it } from 'vitest';
import { fromDoubles, isInteger, type TypedArray, toDoubles } from '../../src/core/dtype.ts';
import { sizeOf } from '../../src/core/shape.ts';
import type { Addresses, Kernel, Layout, Operand, Request } from '../../src/kernels/kernel.ts';
import { storedElements } from '../../src/kernels/match.ts';
import { attributesOf } from '../../src/ops/call.ts';
import { inferTypes } from '../../src/ops/infer.ts';
import { constantArray, interpret } from '../../src/ops/interpret.ts';
import type { NdArray } from '../../src/ops/op.ts';
import { type Sample, sampleGraph, samples } from '../ops/samples/index.ts';
import { builds, distance, type Numbers, place } from './harness.ts';

export interface Value extends Operand {
  readonly data: Numbers;
}

/** Rows to panels: [T, K] to [ceil(T / W)][K][W]; padding lanes hold `filler`. */
export function toPanels({ data, shape }: Value, width: number, filler: number): Float32Array {
  const columns = shape[shape.length - 1];
  const panels = new Float32Array(storedElements(shape, `panels${width}`)).fill(filler);
  data.forEach((value, i) => {
    const [t, k] = [Math.floor(i / columns), i % columns];
    panels[(Math.floor(t / width) * columns + k) * width + (t % width)] = Number(value);
  });
  return panels;
}

export function fromPanels(panels: Float32Array, { shape }: Operand, width: number): Float32Array {
  const columns = shape[shape.length - 1];
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) => {
    const [t, k] = [Math.floor(i / columns), i % columns];
    return panels[(Math.floor(t / width) * columns + k) * width + (t % width)];
  });
}

function widthOf(layout: Layout): number {
  return layout.startsWith('panels') ? Number(layout.slice('panels'.length)) : 0;
}

function inLayout(value: Value, layout: Layout): Numbers {
  const encoded = value.constant && value.constant.encoding !== 'dense' ? value.constant.values : undefined;
  if (layout === 'values' && encoded) return encoded;
  return layout === 'rows' ? value.data : toPanels(value, widthOf(layout), 0.5);
}

export interface Run {
  /** One array per output, as rows. */
  readonly outputs: readonly Numbers[];
  /** What the first call that returned a status means. */
  readonly failure?: string;
  readonly writes: readonly Layout[];
}

/** The result, or the reason why the row does not match. `takeOver` lets output 0 have the buffer of that read. */
export function runRow(
  row: Kernel,
  request: Omit<Request, 'inputs'> & { readonly inputs: readonly (Value | undefined)[] },
  build: string,
  { takeOver, align = 0 }: { readonly takeOver?: number; readonly align?: number } = {},
): Run | string {
  const match = row.match(request);
  if (typeof match === 'string') return match;
  const reads = match.reads.map(({ input, layout }) => inLayout(request.inputs[input] as Value, layout));
  const made = request.outputs.map(({ shape, dtype }, i): Numbers => {
    // A sparse weight's new values are as long as the old ones.
    const n = match.writes[i] === 'values' ? reads[0].length : storedElements(shape, match.writes[i]);
    return fromDoubles(dtype, new Float64Array(n).fill(dtype === 'float32' ? Number.NaN : 1)) as Numbers;
  });
  const scratch = new Uint8Array(match.scratchBytes ?? 0).fill(0xff);
  // Outputs last, so that the last one ends with the memory.
  const operands: Numbers[] = [...reads, match.table ?? new Int32Array(0), scratch, ...made];
  const bench = place(build, operands, align);
  const count = reads.length;
  const writes = made.map((_, i) => bench.at[count + 2 + i]);
  if (takeOver !== undefined) writes[0] = bench.at[takeOver];
  const at: Addresses = {
    reads: bench.at.slice(0, count),
    writes,
    table: bench.at[count],
    scratch: bench.at[count + 1],
  };
  let failure: string | undefined;
  for (const { kernel, args } of match.calls(at)) {
    if (!row.exports.includes(kernel)) throw new Error(`${row.name} calls ${kernel} without saying so`);
    const status = bench.exports[kernel](...args);
    if (status) {
      failure = match.failure?.(status) ?? `status ${status}`;
      break;
    }
  }
  bench.release();
  const outputs = made.map((like, i) => {
    const raw = bench.read(i === 0 && takeOver !== undefined ? takeOver : count + 2 + i, like);
    const width = widthOf(match.writes[i]);
    return width > 0 ? fromPanels(raw as Float32Array, request.outputs[i], width) : raw;
  });
  return { outputs, writes: match.writes, ...(failure === undefined ? {} : { failure }) };
}

function inRows({ dtype, shape, data, constant }: NdArray): Value {
  const numbers = fromDoubles(dtype, data) as Numbers;
  return { dtype, shape, layout: 'rows', data: numbers, ...(constant ? { constant } : {}) };
}

/** The request of a sample's node, and what its outputs should be. */
export function requestOf(sample: Sample) {
  const { graph, feeds } = sampleGraph(sample);
  const [node] = graph.nodes;
  const types = inferTypes(graph, new Map([...feeds].map(([name, { shape }]) => [name, shape])));
  const values = interpret(graph, feeds);
  const inputs = node.inputs.map((name): Value | undefined => {
    if (name === '') return undefined;
    const constant = graph.constants.get(name);
    return inRows(constant ? constantArray(constant) : (feeds.get(name) as NdArray));
  });
  const outputs = node.outputs.map((name): Operand => {
    const { dtype, shape } = types.get(name) ?? expect.fail(`no type for ${name}`);
    return { dtype, shape, layout: 'rows' };
  });
  const want = node.outputs.map((name) => (values.get(name) as NdArray).data);
  return { request: { op: node.op, attributes: attributesOf(node), inputs, outputs }, want };
}

/** Integers and bools exactly, floats within `tolerance` of 1 + |want|. */
export function close(got: Numbers, want: Float64Array, dtype: Operand['dtype'], tolerance: number): void {
  const doubles = toDoubles(got as TypedArray);
  expect(distance(doubles, want)).toBeLessThanOrEqual(isInteger(dtype) ? 0 : tolerance);
}

const common = ['float32', 'int32', 'int64', 'bool'];

/** Whether a sample with floats is left to the reference: rare element types, and what few files ask for. */
function isRare({ op, about }: Sample, { outputs }: Request): boolean {
  return (
    outputs.some(({ dtype }) => !common.includes(dtype)) ||
    (op === 'pow' && about.startsWith('int32')) ||
    (op === 'dropout' && outputs.length > 1)
  );
}

/**
 * Every sample of the ops through every row that takes it, in both builds, also in place where the row allows it. Samples
 * with a float32 operand must all be taken but for rare ones; whole numbers alone may be left to the references.
 */
export function testRows(rows: readonly Kernel[], tolerance = 3e-6): void {
  const ops = new Set(rows.map(({ op }) => op));
  const mine = samples.filter(({ op }) => ops.has(op));
  describe('rows of the table', () => {
    it('take every sample with floats', () => {
      const taken = ({ op }: Sample, request: Request) =>
        rows.some((r) => r.op === op && typeof r.match(request) !== 'string');
      const floats = mine.filter(({ inputs }) => inputs.some((input) => input?.dtype === 'float32'));
      const refused = floats.filter((sample) => {
        const { request } = requestOf(sample);
        return !taken(sample, request) && !isRare(sample, request);
      });
      expect(refused.map(({ op, about }) => `${op}: ${about}`)).toEqual([]);
    });

    it.each(mine.map((sample) => [`${sample.op}: ${sample.about}`, sample] as const))('%s', (_, sample) => {
      const { request, want } = requestOf(sample);
      for (const row of rows.filter(({ op }) => op === sample.op)) {
        const match = row.match(request);
        if (typeof match === 'string') continue;
        for (const build of builds) {
          for (const takeOver of [undefined, ...(match.inPlace ?? [])]) {
            const run = runRow(row, request, build, takeOver === undefined ? {} : { takeOver });
            if (typeof run === 'string') throw new Error(run);
            expect(run.failure).toBeUndefined();
            run.outputs.forEach((output, i) => {
              close(output, want[i], request.outputs[i].dtype, tolerance);
            });
          }
        }
      }
    });
  });
}
