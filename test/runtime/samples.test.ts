/** Every kernel of the table, through planner and executor, against the references in double precision. */
import { describe, expect, it } from 'vitest';
import { fromDoubles, toDoubles } from '../../src/core/dtype.ts';
import { kernels } from '../../src/kernels/table.ts';
import { interpret } from '../../src/ops/interpret.ts';
import { ops } from '../../src/ops/table.ts';
import { createExecutor } from '../../src/runtime/executor.ts';
import { type AnyTensor, Tensor } from '../../src/runtime/tensor.ts';
import { distance } from '../kernels/harness.ts';
import { type Sample, sampleGraph, samples } from '../ops/samples/index.ts';
import { moduleOf } from './module.ts';

const executors = (['simd', 'debug'] as const).map((build) => moduleOf(build));

/** Runs the sample with `only` that kernel; returns the kernels that ran. */
function check(sample: Sample, only?: string): Set<string> {
  const { graph, feeds } = sampleGraph(sample);
  const wanted = interpret(graph, feeds);
  const tensors = Object.fromEntries(
    [...feeds].map(([name, { dtype, shape, data }]): [string, AnyTensor] => [
      name,
      new Tensor(dtype as 'float32', fromDoubles(dtype, data) as Float32Array, shape),
    ]),
  );
  let used = new Set<string>();
  for (const module of executors) {
    const executor = createExecutor(module, only === undefined ? {} : { only });
    const results = executor.run(graph, tensors);
    const shapes = new Map([...feeds].map(([name, { shape }]) => [name, shape]));
    used = new Set(executor.prepare(graph, shapes).plan.steps.map((step) => step.kernel));
    for (const output of graph.outputs) {
      const want = wanted.get(output);
      if (!want) throw new Error(`no reference for ${output}`);
      expect(results[output].dims, output).toEqual(want.stored === undefined ? want.shape : [want.stored]);
      const tolerance = want.dtype === 'float32' ? 2e-5 : 0;
      const got = toDoubles(results[output].data);
      expect(
        distance(got, toDoubles(fromDoubles(want.dtype, want.data))),
        `${output} by ${[...used].join(', ')}`,
      ).toBeLessThanOrEqual(tolerance);
    }
    executor.dispose();
  }
  return used;
}

const ran = new Set<string>();

describe('as planned', () => {
  it.each(samples.map((sample) => [`${sample.op}: ${sample.about}`, sample] as const))('%s', (_, sample) => {
    for (const kernel of check(sample)) ran.add(kernel);
  });
});

describe('each kernel that fits', () => {
  // copy_bytes is no op's kernel: planning itself uses it, and updates.test.ts tests it.
  const names = [...new Set(kernels.filter(({ op }) => ops.has(op)).map(({ name }) => name))];
  it.each(names)('%s', (name) => {
    const ops = new Set(kernels.filter((kernel) => kernel.name === name).map(({ op }) => op));
    let fits = 0;
    for (const sample of samples) if (ops.has(sample.op) && check(sample, name).has(name)) fits++;
    expect(fits, 'samples that this kernel can do').toBeGreaterThan(0);
  });
});
