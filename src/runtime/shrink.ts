/**
 * Changes the mask of a sparse constant where it lies: kernels find what is kept and move it forward, in the values, the
 * forms that plans read, and the optimizer's states. This is on the way of every step of gradual pruning, and a loop in
 * JavaScript over what is stored would cost more than the step.
 *
 *     lent memory   [mask][row pointers][columns][new row pointers][kept][spare][numbers that are not in memory]
 */
import { copyOf } from '../core/dtype.ts';
import { invariant } from '../core/errors.ts';
import type { Constant, DenseConstant } from '../formats/constant.ts';
import type { Call } from '../kernels/kernel.ts';
import {
  type Held,
  maskBits,
  type Shrinkable,
  selectKept,
  shrinkColumns,
  shrinkForms,
  shrinkValues,
  spareBytes,
  valuesPerEntry,
  type Workplace,
} from '../kernels/shrink.ts';
import { aligned } from '../plan/arena.ts';
import { type Store, writeForm } from './bind.ts';
import type { Instance } from './instance.ts';

export interface Shrinking {
  /** One byte per weight, in the order of its shape: 0 prunes, all else keeps. */
  readonly keep: Uint8Array;
  /** Constants with one number per stored value, which keep the same ones. They stay as long as they are, zeros at the end. */
  readonly beside: readonly string[];
  /** Fewer stored values than this may not be left. */
  readonly atLeast: number;
}

/** Memory that is lent to `use` alone. */
export type Lend = <T>(bytes: number, what: string, use: (address: number) => T) => T;

/** Returns what the constant is then; undefined, with nothing changed, if it is not csr or bsr or cannot shrink so. */
export function shrinkStored(
  instance: Instance,
  store: Store,
  name: string,
  { keep, beside, atLeast }: Shrinking,
  lend: Lend,
): Shrinkable | undefined {
  const { kernels, heap } = instance;
  const constant = store.constants.get(name);
  if (!constant || !shrinkable(constant)) return undefined;
  const { rowPointers, columns } = constant;
  const forms = formsOf(store, name);
  const states = beside.map((state) => ({ name: state, constant: numbersOf(store, state) }));
  const longest = Math.max(constant.values.byteLength, ...states.map((state) => state.constant.data.byteLength));
  const sizes = [keep, rowPointers, columns, rowPointers, columns].map(({ byteLength }) => byteLength);
  const offsets = [0];
  for (const size of [...sizes, spareBytes(constant, forms)]) offsets.push((offsets.at(-1) ?? 0) + aligned(size));

  return lend((offsets.at(-1) ?? 0) + longest, `mask of "${name}"`, (base) => {
    const [mask, oldPointers, columnsAt, newPointers, kept, spare, aside] = offsets.map((offset) => base + offset);
    const at: Workplace = { mask, oldPointers, columns: columnsAt, newPointers, kept, spare };
    put(mask, keep);
    put(oldPointers, rowPointers);
    put(columnsAt, columns);
    const entries = call(selectKept(constant, call(maskBits(keep.length, mask)), at));
    const left = entries * valuesPerEntry(constant);
    if (entries < 0 || left < atLeast) return undefined;

    call(shrinkColumns(entries, at));
    const { calls, rest } = shrinkForms(constant, entries, forms, at);
    for (const each of calls) call(each);
    // What lies in memory has shrunk there, and our copy of the numbers is as stale as ever.
    const values = store.addresses.has(`${name}@values`) ? constant.values : shrinkAside(constant.values);
    const shrunk = {
      ...constant,
      rowPointers: new Uint32Array(take(newPointers, rowPointers.byteLength)),
      columns: new Uint32Array(take(columnsAt, 4 * entries)),
      values: values.subarray(0, left),
    };
    store.constants.set(name, shrunk);
    for (const { name: state, constant: held } of states) {
      const home = store.addresses.get(`${state}@rows`);
      if (home === undefined) store.constants.set(state, { ...held, data: shrinkAside(held.data) });
      else call(shrinkValues(constant, entries, held.data.length, at, home));
    }
    for (const { layout, address, bytes } of rest) writeForm(instance, shrunk, layout, address, bytes);
    return shrunk;

    /** For numbers that no plan has taken into memory yet. */
    function shrinkAside(numbers: Float32Array): Float32Array {
      put(aside, numbers);
      call(shrinkValues(constant as Shrinkable, entries, numbers.length, at, aside));
      return new Float32Array(take(aside, numbers.byteLength));
    }
  });

  function call({ kernel, args }: Call): number {
    return kernels[kernel](...args) ?? 0;
  }

  function put(address: number, { buffer, byteOffset, byteLength }: ArrayBufferView): void {
    heap.bytes().set(new Uint8Array(buffer, byteOffset, byteLength), address);
  }

  function take(address: number, bytes: number): ArrayBufferLike {
    return copyOf(heap.view('uint8', address, bytes)).buffer;
  }
}

function shrinkable(constant: Constant): constant is Shrinkable {
  return constant.encoding === 'csr' || constant.encoding === 'bsr';
}

function formsOf({ addresses, sizes }: Store, name: string): Held[] {
  const forms: Held[] = [];
  for (const [label, address] of addresses) {
    const end = label.lastIndexOf('@');
    if (label.slice(0, end) === name)
      forms.push({ layout: label.slice(end + 1), address, bytes: sizes.get(label) ?? 0 });
  }
  return forms;
}

function numbersOf(store: Store, name: string): DenseConstant & { readonly data: Float32Array } {
  const constant = store.constants.get(name);
  const data = constant?.encoding === 'dense' ? constant.data : undefined;
  invariant(
    constant?.encoding === 'dense' && data instanceof Float32Array,
    `"${name}" has one number per stored value`,
  );
  return { ...constant, data };
}
