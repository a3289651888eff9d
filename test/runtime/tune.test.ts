import { beforeAll, describe, expect, it } from 'vitest';
import { kernels } from '../../src/kernels/table.ts';
import { lenet5, mlp } from '../../src/models/index.ts';
import { prune } from '../../src/prune/index.ts';
import { InferenceSession } from '../../src/runtime/session.ts';
import { Tensor } from '../../src/runtime/tensor.ts';
import { distance, gaussian } from '../kernels/harness.ts';
import { provideTestModules } from '../train/modules.ts';

beforeAll(provideTestModules);

const pruned = prune(mlp([96, 64, 32, 10], { seed: 1 }), { sparsity: 0.8 }).graph;
const image = (n: number) => new Tensor('float32', gaussian(n, n * 96), [n, 96]);

describe('tuning', () => {
  it('measures each layer that several kernels fit, per input shape, and keeps the numbers right', async () => {
    using plain = await InferenceSession.create(pruned);
    using tuned = await InferenceSession.create(pruned, { tune: true });
    for (const n of [1, 5, 33]) {
      const want = plain.runSync({ image: image(n) }).logits.data as Float32Array;
      expect(distance(tuned.runSync({ image: image(n) }).logits.data as Float32Array, want)).toBeLessThan(1e-5);
    }
    const found = tuned.tuning();
    expect(Object.keys(found)).toEqual(['image 1x96', 'image 5x96', 'image 33x96']);
    expect(Object.keys(found['image 33x96'])).toEqual(['fc1', 'fc2', 'fc3']);
    const names = new Set(kernels.map(({ name }) => name));
    for (const choice of Object.values(found))
      for (const kernel of Object.values(choice)) expect(names).toContain(kernel);
  });

  it('takes what an earlier session found, and predicts where that says nothing', async () => {
    const tune = { 'image 4x96': { fc1: 'f32_gemm_4x8', fc2: 'f32_spmm_csr_1x8' } };
    using session = await InferenceSession.create(pruned, { tune });
    const plan = session.plan({ image: [4, 96] });
    expect(plan).toMatch(/fc1 +matmul\S* +f32_gemm_4x8/);
    expect(plan).toMatch(/fc2 +matmul\S* +f32_spmm_csr_1x8/);
    expect(session.tuning()).toEqual(tune);
    session.plan({ image: [7, 96] });
    expect(session.tuning()).toEqual(tune);
  });

  it('does nothing where one kernel fits', async () => {
    using session = await InferenceSession.create(lenet5(), { tune: true, format: 'dense' });
    session.plan({ image: [2, 1, 28, 28] });
    expect(Object.keys(session.tuning())).toEqual(['image 2x1x28x28']);
  });

  it('refuses what is no tuning', async () => {
    await expect(InferenceSession.create(pruned, { tune: { a: { b: 3 } } as never })).rejects.toThrow(/tune: want/);
  });
});
