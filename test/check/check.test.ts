/** What check says of models that cannot run, of what is converted, and of those that run in stages. */
import { describe, expect, it } from 'vitest';
import { check } from '../../src/check/index.ts';
import { UsageError } from '../../src/core/errors.ts';
import { writeLace } from '../../src/file/index.ts';
import { mlp } from '../../src/models/index.ts';
import { prune } from '../../src/prune/index.ts';
import { countingLoop, nestedIf, nonZeroGather } from '../onnx/control-models.ts';
import { float, type HandMade, int, list, model, node, tensor } from '../onnx/model.ts';

const x = ['x', 'float32', ['n', 4]] as const;

describe('problems', () => {
  it('are all told, with their nodes', () => {
    const verdict = check(
      model({
        nodes: [
          node('Frobnicate', ['x'], ['a'], {}, { name: 'first' }),
          node('Relu', ['a'], ['b'], { slope: float(1) }, { name: 'second' }),
          node('Cast', ['b'], ['y'], { to: int(8) }, { name: 'third' }),
          node('Gelu', ['b'], ['z'], {}, { name: 'fourth' }),
        ],
        inputs: [x],
        outputs: ['y', 'z'],
      }),
    );
    expect(verdict).toMatchObject({ runs: false, layers: [] });
    expect(verdict.problems.map((problem) => problem.split(/[:,]/)[0])).toEqual([
      'Frobnicate "first"',
      'Relu "second"',
      'Cast "third"',
      'Gelu "fourth"',
    ]);
  });

  it('are those of a broken file, and of weights that are NaN', () => {
    expect(check(Uint8Array.of(8, 8)).problems).toEqual(['want an ONNX model with a graph, got none']);
    const w = tensor('w', 'float32', [4, 2], [1, 2, 3, Number.NaN, 5, 6, 7, 8]);
    const made: HandMade = {
      nodes: [node('MatMul', ['x', 'w'], ['y'])],
      inputs: [x],
      outputs: ['y'],
      initializers: [w],
    };
    expect(check(model(made))).toMatchObject({
      runs: false,
      problems: ['weight "w": want numbers, got NaN as stored value 3'],
    });
  });

  it('are shapes that do not fit, if none do', () => {
    const reshape = (...shape: number[]) =>
      model({
        nodes: [node('Reshape', ['x', 's'], ['y'])],
        inputs: [x],
        outputs: ['y'],
        initializers: [list('s', shape)],
      });
    const { runs, problems } = check(reshape(7, 5, 11));
    expect({ runs, problems }).toEqual({
      runs: false,
      problems: [expect.stringMatching(/^with x \[1, 4\]: reshape "Reshape\.0"/)],
    });
    // With a size that is tried, though not the first.
    expect(check(reshape(64, 4))).toMatchObject({ runs: true, shapes: new Map([['x', [64, 4]]]) });
    expect(check(reshape(7, 4), { shapes: { x: [7, 4] } }).runs).toBe(true);
    expect(() => check(reshape(7, 4), { shapes: { x: [7, 5] } })).toThrow(UsageError);
  });
});

describe('what is converted', () => {
  it('is said of constants, inputs, outputs and casts', () => {
    const half = { name: 'h', dataType: 10, dims: [2, 2], rawData: new Uint8Array(8) };
    const made: HandMade = {
      nodes: [
        node('Cast', ['x'], ['c'], { to: int(10) }, { name: 'narrow' }),
        node('Cast', ['h'], ['d'], { to: int(11) }, { name: 'wide' }),
        node('Mul', ['d', 'w'], ['y']),
      ],
      inputs: [x, ['z', 'float64', [1]]],
      outputs: ['c', 'y'],
      initializers: [half, tensor('w', 'float64', [1], [0.1])],
    };
    const { runs, conversions, estimate } = check(model(made));
    expect(runs).toBe(true);
    expect(conversions).toEqual([
      'float16 becomes float32: 1 constants of 4 elements, Cast "narrow"',
      'double stays double, and what computes with it runs in plain JavaScript: 1 constants of 1 elements, input "z", Cast "wide"',
    ]);
    expect(estimate?.slow.some((line) => line.startsWith('mul "Mul.2"'))).toBe(true);
    const plain = model({ nodes: [node('Abs', ['x'], ['y'])], inputs: [x], outputs: ['y'] });
    expect(check(plain).conversions).toEqual([]);
  });
});

describe('what it costs', () => {
  it('is told for given extents, with the weights that can be pruned', () => {
    const sparse = prune(mlp([2, 16, 16, 2], { seed: 1 }), { sparsity: 0.75 }).graph;
    const { runs, estimate, layers } = check(sparse, { shapes: { image: [10, 2] } });
    expect(runs).toBe(true);
    expect(estimate).toMatchObject({ multiplyAdds: { dense: 3200, sparse: 800 }, waiting: [], behind: 0 });
    expect(layers.map(({ name, obstacle }) => [name, obstacle])).toEqual(
      ['fc1', 'fc2', 'fc3'].map((layer) => [`${layer}.weight`, undefined]),
    );
    expect(check(writeLace(sparse)).estimate?.weightBytes).toBe(estimate?.weightBytes);
  });

  it('is told of what comes before a run must go on', () => {
    const gather = check(model(nonZeroGather));
    expect(gather).toMatchObject({ runs: true, problems: [] });
    expect(gather.estimate?.waiting).toEqual([
      expect.stringMatching(/^nonZero "NonZero\.1": its shape follows from value "x"/),
    ]);
    expect(gather.estimate?.behind).toBe(3);
    const branches = check(model(nestedIf));
    expect(branches.estimate?.waiting).toEqual(['if "If.1" runs graphs of its own']);
    expect(branches.estimate?.weightBytes).toBe(8);
    expect(check(model(countingLoop)).estimate).toMatchObject({
      waiting: ['loop "Loop.0" runs graphs of its own'],
      behind: 0,
    });
  });
});
