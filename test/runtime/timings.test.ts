import { describe, expect, it } from 'vitest';
import { provideInlineModules } from '../../src/entries/inline.ts';
import { dense, graphBuilder } from '../../src/graph/builder.ts';
import { isRepacking } from '../../src/kernels/repacking.ts';
import { prune } from '../../src/prune/index.ts';
import { InferenceSession } from '../../src/runtime/session.ts';
import { Tensor } from '../../src/runtime/tensor.ts';

provideInlineModules();

const ramp = (length: number) => Float32Array.from({ length }, (_, i) => 1 + (i % 7));

/** A transpose, then a product of more than eight rows. */
function model() {
  const build = graphBuilder('two');
  const x = build.input('x', 'float32', [64, 24]);
  const turned = build.node('transpose', [x], { perm: [1, 0] }, 'turn');
  const product = build.node('matmul', [turned, build.constant('w', dense([64, 32], ramp(64 * 32)))], {}, 'product');
  build.output(build.node('relu', [product], {}, 'last'));
  return prune(build.build(), { criterion: 'random', sparsity: 0.9 }).graph;
}

describe('a profile', () => {
  it('times the kernels within each step', async () => {
    using session = await InferenceSession.create(model(), { format: 'csr' });
    const { steps, repacking } = await session.profile({ x: new Tensor('float32', ramp(64 * 24), [64, 24]) });
    for (const step of steps) {
      const sum = step.kernels.reduce((total, { microseconds }) => total + microseconds, 0);
      expect(step.microseconds).toBeCloseTo(sum);
      expect(step.repacking).toBeLessThanOrEqual(step.microseconds);
      for (const { calls } of step.kernels) expect(calls).toBeGreaterThan(0);
    }
    expect(repacking).toBeGreaterThan(0);
    expect(repacking).toBeLessThan(1);
  });

  it('counts conversions and transposes as repacking, and nothing that computes', async () => {
    using session = await InferenceSession.create(model(), { format: 'csr' });
    const { steps } = await session.profile({ x: new Tensor('float32', ramp(64 * 24), [64, 24]) });
    const whole = steps.filter(({ op }) => op === 'convert' || op === 'transpose');
    expect(whole.length).toBeGreaterThan(0);
    for (const { repacking, microseconds } of whole) expect(repacking).toBe(microseconds);
  });

  it('prints the share of repacking', async () => {
    using session = await InferenceSession.create(model());
    const profile = await session.profile({ x: new Tensor('float32', ramp(64 * 24), [64, 24]) });
    expect(String(profile)).toMatch(/repacking: \d+\.\d % of the run\n$/);
  });
});

describe('repacking', () => {
  it.each(['f32_pack_slab', 'f32_crop', 'f32_unpack_panels_16', 'f32_im2col_transposed_8', 'i16_pack_columns'])(
    'is %s',
    (name) => {
      expect(isRepacking(name)).toBe(true);
    },
  );

  it.each(['f32_spmm_csr_1x16', 'f32_gemm_4x8', 'f32_add', 'reference', 'copy_4'])('is not %s', (name) => {
    expect(isRepacking(name)).toBe(false);
  });
});
