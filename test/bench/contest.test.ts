import { describe, expect, it } from 'vitest';
import { contest, type Rival } from '../../bench/layers/contest.ts';
import { layersOf } from '../../bench/layers/layer.ts';
import { variantsOf } from '../../bench/layers/variants.ts';

const [product, one, pointwise] = layersOf('12 16 32\n1 16 32', '16 3 4 32', '');
const options = { rounds: 1, turnMicroseconds: 1, warmUpMicroseconds: 1 };

/** An engine that always says the same. */
function rival(output: Float32Array): Rival {
  return {
    engine: 'other',
    load: async () => ({ version: '1', output }),
    time: async () => 1000,
  };
}

describe('a contest', () => {
  it.each([product, one, pointwise])('times every variant of $title', async (layer) => {
    const variants = variantsOf(layer);
    const runs = await contest(layer, variants, [], options);
    expect(runs.map(({ pattern, sparsity }) => [pattern, sparsity])).toEqual(
      variants.map(({ pattern, sparsity }) => [pattern, sparsity]),
    );
    for (const { min, median, kernel, flops, sparsity } of runs) {
      expect(min).toBeGreaterThan(0);
      expect(median).toBeGreaterThanOrEqual(min);
      expect(kernel).toMatch(/^f32_/);
      expect(flops).toBe(2 * layer.columns * 16 * 32 * (1 - sparsity));
    }
  });

  it('refuses engines that compute something else', async () => {
    const wrong = rival(new Float32Array(12 * 32));
    await expect(contest(product, variantsOf(product), [wrong], options)).rejects.toThrow('other[0]: want');
    const short = rival(new Float32Array(3));
    await expect(contest(product, variantsOf(product), [short], options)).rejects.toThrow('want 384 numbers, got 3');
  });
});
