/** Graphs that no single plan can hold: numbers that decide shapes, and control flow. */
import { beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { readOnnx } from '../../src/onnx/index.ts';
import { InferenceSession, type SessionOptions } from '../../src/runtime/session.ts';
import { type AnyTensor, Tensor } from '../../src/runtime/tensor.ts';
import { countingLoop, loopInIf, nestedIf, nonZeroGather, reshapeByInput, scanRows } from '../onnx/control-models.ts';
import { body, type HandMade, int, list, model, node, tensor } from '../onnx/model.ts';
import { provideTestModules } from '../train/modules.ts';

beforeAll(provideTestModules);

const open = (made: HandMade, options: SessionOptions = {}) => InferenceSession.create(readOnnx(model(made)), options);
const floats = (numbers: readonly number[], dims = [numbers.length]) => new Tensor('float32', numbers, dims);
const bool = (value: boolean) => new Tensor('bool', [value ? 1 : 0], []);
const whole = (value: number) => new Tensor('int64', [value], []);
const wholes = (...values: number[]) => new Tensor('int64', values);
const plain = ({ dims, data }: AnyTensor) => ({ dims: [...dims], data: Array.from(data, Number) });

describe('shapes that follow from numbers', () => {
  it('NonZero feeds Gather, and may find nothing', async () => {
    using session = await open(nonZeroGather);
    const run = (...x: number[]) => plain(session.runSync({ x: floats(x) }).y);
    expect(run(0, 3, 0, -1)).toEqual({ dims: [2], data: [-6, 2] });
    expect(run(0, 0)).toEqual({ dims: [0], data: [] });
    expect(run(5, 6, 7, 8)).toEqual({ dims: [4], data: [-10, -12, -14, -16] });
    expect(run(0, 3, 0, -1)).toEqual({ dims: [2], data: [-6, 2] });
  });

  it('Reshape goes by an input, other numbers in every run', async () => {
    using session = await open(reshapeByInput);
    const run = (rows: number, columns: number) =>
      plain(session.runSync({ x: floats([1, 2, 3, 4, 5, 6]), shape: wholes(rows, columns) }).y);
    expect(run(2, 3)).toEqual({ dims: [3, 2], data: [1, 4, 2, 5, 3, 6] });
    expect(run(3, -1)).toEqual({ dims: [2, 3], data: [1, 3, 5, 2, 4, 6] });
    expect(run(6, 1)).toEqual({ dims: [1, 6], data: [1, 2, 3, 4, 5, 6] });
    expect(() => run(4, 2)).toThrow(UsageError);
    expect(() => run(4, 2)).toThrow(/Reshape\.0/);
    expect(run(2, 3)).toEqual({ dims: [3, 2], data: [1, 4, 2, 5, 3, 6] });
  });

  it('says of outputs what can be said before a run', async () => {
    using session = await open(reshapeByInput);
    expect(session.outputMetadata).toEqual([{ name: 'y', type: 'float32', shape: ['?y.0', '?y.1'] }]);
    using gather = await open(nonZeroGather);
    expect(gather.outputMetadata.map(({ type }) => type)).toEqual(['float32', 'int64']);
  });

  it('a dimension may have a name and yet admit one extent only', async () => {
    using session = await open({
      inputs: [['x', 'float32', ['n']]],
      initializers: [list('shape', [7, 11])],
      nodes: [node('Reshape', ['x', 'shape'], ['r']), node('ReduceSum', ['r'], ['y'])],
      outputs: ['y'],
    });
    const run = (n: number) => session.runSync({ x: floats(new Array(n).fill(1)) });
    expect(plain(run(77).y)).toEqual({ dims: [1, 1], data: [77] });
    expect(() => run(76)).toThrow(/Reshape\.0/);
    expect(plain(run(77).y).data).toEqual([77]);
  });

  it('checks feeds and writes into tensors of the caller, as any run does', async () => {
    using session = await open(nonZeroGather);
    expect(() => session.runSync({})).toThrow(UsageError);
    expect(() => session.runSync({ x: floats([1], [1, 1]) })).toThrow(/x/);
    const y = new Tensor('float32', [0, 0]);
    expect(session.runSync({ x: floats([1, 0, 2]) }, { y }).y).toBe(y);
    expect([...y.data]).toEqual([-2, -4]);
    expect(() => session.runSync({ x: floats([1, 0, 0]) }, { y })).toThrow(/y/);
    expect(Object.keys(session.runSync({ x: floats([1]) }, ['flat']))).toEqual(['flat']);
    session.dispose();
    expect(() => session.runSync({ x: floats([1]) })).toThrow(/disposed/);
  });
});

describe('control flow', () => {
  it('If takes one branch, with what it captures; If in If', async () => {
    using session = await open(nestedIf);
    const run = (a: boolean, b: boolean) => plain(session.runSync({ x: floats([1, -2]), a: bool(a), b: bool(b) }).y);
    const [e, f] = [Math.E, Math.exp(-2)];
    const close = (got: { data: number[] }, want: readonly number[]) =>
      got.data.forEach((value, i) => expect(value).toBeCloseTo(want[i], 4));
    close(run(true, true), [10 * e + 0.5, 10 * f + 0.5]);
    close(run(false, true), [9, 12]);
    close(run(false, false), [e + 1, Math.abs(f - 2)]);
    close(run(true, false), [10 * e + 0.5, 10 * f + 0.5]);
  });

  it('Loop ends by its count or its condition, carries and scans', async () => {
    using session = await open(countingLoop);
    const run = (trips: number, limit: number) => {
      const feeds = { x: floats([1, 2]), trips: whole(trips), limit: new Tensor('float32', [limit], []) };
      return session.runSync(feeds);
    };
    const three = run(3, 100);
    expect(plain(three.sum)).toEqual({ dims: [2], data: [3, 6] });
    expect(plain(three.sums)).toEqual({ dims: [3, 2], data: [1, 2, 2, 4, 3, 6] });
    expect(plain(three.squares)).toEqual({ dims: [3, 2], data: [1, 4, 4, 16, 9, 36] });
    expect(plain(run(50, 7).sum)).toEqual({ dims: [2], data: [4, 8] });
    expect(plain(run(50, 7).sums).dims).toEqual([4, 2]);
  });

  it('Loop stands in If, and what it carries may grow', async () => {
    using session = await open(loopInIf);
    const run = (a: boolean, ...x: number[]) => plain(session.runSync({ x: floats(x), a: bool(a) }).y);
    expect(run(true, 2, 4)).toEqual({ dims: [8], data: [2, 4, 1, 2, 1, 2, 1, 2] });
    expect(run(false, 2, 4)).toEqual({ dims: [2], data: [1, 2] });
    expect(run(true, 6)).toEqual({ dims: [4], data: [6, 3, 3, 3] });
  });

  it('Scan goes both ways, and lays its slices along any axis', async () => {
    using session = await open(scanRows);
    const x = floats([1, 2, 3, 4, 5, 6], [2, 3]);
    const { end, sums, scaled } = session.runSync({ x, start: floats([10, 20, 30]) });
    expect(plain(end)).toEqual({ dims: [3], data: [15, 27, 39] });
    expect(plain(sums)).toEqual({ dims: [2, 3], data: [15, 27, 39, 11, 22, 33] });
    expect(plain(scaled)).toEqual({ dims: [3, 2], data: [8, 2, 10, 4, 12, 6] });
  });

  it('names the node whose condition is none', async () => {
    const leaf = (name: string) => body(name, { nodes: [node('Neg', ['x'], [`${name}.y`])], outputs: [`${name}.y`] });
    using session = await open({
      inputs: [
        ['x', 'float32', [2]],
        ['a', 'bool', ['n']],
      ],
      nodes: [node('If', ['a'], ['y'], { then_branch: leaf('yes'), else_branch: leaf('no') }, { name: 'fork' })],
      outputs: ['y'],
    });
    const x = floats([1, 2]);
    expect(() => session.runSync({ x, a: new Tensor('bool', [1, 0]) })).toThrow('if "fork": want one condition');
    expect(plain(session.runSync({ x, a: new Tensor('bool', [1]) }).y).data).toEqual([-1, -2]);
  });
});

describe('what would never end or never fit is an error', () => {
  /** A loop whose body makes `scanned` per pass. */
  const endless = (inputs: readonly [string, string], scanned: number): HandMade => ({
    inputs: [['x', 'float32', [scanned]]],
    initializers: [tensor('many', 'int64', [], [2 ** 53 - 1]), tensor('go', 'bool', [], [1])],
    nodes: [
      node('Loop', [...inputs, 'x'], ['last', 'all'], {
        body: body('on and on', {
          inputs: [
            ['i', 'int64', []],
            ['going', 'bool', []],
            ['before', 'float32', [scanned]],
          ],
          nodes: [
            node('Identity', ['going'], ['next']),
            node('Neg', ['before'], ['after']),
            node('Abs', ['after'], ['seen']),
          ],
          outputs: ['next', 'after', 'seen'],
        }),
      }),
    ],
    outputs: ['last', 'all'],
  });

  it('a loop without end', { timeout: 60_000 }, async () => {
    using session = await open(endless(['', 'go'], 1));
    expect(() => session.runSync({ x: floats([1]) })).toThrow(/loop "Loop\.0": want at most \d+ passes/);
  });

  it('a loop with a count alone that is too large, at once', { timeout: 2000 }, async () => {
    using session = await open(endless(['many', ''], 1));
    expect(() => session.runSync({ x: floats([1]) })).toThrow(/loop "Loop\.0": want at most \d+ passes/);
  });

  it('a loop whose scanned slices fill the memory', { timeout: 30_000 }, async () => {
    using session = await open(endless(['many', 'go'], 2 ** 16), { maxMemory: 2 ** 24 });
    expect(() => session.runSync({ x: floats(new Array(2 ** 16).fill(1)) })).toThrow(
      /loop "Loop\.0": .*16777216 bytes/,
    );
  });

  const bombs: Readonly<Record<string, HandMade>> = {
    Tile: { nodes: [node('Tile', ['x', 'huge'], ['y'])], initializers: [list('huge', [2 ** 29])] },
    'Tile beyond 2^31': { nodes: [node('Tile', ['x', 'huge'], ['y'])], initializers: [list('huge', [2 ** 40])] },
    Expand: { nodes: [node('Expand', ['x', 'huge'], ['y'])], initializers: [list('huge', [2 ** 27, 1])] },
    ConstantOfShape: {
      nodes: [node('ConstantOfShape', ['huge'], ['c']), node('Add', ['c', 'x'], ['y'])],
      initializers: [list('huge', [2 ** 10, 2 ** 10, 2 ** 9, 1])],
    },
    Range: {
      nodes: [node('Range', ['zero', 'many', 'one'], ['r']), node('Cast', ['r'], ['y'], { to: int(1) })],
      initializers: [
        tensor('zero', 'int64', [], [0]),
        tensor('many', 'int64', [], [2 ** 30]),
        tensor('one', 'int64', [], [1]),
      ],
    },
    Pad: { nodes: [node('Pad', ['x', 'huge'], ['y'])], initializers: [list('huge', [2 ** 29, 0])] },
  };
  const inputs = [['x', 'float32', ['n']]] as const;

  it.each(Object.entries(bombs))('a huge %s', { timeout: 5000 }, async (_, made) => {
    const started = performance.now();
    const refused = open({ ...made, inputs, outputs: ['y'] }, { maxMemory: 2 ** 26 }).then((session) => {
      using live = session;
      return live.runSync({ x: floats([1, 2]) });
    });
    await expect(refused).rejects.toThrow(UsageError);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it.each(Object.entries(bombs))('a huge %s by a value, after which the session still runs', async (_, made) => {
    // The same numbers as inputs: known only while running.
    const numbers = (made.initializers ?? []).map(({ name = '', dims = [], rawData = new Uint8Array() }) => {
      const data = new BigInt64Array(rawData.slice().buffer);
      return { name, dims: Array.from(dims, Number), data };
    });
    const ports = numbers.map(({ name, dims }) => [name, 'int64', dims] as const);
    using session = await open(
      { nodes: made.nodes, inputs: [...inputs, ...ports], outputs: ['y'] },
      { maxMemory: 2 ** 26 },
    );
    const run = (most: bigint) => {
      const feeds: Record<string, AnyTensor> = { x: floats([1, 2]) };
      for (const { name, dims, data } of numbers)
        feeds[name] = new Tensor(
          'int64',
          data.map((value) => (value > most ? most : value)),
          dims,
        );
      return session.runSync(feeds);
    };
    expect(() => run(2n ** 62n)).toThrow(UsageError);
    expect(run(2n).y.size).toBeGreaterThan(1);
    expect(() => run(2n ** 62n)).toThrow(UsageError);
  });
});
