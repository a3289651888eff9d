import { describe, expect, it } from 'vitest';
import { normal, random } from '../../src/core/random.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import { storedPositions } from '../../src/formats/positions.ts';
import { formats } from '../../src/formats/table.ts';
import { dense, type GraphBuilder, graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { printGraph } from '../../src/graph/print.ts';
import { lenet5 } from '../../src/models/lenet5.ts';
import { vit } from '../../src/models/vit.ts';
import { constantArray, interpret } from '../../src/ops/interpret.ts';
import type { NdArray } from '../../src/ops/op.ts';
import { problemsOf } from '../../src/ops/verify.ts';
import { differentiate } from '../../src/passes/differentiate.ts';

function numbers(seed: number, shape: Shape): Float32Array {
  const generator = random(seed);
  return Float32Array.from({ length: sizeOf(shape) }, () => normal(generator));
}

function array(shape: Shape, data: ArrayLike<number>): NdArray {
  return { dtype: 'float32', shape, data: Float64Array.from(data) };
}

function gaussian(seed: number, shape: Shape): NdArray {
  return array(shape, numbers(seed, shape));
}

function written(write: (b: GraphBuilder) => void): Graph {
  const builder = graphBuilder('test');
  write(builder);
  return builder.build();
}

/** The sum of everything, a scalar. */
function total(b: GraphBuilder, value: string): string {
  return b.node('reduceSum', [value], { keepDims: false });
}

function computed(graph: Graph, feeds: ReadonlyMap<string, NdArray>, name: string | undefined): NdArray {
  return interpret(graph, feeds).get(name ?? '') ?? expect.fail(`no value ${name}`);
}

const none = new Map<string, NdArray>();

describe('differentiate', () => {
  it('sums what arrives from several uses', () => {
    // loss = Σ x · x + 3 x
    let loss = '';
    const graph = written((b) => {
      const x = b.constant('x', dense([3], Float32Array.of(1, -2, 5)));
      loss = total(b, b.node('add', [b.node('mul', [x, x]), b.node('mul', [x, b.scalar(3)])]));
    });
    const { graph: whole, gradients } = differentiate(graph, { loss, parameters: ['x'] });
    expect([...computed(whole, none, gradients.get('x')).data]).toEqual([5, -1, 13]);
  });

  it('says the same thing twice, and leaves outputs, updates and the given graph alone', () => {
    const graph = withCrossEntropy(lenet5({ seed: 1 }));
    const before = printGraph(graph);
    const parameters = [...graph.constants.keys()].filter((name) => name.startsWith('fc'));
    const [one, two] = [0, 1].map(() => differentiate(graph, { loss: 'loss', parameters }));
    expect(printGraph(one.graph)).toBe(printGraph(two.graph));
    expect([...one.gradients]).toEqual([...two.gradients]);
    expect(printGraph(graph)).toBe(before);
    expect(one.graph.outputs).toEqual(graph.outputs);
    expect(one.graph.updates).toEqual(graph.updates);
    expect(problemsOf(one.graph)).toEqual([]);
  });

  it('writes nothing for nodes that no parameter reaches', () => {
    const graph = withCrossEntropy(lenet5({ seed: 1 }));
    const { graph: whole } = differentiate(graph, { loss: 'loss', parameters: ['fc2.bias'] });
    expect(whole.nodes.slice(graph.nodes.length).map(({ op }) => op)).not.toContain('conv2dInputGrad');
    expect(whole.nodes.length - graph.nodes.length).toBeLessThan(5);
  });

  it.each([[[]], [[1]], [[1, 1, 1]]])('takes a loss of shape %j', (shape: Shape) => {
    const graph = written((b) => {
      const x = b.constant('x', dense([2], Float32Array.of(1, 2)));
      b.node('reshape', [total(b, x)], { shape }, 'loss');
    });
    const { graph: whole, gradients } = differentiate(graph, { loss: 'loss:out', parameters: ['x'] });
    expect([...computed(whole, none, gradients.get('x')).data]).toEqual([1, 1]);
  });

  it('differentiates by inputs and by values in between', () => {
    let [loss, middle] = ['', ''];
    const graph = written((b) => {
      middle = b.node('mul', [b.input('x', 'float32', ['n']), b.scalar(2)]);
      loss = total(b, b.node('add', [b.node('mul', [middle, middle]), middle]));
    });
    const { graph: whole, gradients } = differentiate(graph, { loss, parameters: [middle, 'x', loss] });
    const feeds = new Map([['x', array([2], [1, 3])]]);
    expect([...computed(whole, feeds, gradients.get(middle)).data]).toEqual([5, 13]);
    expect([...computed(whole, feeds, gradients.get('x')).data]).toEqual([10, 26]);
    expect([...computed(whole, feeds, gradients.get(loss)).data]).toEqual([1]);
  });
});

describe('differentiate by a sparse weight', () => {
  const keep = Uint8Array.from({ length: 12 }, (_, i) => (i % 3 === 1 ? 0 : 1));
  const weight = formats.csr.fromDense(numbers(3, [3, 4]), [3, 4], 1, keep);
  const feeds = new Map([['x', gaussian(4, [5, 3])]]);

  /** loss = Σ r · (x W) + Σ W · W: W is a factor of a product, and an ordinary operand besides. */
  function graphOf(constant: typeof weight | ReturnType<typeof dense>): { graph: Graph; loss: string } {
    let loss = '';
    const graph = written((b) => {
      const w = b.constant('w', constant);
      const y = b.node('matmul', [b.input('x', 'float32', ['batch', 3]), w]);
      const weighted = b.node('mul', [y, b.constant('r', dense([4], numbers(5, [4])))]);
      loss = b.node('add', [total(b, weighted), total(b, b.node('mul', [w, w]))]);
    });
    return { graph, loss };
  }

  function denseGradient(): Float64Array {
    const { graph, loss } = graphOf(dense([3, 4], Float32Array.from(constantArray(weight).data)));
    const { graph: whole, gradients } = differentiate(graph, { loss, parameters: ['w'] });
    return computed(whole, feeds, gradients.get('w')).data;
  }

  it('brings stored and dense contributions together', () => {
    const { graph, loss } = graphOf(weight);
    const { graph: whole, gradients, denseGradients } = differentiate(graph, { loss, parameters: ['w'] });
    expect(problemsOf(whole)).toEqual([]);
    const got = computed(whole, feeds, gradients.get('w'));
    expect(got.shape).toEqual([weight.values.length]);
    const want = denseGradient();
    storedPositions(weight).forEach((at, i) => expect(got.data[i]).toBeCloseTo(want[at], 10));
    expect(whole.nodes.map(({ op }) => op)).toContain('sddmm');
    expect(denseGradients.size).toBe(0);
  });

  it('also gives the gradient of pruned weights on request', () => {
    const { graph, loss } = graphOf(weight);
    const { graph: whole, gradients, denseGradients } = differentiate(graph, { loss, parameters: ['w'], dense: ['w'] });
    const [got, full] = [gradients, denseGradients].map((found) => computed(whole, feeds, found.get('w')));
    const want = denseGradient();
    expect(full.shape).toEqual([3, 4]);
    full.data.forEach((value, i) => expect(value).toBeCloseTo(want[i], 10));
    storedPositions(weight).forEach((at, i) => expect(got.data[i]).toBe(full.data[at]));
    expect(whole.nodes.map(({ op }) => op)).not.toContain('sddmm');
  });
});

function withCrossEntropy(model: Graph): Graph {
  const b = graphBuilder(model.name, model);
  const loss = b.node('crossEntropy', [model.outputs[0], b.input('label', 'int32', ['batch'])]);
  b.node('reshape', [loss], { shape: [] }, 'loss');
  const built = b.build();
  const rename = (value: string) => (value === 'loss:out' ? 'loss' : value);
  return { ...built, nodes: built.nodes.map((node) => ({ ...node, outputs: node.outputs.map(rename) })) };
}

describe('whole models with a symbolic batch', () => {
  const small = { image: 14, patch: 7, width: 8, layers: 1, heads: 2, mlpRatio: 2, classes: 10, seed: 2 } as const;
  it.each([
    ['lenet5', lenet5({ seed: 2 }), [1, 28, 28]],
    ['vit', vit(small), [1, 14, 14]],
  ] as const)('%s', (_, model, imageShape) => {
    const graph = withCrossEntropy(model);
    const parameters = [...model.constants]
      .filter(([, { dtype, shape }]) => dtype === 'float32' && shape.length > 0)
      .map(([name]) => name);
    const { graph: whole, gradients } = differentiate(graph, { loss: 'loss', parameters });
    expect(problemsOf(whole)).toEqual([]);
    const feeds = new Map<string, NdArray>([
      [model.inputs[0].name, gaussian(8, [2, ...imageShape])],
      ['label', { dtype: 'int32', shape: [2], data: Float64Array.of(3, 7) }],
    ]);
    const values = interpret(whole, feeds);
    for (const name of parameters) {
      const gradient = values.get(gradients.get(name) ?? '') as NdArray;
      const constant = graph.constants.get(name) as NonNullable<ReturnType<Graph['constants']['get']>>;
      const value = constantArray(constant);
      expect(gradient.shape).toEqual(value.shape);
      // Along one random direction: the slope of the loss is the product of direction and gradient.
      const direction = gaussian(9, value.shape).data;
      const lossAt = (move: number) => {
        const constants = new Map(graph.constants);
        constants.delete(name);
        const moved = { ...value, data: value.data.map((x, i) => x + move * direction[i]) };
        const inputs = [...graph.inputs, { name, dtype: 'float32' as const, shape: value.shape }];
        return computed({ ...graph, inputs, constants }, new Map(feeds).set(name, moved), 'loss').data[0];
      };
      // So short that hardly a relu or a maxPool changes its mind on the way.
      const step = 1e-7;
      const slope = (lossAt(step) - lossAt(-step)) / (2 * step);
      const product = gradient.data.reduce((sum, g, i) => sum + g * direction[i], 0);
      expect(Math.abs(slope - product) / (1e-3 + Math.abs(slope)), name).toBeLessThan(1e-4);
    }
  });
});

describe('what differentiate refuses', () => {
  const graph = written((b) => {
    const x = b.constant('x', dense([2], Float32Array.of(1, 2)));
    b.constant('unused', dense([2], Float32Array.of(1, 2)));
    b.constant('index', { encoding: 'dense', dtype: 'int32', shape: [1], data: Int32Array.of(1) });
    b.node('reduceSum', [x], { keepDims: false }, 'sum');
    b.node('reduceSum', [b.node('sign', [x], {}, 'flat')], { keepDims: false }, 'steps');
  });
  it.each([
    ['a loss that is not there', 'lost', ['x'], [], 'loss "lost": want a value of graph "test", got none of that name'],
    ['a loss of several numbers', 'x', ['x'], [], 'loss "x": want one float32 number of shape [], got float32 [2]'],
    [
      'a parameter that is not there',
      'sum:out',
      ['y'],
      [],
      'parameter "y": want a float32 value of graph "test", got none',
    ],
    [
      'a parameter of integers',
      'sum:out',
      ['index'],
      [],
      'parameter "index": want a float32 value of graph "test", got int32',
    ],
    [
      'a parameter that does not matter',
      'sum:out',
      ['x', 'unused'],
      [],
      'parameter "unused": want one that loss "sum:out" depends on',
    ],
    ['an op without gradient', 'steps:out', ['x'], [], 'sign "flat": want an op with a gradient'],
    ['a dense gradient of a dense weight', 'sum:out', ['x'], ['x'], 'dense gradient of "x": want a sparse constant'],
  ])('%s', (_, loss, parameters, whole, message) => {
    expect(() => differentiate(graph, { loss, parameters, dense: whole })).toThrow(message);
  });
});
