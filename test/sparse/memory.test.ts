/** What tensors take of WebAssembly memory, and when they give it back. */
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { info, init, ready, SparseTensor, Tensor } from '../../src/sparse/index.ts';
import { moduleOf } from '../runtime/module.ts';
import { allLayouts, denseTensor, tensorOf, triplets } from './matrices.ts';

const right = denseTensor(1, 40, 20);

it('asks for ready() before the first product, and for nothing before that', async () => {
  const made = tensorOf([30, 40], triplets(1, [30, 40], 0.3));
  expect(() => made.matmul(right)).toThrow('matmul: want `await ready()` before the first product, got none');
  expect(() => made.sddmm(denseTensor(1, 30, 2), denseTensor(1, 2, 40))).toThrow('sddmm: want `await ready()`');
  expect(() => info()).toThrow('ready()');
  await expect(ready({ maxMemory: 0 })).rejects.toThrow('maxMemory: want a whole number from 1, got 0');
});

beforeAll(async () => {
  await init({ module: moduleOf('simd').module });
});

describe('memory', () => {
  beforeAll(() => ready({ maxMemory: 2 ** 28 }));

  it('is that of the first ready()', async () => {
    await ready({ maxMemory: 2 ** 28 });
    await expect(ready()).rejects.toThrow('ready: want the options of its first call, {"maxMemory":268435456}, got {}');
    expect(info().build).toBe('custom');
  });

  it('packs a tensor once, whatever it is multiplied by', () => {
    using made = tensorOf([30, 40], triplets(1, [30, 40], 0.3));
    const before = info().memory.used;
    made.matmul(right);
    const { used } = info().memory;
    expect(used).toBeGreaterThan(before);
    for (let i = 0; i < 3; i++) made.matmul(denseTensor(i, 40, 17 + i));
    expect(info().memory.used).toBe(used);
  });

  it('is free again after dispose, which ends the tensor', () => {
    const before = info().memory.used;
    for (const layout of allLayouts) {
      const made = tensorOf([30, 40], triplets(2, [30, 40], 0.3), layout);
      made.matmul(right);
      made.premultiply(denseTensor(2, 3, 30));
      made.matvec(new Float32Array(40));
      made.sddmm(denseTensor(3, 30, 4), denseTensor(4, 4, 40));
      made.dispose();
      made.dispose();
      expect(() => made.toDense()).toThrow('after dispose()');
      expect(() => made.matmul(right)).toThrow('after dispose()');
    }
    expect(info().memory.used).toBe(before);
  });

  it('is free again after a mistake', () => {
    using made = tensorOf([30, 40], triplets(3, [30, 40], 0.3));
    const before = info().memory.used;
    expect(() => made.matmul(denseTensor(1, 41, 2))).toThrow('matmul: want [m, k] x [k, n], got [30, 40] x [41, 2]');
    expect(info().memory.used).toBe(before);
  });

  it('that grew large is given back when nobody uses it', () => {
    expect(info().memory.used).toBe(0);
    const made = SparseTensor.fromMask([2000, 2000], (row, column) => row === column);
    const wide = new Tensor(
      'float32',
      Float32Array.from({ length: 2000 * 1500 }, (_, i) => i % 1009),
      [2000, 1500],
    );
    const product = made.matmul(wide);
    expect(product.data.every((value, i) => value === wide.data[i])).toBe(true);
    expect(info().memory.size).toBeGreaterThan(2 ** 24);
    made.dispose();
    expect(info().memory).toEqual({ used: 0, size: 0 });
  });

  it('is found by the same tensor after that', () => {
    const kept = tensorOf([30, 40], triplets(4, [30, 40], 0.3));
    const first = kept.matmul(right).data;
    expect(kept.matmul(right).data).toEqual(first);
    kept.dispose();
  });

  it('is not more than the cap, and all there after a refusal', () => {
    const made = tensorOf([30, 40], triplets(5, [30, 40], 0.3));
    const wide = new Tensor('float32', new Float32Array(40 * 2 ** 20), [40, 2 ** 20]);
    expect(() => made.matmul(wide)).toThrow('maxMemory is 268435456');
    expect(made.matmul(right).dims).toEqual([30, 20]);
    made.dispose();
    expect(info().memory.used).toBe(0);
  });

  it('comes back when a tensor is forgotten', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    (() => void tensorOf([30, 40], triplets(6, [30, 40], 0.3)).matmul(right))();
    expect(info().memory.used).toBeGreaterThan(0);
    for (let i = 0; i < 100 && info().memory.used > 0; i++) {
      collect();
      await setTimeout(10);
    }
    expect(info().memory.used).toBe(0);
  });
});
