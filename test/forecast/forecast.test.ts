import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { forecast, printForecast } from '../../src/forecast/index.ts';
import { lenet5, mlp, vit } from '../../src/models/index.ts';

describe('a forecast', () => {
  it('names every layer and predicts a gain at 90 %', () => {
    const result = forecast(mlp([784, 300, 100, 10]), { sparsity: 0.9, shapes: { image: [128, 784] } });
    expect(result.layers.map(({ node }) => node)).toEqual(['fc1', 'fc2', 'fc3']);
    expect(result.layers[0].before.kernel).toMatch(/gemm/);
    expect(result.layers[0].after.kernel).toMatch(/spmm_csr/);
    expect(result.before / result.after).toBeGreaterThan(3);
    expect(printForecast(result)).toMatch(/^layer +op +now/);
  });

  it('predicts no loss where zeros are few', () => {
    for (const sparsity of [0, 0.1, 0.3])
      for (const model of [mlp([784, 300, 100, 10]), lenet5(), vit()]) {
        const { before, after } = forecast(model, { sparsity });
        expect(after).toBeLessThanOrEqual(before * 1.0001);
      }
  });

  it('gains more with more zeros, and more with blocks', () => {
    const at = (sparsity: number, pattern: 'unstructured' | { block: [number, number] }) =>
      forecast(lenet5(), { sparsity, pattern, shapes: { image: [16, 1, 28, 28] } }).after;
    expect(at(0.95, 'unstructured')).toBeLessThan(at(0.8, 'unstructured'));
    expect(at(0.8, { block: [4, 1] })).toBeLessThan(at(0.8, 'unstructured'));
  });

  it('leaves ignored layers as they are', () => {
    const { layers } = forecast(mlp([784, 300, 100, 10]), { sparsity: 0.9, ignore: ['fc2'] });
    expect(layers[1].after).toEqual(layers[1].before);
  });

  it.each([
    [{ shapes: { picture: [1, 784] } }, /got one of "picture"/],
    [{ shapes: { image: [1, 785] } }, /input "image"/],
    [{ sparsity: 2 }, /sparsity/],
  ])('refuses %j', (options, message) => {
    expect(() => forecast(mlp([784, 30, 10]), { sparsity: 0.9, ...options })).toThrow(UsageError);
    expect(() => forecast(mlp([784, 30, 10]), { sparsity: 0.9, ...options })).toThrow(message);
  });
});
