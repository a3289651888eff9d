import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sizeOf } from '../../src/core/shape.ts';
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { lenet5, mlp, vit } from '../../src/models/index.ts';
import { prune } from '../../src/prune/index.ts';
import { init, provideModules } from '../../src/runtime/modules.ts';
import { InferenceSession, type SessionOptions } from '../../src/runtime/session.ts';
import { Tensor } from '../../src/runtime/tensor.ts';
import { READY } from '../../src/runtime/threads/control.ts';
import { gaussian } from '../kernels/harness.ts';
import { moduleOf } from './module.ts';

const workerText = () => readFileSync('build/wasm/kernels.worker.js', 'utf8');

function provide(worker: () => Promise<string> = async () => workerText()): Promise<void> {
  provideModules({
    simd: async () => moduleOf('simd').module,
    threads: async () => moduleOf('threads').module,
    worker,
  });
  return init();
}

beforeEach(() => provide());
afterEach(() => vi.restoreAllMocks());

const image = (...dims: number[]) => new Tensor('float32', gaussian(sizeOf(dims), sizeOf(dims)), dims);
const logitsOf = (session: InferenceSession, feed: Tensor<'float32'>) =>
  session.runSync({ image: feed }).logits.data as Float32Array;
const sameBits = (a: Float32Array, b: Float32Array) => Buffer.from(a.buffer).equals(Buffer.from(b.buffer));

/** Sessions on 1 thread of the plain build, and on 2 and 4 of the one for threads. */
async function trio(graph: Graph, options: SessionOptions = {}): Promise<InferenceSession[]> {
  return Promise.all([1, 2, 4].map((threads) => InferenceSession.create(graph, { ...options, threads })));
}

describe('the same bits on 1, 2 and 4 threads', () => {
  const models = [
    ['mlp', mlp([300, 500, 133, 10], { seed: 1 }), [300], [1, 3, 8, 100, 257]],
    ['lenet5', lenet5({ seed: 2 }), [1, 28, 28], [1, 9]],
    ['vit', vit({ seed: 3 }), [1, 28, 28], [1, 6]],
  ] as const;
  const patterns = ['dense', 'unstructured', { block: [4, 1] }, { block: [2, 1] }, '1:4'] as const;

  describe.each(models)('%s', (_, model, extents, batches) => {
    it.each(patterns)('%j', async (pattern) => {
      const sparsity = pattern === '1:4' ? {} : { sparsity: 0.8 };
      const graph = pattern === 'dense' ? model : prune(model, { pattern, ...sparsity }).graph;
      const sessions = await trio(graph);
      expect(sessions.map((session) => session.info().threads)).toEqual([1, 2, 4]);
      expect(sessions.map((session) => session.info().build)).toEqual(['simd', 'threads', 'threads']);
      for (const batch of [...batches, batches[0]]) {
        const feed = image(batch, ...extents);
        const [want, ...others] = sessions.map((session) => logitsOf(session, feed));
        for (const got of others) expect(sameBits(got, want)).toBe(true);
      }
      const last = batches[batches.length - 1];
      expect(sessions[1].plan({ image: [last, ...extents] })).toMatch(/in \d+ pieces/);
      for (const session of sessions) session.dispose();
    });
  });

  it('run after run, whether workers are awake or asleep', async () => {
    const sessions = await trio(mlp([300, 700, 10], { seed: 4 }));
    const feed = image(70, 300);
    const want = logitsOf(sessions[0], feed);
    for (let round = 0; round < 200; round++) {
      if (round % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      for (const session of sessions.slice(1)) expect(sameBits(logitsOf(session, feed), want)).toBe(true);
    }
    for (const session of sessions) session.dispose();
  });

  it('while memory grows and plans come and go', async () => {
    const [one, ...others] = await trio(prune(mlp([64, 300, 10], { seed: 5 }), { sparsity: 0.7 }).graph);
    for (let batch = 40; batch < 10_000; batch = Math.ceil(batch * 1.4))
      for (const n of [batch, 50]) {
        const feed = image(n, 64);
        const want = logitsOf(one, feed);
        for (const session of others) expect(sameBits(logitsOf(session, feed), want)).toBe(true);
      }
    const { used } = others[0].info().memory;
    for (let n = 50; n < 90; n++) logitsOf(others[0], image(n, 64));
    for (let n = 50; n < 90; n++) logitsOf(others[0], image(n, 64));
    expect(others[0].info().memory.used).toBeLessThan(used + 65536);
    for (const session of [one, ...others]) session.dispose();
  });
});

describe('a session on threads', () => {
  const wide = () => mlp([300, 500, 10], { seed: 1 });

  it('gives results that are no shared memory', async () => {
    using session = await InferenceSession.create(wide(), { threads: 2 });
    expect(logitsOf(session, image(64, 300)).buffer).toBeInstanceOf(ArrayBuffer);
  });

  it('profiles its steps', async () => {
    using session = await InferenceSession.create(wide(), { threads: 2 });
    const { steps, results } = await session.profile({ image: image(64, 300) });
    expect(steps.length).toBe(2);
    expect(results.logits.dims).toEqual([64, 10]);
  });

  it('keeps to maxMemory', async () => {
    using session = await InferenceSession.create(wide(), { threads: 2, maxMemory: 2_000_000 });
    expect(() => logitsOf(session, image(5000, 300))).toThrow(/maxMemory is 2000000/);
    expect(logitsOf(session, image(64, 300)).length).toBe(640);
  });

  it('names an index out of range, and stays usable', async () => {
    const builder = graphBuilder('lookup');
    const index = builder.input('index', 'int32', ['n']);
    const table = { encoding: 'dense', dtype: 'float32', shape: [7, 256], data: gaussian(1, 7 * 256) } as const;
    const found = builder.node('gather', [builder.constant('table', table), index], { axis: 0 }, 'lookup');
    builder.output(builder.node('gelu', [found], {}, 'act'));
    using session = await InferenceSession.create(builder.build(), { threads: 2 });
    const feed = new Tensor(
      'int32',
      Int32Array.from({ length: 200 }, (_, i) => i % 7),
      [200],
    );
    const wrong = new Tensor('int32', feed.data.with(150, 7), [200]);
    for (let i = 0; i < 3; i++) {
      expect(() => session.runSync({ index: wrong })).toThrow(/gather "lookup".*position 150/);
      expect(session.runSync({ index: feed })['act:out'].dims).toEqual([200, 256]);
    }
    expect(session.plan({ index: [200] })).toMatch(/gelu.*in \d+ pieces/);
  });

  it('once disposed says so', async () => {
    const session = await InferenceSession.create(wide(), { threads: 3 });
    logitsOf(session, image(64, 300));
    session.dispose();
    session.dispose();
    expect(() => logitsOf(session, image(64, 300))).toThrow(/disposed/);
  });

  it('is one of many', async () => {
    const sessions = await Promise.all(
      Array.from({ length: 6 }, () => InferenceSession.create(wide(), { threads: 2 })),
    );
    const results = sessions.map((session) => logitsOf(session, image(64, 300)));
    for (const result of results) expect(result).toEqual(results[0]);
    for (const session of sessions) session.dispose();
  });

  it('takes the program of its workers from workerUrl', async () => {
    await init({ workerUrl: pathToFileURL('build/wasm/kernels.worker.js') });
    using session = await InferenceSession.create(wide(), { threads: 2 });
    expect(session.info()).toMatchObject({ threads: 2, build: 'threads', threadsWhy: '2 threads were asked for' });
    expect(logitsOf(session, image(64, 300)).length).toBe(640);
  });

  it('runs on one thread of the build for threads too', async () => {
    await init({ build: 'threads' });
    using session = await InferenceSession.create(wide());
    expect(session.info()).toMatchObject({ threads: 1, build: 'threads', why: 'asked for in init' });
    expect(logitsOf(session, image(64, 300)).length).toBe(640);
  });

  it('takes a module for threads from init', async () => {
    await init({ module: moduleOf('threads').module, build: 'threads' });
    using session = await InferenceSession.create(wide(), { threads: 2 });
    expect(session.info()).toMatchObject({ threads: 2, build: 'custom' });
    expect(logitsOf(session, image(64, 300)).length).toBe(640);
  });
});

describe('one thread instead of several, with one warning that says why', () => {
  const small = () => mlp([20, 12], { seed: 1 });

  async function reason(): Promise<string> {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    using session = await InferenceSession.create(small(), { threads: 3 });
    using again = await InferenceSession.create(small(), { threads: 3 });
    const { threads, threadsWhy } = session.info();
    expect(threads).toBe(1);
    expect(again.info().threadsWhy).toBe(threadsWhy);
    expect(warn.mock.calls).toEqual([[`lacewing: ${threadsWhy}`]]);
    expect(logitsOf(session, image(2, 20)).length).toBe(24);
    return threadsWhy;
  }

  it('a worker that throws', async () => {
    await provide(async () => 'throw new Error("no luck")');
    expect(await reason()).toBe('3 threads were asked for, but a worker did not start: no luck');
  });

  it('a worker that ends', async () => {
    await provide(async () => 'process.exit(3)');
    expect(await reason()).toMatch(/did not start: it ended with code 3/);
  });

  it('a worker that says something else', async () => {
    const port = "process.getBuiltinModule('node:worker_threads').parentPort";
    await provide(async () => `${port}.once('message', () => ${port}.postMessage('not ${READY}'))`);
    expect(await reason()).toMatch(/did not start: it answered not ready/);
  });

  it('a program of workers that is not there', async () => {
    await init({ workerUrl: pathToFileURL('build/nowhere.js') });
    expect(await reason()).toMatch(/did not start: .*nowhere/);
  });

  it('a page that is not cross-origin isolated', async () => {
    vi.stubGlobal('crossOriginIsolated', false);
    expect(await reason()).toMatch(/not cross-origin isolated/);
    vi.unstubAllGlobals();
  });

  it('a host without shared memory', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    expect(await reason()).toMatch(/no SharedArrayBuffer/);
    vi.unstubAllGlobals();
  });

  it('another build asked for in init', async () => {
    await init({ build: 'simd' });
    expect(await reason()).toMatch(/init asked for the build 'simd', which has one thread/);
  });

  it('a module of unknown kind', async () => {
    await init({ module: moduleOf('simd').module });
    expect(await reason()).toMatch(/init was given a module/);
  });
});

describe('a process', () => {
  const program = (end: string) => `
    import { InferenceSession, Tensor } from 'lacewing';
    import { mlp } from 'lacewing/models';
    const session = await InferenceSession.create(mlp([300, 400, 10]), { threads: 3 });
    const image = new Tensor('float32', new Float32Array(64 * 300), [64, 300]);
    const { logits } = session.runSync({ image });
    console.log(session.info().threads, logits.dims.join('x'));
    ${end}`;
  it.each([
    ['that disposes of its session', 'session.dispose();'],
    ['that forgets to', ''],
  ])('%s ends by itself', (_, end) => {
    const args = ['--input-type=module', '-e', program(end)];
    expect(execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 })).toBe('3 64x10\n');
  });
});
