/**
 * Gives a plan its addresses: uploads constants, packs them by the prologue, and turns every step into calls with
 * numbers. What plans share (constants and their packed forms) is kept in the store, by label.
 */
import { invariant } from '../core/errors.ts';
import type { Constant } from '../formats/constant.ts';
import { densified } from '../formats/densify.ts';
import { formOf } from '../kernels/forms.ts';
import type { Addresses, Layout, Match } from '../kernels/kernel.ts';
import { rangesOf } from '../kernels/split.ts';
import { aligned } from '../plan/arena.ts';
import type { Buffer, Plan, Step } from '../plan/plan.ts';
import { hostCall } from './host-step.ts';
import type { Instance, KernelFunction } from './instance.ts';
import type { Crew } from './threads/crew.ts';

/** Memory that outlasts a run: constants and packed weights, shared by all plans of a session. */
export interface Store {
  /** Address by label `constant@layout`. */
  readonly addresses: Map<string, number>;
  readonly sizes: Map<string, number>;
  /** What each constant is now; an update of its pattern replaces it. */
  readonly constants: Map<string, Constant>;
}

export interface BoundCall {
  readonly run: KernelFunction;
  /** The export; of a step that is one call in JavaScript or shared by threads, the step's kernel. */
  readonly kernel: string;
  readonly args: readonly number[];
  /** Index of its step. */
  readonly step: number;
}

export interface BoundPlan {
  readonly plan: Plan;
  readonly calls: readonly BoundCall[];
  /** Calls before this one write nothing that outlasts the run. */
  readonly firstUpdate: number;
  /** Addresses of what this plan alone has in memory. */
  readonly tables: readonly number[];
  /** Byte address of every buffer. */
  readonly addresses: readonly number[];
  readonly arena: number;
  /** Whether threads share the work of any step. */
  readonly inPieces: boolean;
}

/** Binds the plan whole or not at all: where memory runs out, everything it had taken is given back before it throws. */
export function bind(plan: Plan, instance: Instance, store: Store, arena: number, crew?: Crew): BoundPlan {
  const taken: Taken = { addresses: [], labels: new Set() };
  try {
    return bindTaking(plan, instance, store, arena, taken, crew);
  } catch (error) {
    for (const address of taken.addresses) instance.heap.free(address);
    for (const label of taken.labels) {
      store.addresses.delete(label);
      store.sizes.delete(label);
    }
    throw error;
  }
}

/** What one binding has allocated so far, and what it has put into the store. */
interface Taken {
  readonly addresses: number[];
  readonly labels: Set<string>;
}

function bindTaking(
  plan: Plan,
  instance: Instance,
  store: Store,
  arena: number,
  taken: Taken,
  crew: Crew | undefined,
): BoundPlan {
  const { heap } = instance;
  const tables: number[] = [];
  const addresses = plan.buffers.map((buffer): number => {
    switch (buffer.place) {
      case 'arena':
        return arena + buffer.offset;
      case 'table': {
        invariant(buffer.table, `buffer ${buffer.label} has a table`);
        const address = allocate(buffer.bytes, buffer.label);
        (heap.view('int32', address, buffer.table.length) as Int32Array).set(buffer.table);
        tables.push(address);
        return address;
      }
      case 'constant':
        return shared(buffer, () => upload(buffer));
      case 'packed':
        return shared(buffer, () => allocate(buffer.bytes, buffer.label));
      case 'staging':
        return 0;
    }
  });

  // A packed weight that an earlier plan made is there already; only what is new runs through the prologue.
  for (const step of plan.prologue) {
    if (!step.writes.some((id) => taken.labels.has(plan.buffers[id].label))) continue;
    const staged = step.reads.filter((id) => plan.buffers[id].place === 'staging');
    for (const id of staged) addresses[id] = upload(plan.buffers[id]);
    for (const { run, args } of callsOf(step, 0)) run(...args);
    for (const id of staged) heap.free(addresses[id]);
  }

  const calls = plan.steps.flatMap((step, index) => callsOf(step, index));
  const first = calls.findIndex(({ step }) => step >= plan.firstUpdate);
  return {
    plan,
    calls,
    firstUpdate: first < 0 ? calls.length : first,
    tables,
    addresses,
    arena,
    inPieces: crew !== undefined && plan.steps.some(({ pieces }) => pieces),
  };

  function allocate(bytes: number, label: string): number {
    const address = heap.allocate(bytes, label);
    taken.addresses.push(address);
    return address;
  }

  function shared(buffer: Buffer, make: () => number): number {
    let address = store.addresses.get(buffer.label);
    if (address === undefined) {
      address = make();
      taken.labels.add(buffer.label);
      store.addresses.set(buffer.label, address);
      store.sizes.set(buffer.label, buffer.bytes);
    }
    return address;
  }

  function upload(buffer: Buffer): number {
    const constant = buffer.constant === undefined ? undefined : store.constants.get(buffer.constant);
    invariant(constant && buffer.layout, `buffer ${buffer.label} holds a constant`);
    const address = allocate(buffer.bytes, buffer.label);
    writeForm(instance, constant, buffer.layout, address, buffer.bytes);
    return address;
  }

  function callsOf(step: Step, index: number): BoundCall[] {
    if (step.host) return [hostCall(step, step.host, index, instance, store, addresses)];
    invariant(step.match, `step ${step.title} has calls`);
    const at = {
      reads: step.reads.map((id) => addresses[id]),
      writes: step.writes.map((id) => addresses[id]),
      scratch: step.scratch === undefined ? 0 : addresses[step.scratch],
      table: step.table === undefined ? 0 : addresses[step.table],
    };
    if (crew && step.pieces) return [inPieces(crew, step, step.match, at, index)];
    return step.match.calls(at).map(({ kernel, args }) => {
      const run = instance.kernels[kernel];
      invariant(typeof run === 'function', `the kernels export ${kernel}`);
      return { run, kernel, args, step: index };
    });
  }

  /** All calls of a step as one: they are shared out among threads, and done when it returns. */
  function inPieces(
    crew: Crew,
    { title, kernel, pieces = 1 }: Step,
    match: Match,
    at: Addresses,
    step: number,
  ): BoundCall {
    const { split } = match;
    invariant(split, `step ${title} can be cut`);
    const ranges = rangesOf(split, pieces);
    const { run, program } = crew.section(
      (scratch) => ranges.map(({ first, count }) => split.calls({ ...at, scratch }, first, count)),
      { address: at.scratch, bytes: aligned(match.scratchBytes ?? 0) },
      (bytes) => allocate(bytes, `${title}@calls`),
    );
    tables.push(program);
    return { run, kernel, args: [], step };
  }
}

/**
 * Writes a constant in one of its layouts. A pattern that shrank leaves a tail: it is filled so that kernels which run
 * over the full capacity meet zeros (values) or "absent" (indices).
 */
export function writeForm(
  { heap }: Instance,
  constant: Constant,
  layout: Layout,
  address: number,
  capacity: number,
): void {
  const form = constant.encoding === 'dense' ? undefined : formOf(layout);
  const data = form ? form.build(constant) : densified(constant).data;
  invariant(data.byteLength <= capacity, `${layout} has ${data.byteLength} bytes, room for ${capacity}`);
  const bytes = heap.bytes();
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), address);
  bytes.fill(holdsIndices(layout) ? 0xff : 0, address + data.byteLength, address + capacity);
}

/** Forms that say where values go; 0xffffffff in them means nowhere. */
function holdsIndices(layout: Layout): boolean {
  return /(permutation|order|inverse|positions)$/.test(layout);
}
