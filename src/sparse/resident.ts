/**
 * The part of a tensor that lives in WebAssembly memory: patterns and values in the layouts that kernels read. Each is
 * packed when a product first asks for it and stays until the tensor is disposed or collected.
 */
import { invariant } from '../core/errors.ts';
import type { SparseConstant } from '../formats/constant.ts';
import { formOf } from '../kernels/forms.ts';
import type { Layout, Match } from '../kernels/kernel.ts';
import { conversions, layoutBytes } from '../kernels/layouts.ts';
import type { Instance } from '../runtime/instance.ts';
import { type Packed, release } from './engine.ts';
import { compressedMatrix, type Matrix, rowsOf, shapeOf } from './matrix.ts';
import type { Planned } from './step.ts';

/** Frees the forms of tensors that were dropped without `dispose`. Made with the first of them, not at import. */
let forgotten: FinalizationRegistry<Packed> | undefined;

/** What kernels take a tensor for: as it is stored, or as a filter, which must be stored by rows. */
export type Side = 'matrix' | 'filter';

export interface Resident {
  readonly matrix: Matrix;
  /** [rows, columns] for 'matrix', [rows, columns, 1, 1] for 'filter'. */
  constant(side: Side): SparseConstant;
  /** Address of a side in a layout. Throws UsageError when memory runs out. */
  address(instance: Instance, side: Side, layout: Layout): number;
  /** Products that were planned before, by name; the least recently used go first. */
  plan(name: string, make: () => Planned): Planned;
  dispose(): void;
}

/** Products of this many names are remembered. */
const MAX_PLANS = 16;

/** Nothing is packed yet. Whoever holds the result holds what it packs: when it is collected, that is freed. */
export function resident(matrix: Matrix): Resident {
  const plans = new Map<string, Planned>();
  let packed: Packed | undefined;
  let filter: SparseConstant | undefined;

  function constant(side: Side): SparseConstant {
    if (side === 'matrix') return matrix.constant;
    filter ??= filterOf(matrix);
    return filter;
  }

  const self: Resident = {
    matrix,
    constant,
    address(instance, side, layout) {
      if (packed?.instance !== instance) {
        packed = { instance, addresses: new Map() };
        // Some edge runtimes have none: there, only dispose gives memory back.
        if (typeof FinalizationRegistry === 'function') forgotten ??= new FinalizationRegistry(release);
        forgotten?.register(self, packed, self);
      }
      // Both sides of a matrix that is stored by rows are the same numbers.
      const key = matrix.layout === 'csc' ? `${side} ${layout}` : layout;
      let address = packed.addresses.get(key);
      if (address === undefined) {
        address = place(instance, constant(side), layout);
        packed.addresses.set(key, address);
      }
      return address;
    },
    plan(name, make) {
      const found = plans.get(name) ?? make();
      plans.delete(name);
      plans.set(name, found);
      if (plans.size > MAX_PLANS) plans.delete(plans.keys().next().value ?? '');
      return found;
    },
    dispose() {
      if (!packed) return;
      forgotten?.unregister(self);
      release(packed);
      packed = undefined;
    },
  };
  return self;
}

function filterOf(matrix: Matrix): SparseConstant {
  const [rows, columns] = shapeOf(matrix);
  const shape = [rows, columns, 1, 1];
  const byRows = matrix.layout === 'csc' ? compressedMatrix('csr', [rows, columns], rowsOf(matrix)) : matrix;
  return { ...byRows.constant, shape };
}

/** Calls the kernels of a match. */
export function perform({ kernels }: Instance, match: Match, at: Parameters<Match['calls']>[0]): void {
  for (const { kernel, args } of match.calls(at)) {
    const run = kernels[kernel];
    invariant(typeof run === 'function', `the kernels export ${kernel}`);
    run(...args);
  }
}

/** Copies the bytes to a fresh address. Throws UsageError when memory runs out. */
export function upload({ heap }: Instance, what: string, { buffer, byteOffset, byteLength }: ArrayBufferView): number {
  const address = heap.allocate(byteLength, `sparse tensor, ${what}`);
  heap.bytes().set(new Uint8Array(buffer, byteOffset, byteLength), address);
  return address;
}

/** A layout of the constant at a fresh address: a form that the host builds, or a conversion of such forms. */
function place(instance: Instance, constant: SparseConstant, layout: Layout): number {
  const form = formOf(layout);
  if (form) return upload(instance, layout, form.build(constant));
  const operand = { dtype: 'float32' as const, shape: constant.shape, constant, layout: 'values' };
  const conversion = conversions.find(({ to, from }) => to === layout && from === 'values');
  const match = conversion?.match(operand);
  invariant(typeof match === 'object', `a way to the layout ${layout}: ${match}`);
  const staged: number[] = [];
  try {
    for (const read of match.reads) staged.push(place(instance, constant, read.layout));
    const address = instance.heap.allocate(layoutBytes(layout, operand), `sparse tensor, ${layout}`);
    perform(instance, match, { reads: staged, writes: [address], scratch: 0, table: 0 });
    return address;
  } finally {
    for (const address of staged) instance.heap.free(address);
  }
}
