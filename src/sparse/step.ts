/**
 * One product: planned by the kernel table as a graph of a single node would be, then run. The planner itself is not used,
 * for its memory belongs to a session, and here each tensor owns what it has packed.
 *
 *     dense operands ──copy──▶ rows ──convert──▶ layout that is read ─┐
 *                                  sparse operand, packed before ─────┴─▶ kernel ──convert──▶ rows ──copy──▶ result
 */
import { invariant } from '../core/errors.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import { packPlanes } from '../kernels/conv-geometry.ts';
import { copyCost } from '../kernels/cost.ts';
import type { Layout, Match, Operand, Request } from '../kernels/kernel.ts';
import { conversions, layoutBytes, panelWidth } from '../kernels/layouts.ts';
import { kernelsFor } from '../kernels/registry.ts';
import type { Instance } from '../runtime/instance.ts';
import { engineClass, instanceFor } from './engine.ts';
import { perform, type Resident, type Side, upload } from './resident.ts';

/** A dense operand: its shape as the op sees it, and how its numbers come. */
export interface DenseOperand {
  readonly shape: Shape;
  /** 'planes': with its two axes exchanged. */
  readonly layout: 'rows' | 'planes';
}

/** An op that computes the product, its operands and its result. */
export interface Work {
  readonly op: string;
  readonly attributes: Request['attributes'];
  readonly inputs: readonly (DenseOperand | Side)[];
  readonly output: Shape;
}

/** A work with the kernel for it. */
export interface Planned {
  readonly work: Work;
  readonly match: Match;
  /** From the layout that the kernel writes to rows; undefined where it writes rows. */
  readonly unpack: Match | undefined;
}

/** The cheapest kernel that does one of the works, conversions included. */
export function planWorks(operand: Resident, works: readonly Work[]): Planned {
  let best: (Planned & { readonly cost: number }) | undefined;
  for (const work of works) {
    const inputs = work.inputs.map((input) => operandOf(operand, input));
    const result: Operand = { dtype: 'float32', shape: work.output, layout: 'rows' };
    const request = { op: work.op, engine: engineClass(), attributes: work.attributes, inputs, outputs: [result] };
    for (const kernel of kernelsFor(work.op)) {
      const match = kernel.match(request);
      if (typeof match === 'string') continue;
      const unpack = match.writes[0] === 'rows' ? undefined : conversion(result, match.writes[0], 'rows');
      let cost = match.microseconds + (unpack?.microseconds ?? 0);
      for (const read of match.reads) {
        const input = inputs[read.input];
        if (!input.constant && input.layout !== read.layout)
          cost += conversion(input, input.layout, read.layout)?.microseconds ?? Number.POSITIVE_INFINITY;
      }
      const reachable = cost < (best?.cost ?? Number.POSITIVE_INFINITY) && (unpack || match.writes[0] === 'rows');
      if (reachable) best = { work, match, unpack, cost };
    }
  }
  invariant(best, `a kernel for ${works.map(({ op }) => op).join(' or ')}`);
  return best;
}

function operandOf(operand: Resident, input: DenseOperand | Side): Operand {
  if (typeof input === 'object') return { dtype: 'float32', ...input };
  const constant = operand.constant(input);
  return { dtype: 'float32', shape: constant.shape, layout: 'values', constant };
}

/** What brings a dense operand from one layout into another; undefined where nothing does. */
function conversion(operand: Operand, from: Layout, to: Layout): Match | undefined {
  const width = panelWidth(to);
  if (from === 'planes' && width) {
    const [t, k] = operand.shape;
    return {
      reads: [{ input: 0, layout: from }],
      writes: [to],
      microseconds: copyCost(t * k),
      calls: ({ reads, writes }) => [packPlanes(width, k, t, { first: 0, count: t }, reads[0], writes[0])],
    };
  }
  for (const row of conversions) {
    if (row.from !== from || row.to !== to) continue;
    const match = row.match({ ...operand, layout: from });
    if (typeof match === 'object') return match;
  }
  return undefined;
}

/**
 * Runs a planned product on the numbers of its dense operands, in the order of the work's inputs, and returns a copy of the
 * result. Whatever it takes for that is free again afterwards.
 * @throws UsageError before `ready`, and when memory runs out
 */
export function runPlanned(
  where: string,
  operand: Resident,
  planned: Planned,
  dense: readonly Float32Array[],
): Float32Array {
  const instance = instanceFor(where);
  const { heap } = instance;
  const { work, match, unpack } = planned;
  const taken: number[] = [];
  const take = (bytes: number): number => {
    const address = heap.allocate(bytes, where);
    taken.push(address);
    return address;
  };
  try {
    const copies = copiesOf(instance, work, dense, take);
    const reads = match.reads.map(({ input, layout }) => {
      const given = work.inputs[input];
      if (typeof given === 'string') return operand.address(instance, given, layout);
      return converted(instance, given, layout, copies[input], take);
    });
    const result: Operand = { dtype: 'float32', shape: work.output, layout: 'rows' };
    const writes = [take(layoutBytes(match.writes[0], result))];
    perform(instance, match, { reads, writes, ...working(match, instance, take, taken) });
    let out = writes[0];
    if (unpack) {
      out = take(layoutBytes('rows', result));
      perform(instance, unpack, { reads: writes, writes: [out], ...working(unpack, instance, take, taken) });
    }
    return (heap.view('float32', out, sizeOf(work.output)) as Float32Array).slice();
  } finally {
    for (const address of taken) heap.free(address);
  }
}

/** Address of the numbers of each dense operand, by input. */
function copiesOf(
  { heap }: Instance,
  { inputs }: Work,
  dense: readonly Float32Array[],
  take: (bytes: number) => number,
): number[] {
  let next = 0;
  return inputs.map((input) => {
    if (typeof input === 'string') return 0;
    const numbers = dense[next++];
    const address = take(numbers.byteLength);
    (heap.view('float32', address, numbers.length) as Float32Array).set(numbers);
    return address;
  });
}

function converted(
  instance: Instance,
  given: DenseOperand,
  layout: Layout,
  from: number,
  take: (bytes: number) => number,
): number {
  if (layout === given.layout) return from;
  const operand: Operand = { dtype: 'float32', ...given };
  const match = conversion(operand, given.layout, layout);
  invariant(match, `a way from ${given.layout} to ${layout}`);
  const to = take(layoutBytes(layout, operand));
  perform(instance, match, { reads: [from], writes: [to], scratch: 0, table: 0 });
  return to;
}

function working(match: Match, instance: Instance, take: (bytes: number) => number, taken: number[]) {
  const scratch = match.scratchBytes ? take(match.scratchBytes) : 0;
  const table = match.table ? upload(instance, 'table', match.table) : 0;
  if (match.table) taken.push(table);
  return { scratch, table };
}
