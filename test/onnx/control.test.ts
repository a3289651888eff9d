/** Control flow and shapes that follow from values: what onnxruntime makes of a model, of our export of it, and what we do. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { TypedArray } from '../../src/core/dtype.ts';
import { fromDoubles, toDoubles } from '../../src/core/dtype.ts';
import { readLace, writeLace } from '../../src/file/index.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { printGraph } from '../../src/graph/print.ts';
import { readOnnx, writeOnnx } from '../../src/onnx/index.ts';
import type { NdArray } from '../../src/ops/op.ts';
import { optimize } from '../../src/passes/optimize.ts';
import { InferenceSession } from '../../src/runtime/session.ts';
import { Tensor } from '../../src/runtime/tensor.ts';
import { provideTestModules } from '../train/modules.ts';
import { type ControlModel, controlModels } from './control-models.ts';
import { model } from './model.ts';
import { runOnnx } from './onnxruntime.ts';

beforeAll(provideTestModules);

type Arrays = ReadonlyMap<string, NdArray>;

/** The outputs for each of the feeds, in one session. */
async function runAll(graph: Graph, { feeds }: ControlModel): Promise<Arrays[]> {
  using session = await InferenceSession.create(graph);
  return feeds.map((given) => {
    const tensors = Object.entries(given).map(([name, { dtype, shape, data }]) => {
      return [name, new Tensor(dtype as 'float32', fromDoubles(dtype, data) as Float32Array, shape)] as const;
    });
    const results = Object.entries(session.runSync(Object.fromEntries(tensors)));
    return new Map(
      results.map(([name, { type, dims, data }]) => [
        name,
        { dtype: type, shape: dims, data: toDoubles(data as TypedArray) },
      ]),
    );
  });
}

async function theirs(bytes: Uint8Array, { feeds }: ControlModel): Promise<Arrays[]> {
  const all: Arrays[] = [];
  for (const given of feeds) all.push(await runOnnx(bytes, new Map(Object.entries(given))));
  return all;
}

function expectSame(got: readonly Arrays[], want: readonly Arrays[]): void {
  const plain = (all: readonly Arrays[]) =>
    all.map((arrays) =>
      Object.fromEntries(
        [...arrays].map(([name, { dtype, shape, data }]) => [
          name,
          { dtype, shape: [...shape], data: Array.from(data, Math.fround) },
        ]),
      ),
    );
  expect(plain(got)).toEqual(plain(want));
}

describe.each(Object.entries(controlModels))('%s', (_, made) => {
  const bytes = model(made);

  it('runs as in onnxruntime', async () => {
    expectSame(await runAll(readOnnx(bytes), made), await theirs(bytes, made));
  });

  it.each([false, true])('is exported so that both run it alike (optimized: %s)', async (optimized) => {
    const graph = optimized ? optimize(readOnnx(bytes)) : readOnnx(bytes);
    const exported = writeOnnx(graph);
    const want = await runAll(readOnnx(bytes), made);
    expectSame(await theirs(exported, made), want);
    expectSame(await runAll(readOnnx(exported), made), want);
    expect(printGraph(readOnnx(writeOnnx(readOnnx(exported))))).toBe(printGraph(readOnnx(exported)));
  });

  it('is kept in a .lace file', () => {
    const graph = readOnnx(bytes);
    const kept = writeLace(graph);
    const read = readLace(kept);
    expect(read).toEqual(graph);
    expect(Buffer.compare(writeLace(read), kept)).toBe(0);
  });
});
