/** Constants that shrink where they lie: every form in memory is, to the byte, what it would be if it were made anew. */
import { describe, expect, it } from 'vitest';
import { random, uniform } from '../../src/core/random.ts';
import type { Constant, DenseConstant } from '../../src/formats/constant.ts';
import { formats, keepOf } from '../../src/formats/table.ts';
import { forms } from '../../src/kernels/forms.ts';
import type { Shrinkable } from '../../src/kernels/shrink.ts';
import { kinds, walkable } from '../../src/kernels/walk.ts';
import { type Store, writeForm } from '../../src/runtime/bind.ts';
import { type Instance, instantiate } from '../../src/runtime/instance.ts';
import { type Shrinking, shrinkStored } from '../../src/runtime/shrink.ts';
import { gaussian } from '../kernels/harness.ts';
import { moduleOf } from './module.ts';

interface Weight {
  readonly shape: readonly number[];
  readonly outputAxis: number;
  readonly block?: readonly [number, number];
}

const weights: readonly Weight[] = [
  { shape: [33, 14], outputAxis: 1 },
  { shape: [14, 33], outputAxis: 0 },
  { shape: [5, 3, 2, 3], outputAxis: 0 },
  { shape: [3, 7, 4], outputAxis: 1 },
  { shape: [19, 14], outputAxis: 1, block: [2, 1] },
  { shape: [19, 14], outputAxis: 1, block: [4, 1] },
  { shape: [8, 3, 2, 3], outputAxis: 0, block: [4, 1] },
  { shape: [21, 24], outputAxis: 1, block: [8, 1] },
  { shape: [33, 20], outputAxis: 1, block: [16, 1] },
  { shape: [24, 9], outputAxis: 1, block: [1, 4] },
  { shape: [11, 9], outputAxis: 1, block: [2, 3] },
];

function encode({ shape, outputAxis, block }: Weight, data: Float32Array, keep: Uint8Array): Shrinkable {
  return block
    ? formats.bsr.fromDense(data, shape, outputAxis, keep, { block })
    : formats.csr.fromDense(data, shape, outputAxis, keep);
}

/** Drops a share of the stored blocks, or weights. */
function thinned(weight: Weight, data: Float32Array, keep: Uint8Array, share: number, seed: number): Uint8Array {
  const generator = random(seed);
  const constant = encode(weight, data, keep);
  const area = constant.encoding === 'bsr' ? constant.block[0] * constant.block[1] : 1;
  const bits = constant.columns.map(() => Number(uniform(generator) >= share));
  // The mask of what is left is that of a dense weight which is 1 there.
  const values = constant.values.map((_, i) => bits[Math.floor(i / area)]);
  const ones = formats[constant.encoding].toDense({ ...constant, values } as never);
  return Uint8Array.from(ones, (one, i) => one * keep[i]);
}

function fitting(constant: Shrinkable): string[] {
  const walks = kinds.filter((kind) => walkable(constant, kind));
  return forms
    .map(({ layout }) => layout)
    .filter((layout) => kinds.every((kind) => !layout.startsWith(`${kind}.`) || walks.includes(kind)));
}

interface Home {
  readonly instance: Instance;
  readonly store: Store;
  readonly shrink: (shrinking: Omit<Shrinking, 'beside'>) => Constant | undefined;
  readonly bytes: (label: string) => Uint8Array;
}

/** A store that holds `w` in all the forms that it can have, and its state `s`; or neither in memory. */
function settle(build: 'simd' | 'debug', constant: Shrinkable, state: Float32Array, resident: boolean): Home {
  const instance = instantiate(moduleOf(build).module);
  const { heap } = instance;
  const s: DenseConstant = { encoding: 'dense', dtype: 'float32', shape: [state.length], data: state };
  const store: Store = {
    addresses: new Map(),
    sizes: new Map(),
    constants: new Map<string, Constant>([
      ['w', constant],
      ['s', s],
    ]),
  };
  const hold = (name: string, layout: string, of: Constant, bytes: number) => {
    const address = heap.allocate(bytes, layout);
    writeForm(instance, of, layout, address, bytes);
    store.addresses.set(`${name}@${layout}`, address);
    store.sizes.set(`${name}@${layout}`, bytes);
  };
  if (resident) {
    for (const { layout, build: make } of forms)
      if (fitting(constant).includes(layout)) hold('w', layout, constant, make(constant).byteLength);
    hold('s', 'rows', s, state.byteLength);
  }
  return {
    instance,
    store,
    shrink: (shrinking) =>
      shrinkStored(instance, store, 'w', { ...shrinking, beside: ['s'] }, (bytes, what, use) => {
        const address = heap.allocate(bytes, what);
        heap.bytes().fill(0xa5, address, address + bytes);
        const result = use(address);
        heap.free(address);
        return result;
      }),
    bytes: (label) => {
      const address = store.addresses.get(label) ?? 0;
      return heap.bytes().slice(address, address + (store.sizes.get(label) ?? 0));
    },
  };
}

describe.each(['simd', 'debug'] as const)('a constant shrinks in place (%s)', (build) => {
  it.each(weights)('$shape, axis $outputAxis, block $block', (weight) => {
    const size = weight.shape.reduce((product, extent) => product * extent, 1);
    const [data, memory] = [gaussian(1, size), gaussian(2, size)];
    let keep = thinned(weight, data, new Uint8Array(size).fill(1), 0.4, 3);
    const constant = encode(weight, data, keep);
    const capacity = constant.values.length;
    const home = settle(build, constant, encode(weight, memory, keep).values, true);
    const away = settle(build, constant, encode(weight, memory, keep).values, false);
    for (const [round, share] of [0.2, 0, 0.5, 0.1].entries()) {
      keep = thinned(weight, data, keep, share, round);
      const wanted = encode(weight, data, keep);
      const states = new Float32Array(capacity);
      states.set(encode(weight, memory, keep).values);
      // Anything but 0 keeps.
      const shrinking = { keep: keep.map((bit) => bit * (round * 80 + 1)), atLeast: 0 };
      const shrunk = home.shrink(shrinking) as Shrinkable;
      expect(keepOf(shrunk)).toEqual(keep);
      expect({ ...shrunk, values: wanted.values }).toEqual(wanted);
      const fresh = settle(build, constant, states, true);
      for (const [label, address] of fresh.store.addresses) {
        const layout = label.slice(2);
        if (label.startsWith('w@'))
          writeForm(fresh.instance, wanted, layout, address, fresh.store.sizes.get(label) ?? 0);
        expect(home.bytes(label), label).toEqual(fresh.bytes(label));
      }
      expect(away.shrink(shrinking)).toEqual(wanted);
      expect(away.store.constants.get('s')).toMatchObject({ data: states });
    }
  });
});

describe('a constant does not shrink, and nothing changes,', () => {
  const weight: Weight = { shape: [19, 14], outputAxis: 1, block: [2, 1] };
  const data = gaussian(1, 19 * 14);
  const keep = thinned(weight, data, new Uint8Array(19 * 14).fill(1), 0.5, 3);
  const constant = encode(weight, data, keep);
  const part = keep.slice();
  part[keep.indexOf(1)] = 0;
  const more = keep.slice();
  more[keep.indexOf(0)] = 1;
  more[keep.indexOf(0) + 1] = 1;

  it.each([
    ['to parts of blocks', part, 0],
    ['to a mask that keeps what is not stored', more, 0],
    ['to less than asked for', thinned(weight, data, keep, 0.5, 1), constant.values.length * 0.9],
  ])('%s', (_, mask, atLeast) => {
    const home = settle('debug', constant, constant.values, true);
    const before = [...home.store.addresses.keys()].map((label) => home.bytes(label));
    expect(home.shrink({ keep: mask, atLeast })).toBeUndefined();
    expect(home.store.constants.get('w')).toBe(constant);
    expect([...home.store.addresses.keys()].map((label) => home.bytes(label))).toEqual(before);
  });
});
