import { describe, expect, it } from 'vitest';
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { lenet5, mlp, vit } from '../../src/models/index.ts';
import { interpret } from '../../src/ops/interpret.ts';
import { verify } from '../../src/ops/verify.ts';
import { differentiate } from '../../src/passes/differentiate.ts';
import { optimize } from '../../src/passes/optimize.ts';
import { passes } from '../../src/passes/table.ts';
import { trainingMode } from '../../src/passes/training-mode.ts';
import { prune } from '../../src/prune/index.ts';
import { equalAfter, feedsOf, nodesOf, weights } from './equal.ts';

/** conv, bias, batchNorm, relu, dropout twice, and a bias that is computed from constants. */
function network(): Graph {
  const b = graphBuilder('network');
  const x = b.input('x', 'float32', ['batch', 2, 4, 4]);
  let y = b.node('conv2d', [x, b.constant('conv.weight', weights([3, 2, 3, 3], 1))], {}, 'conv');
  y = b.node('add', [y, b.constant('conv.bias', weights([1, 3, 1, 1], 2))], {}, 'conv.sum');
  const ones = { ...weights([3], 0), data: new Float32Array(3).fill(1.5) };
  const statistics = ['scale', 'bias', 'mean'].map((role, i) => b.constant(`norm.${role}`, weights([3], 3 + i)));
  y = b.node('batchNorm', [y, ...statistics, b.constant('norm.variance', ones)], {}, 'norm');
  y = b.node('relu', [y], {}, 'relu');
  y = b.node('flatten', [b.node('dropout', [y], { rate: 0.25 }, 'drop1')], {}, 'flat');
  y = b.node('dropout', [y], { rate: 0.5 }, 'drop2');
  y = b.node('matmul', [y, b.constant('fc.weight', weights([12, 4], 7))], {}, 'fc');
  const bias = b.node('mul', [b.constant('fc.bias', weights([4], 8)), b.scalar(2)], {}, 'twice');
  b.output(b.node('add', [y, bias], {}, 'logits'));
  return b.build();
}

const graphs: readonly [string, () => Graph][] = [
  ['network', network],
  ['mlp', () => mlp([12, 8, 5])],
  ['lenet5', () => lenet5()],
  ['vit', () => vit({ image: 8, patch: 4, width: 8, layers: 1, heads: 2, mlpRatio: 2, classes: 3 })],
];

describe.each(passes)('$name', ({ run }) => {
  it.each(graphs.filter(([name]) => name !== 'lenet5'))('leaves the numbers of %s as they are', (_, make) => {
    equalAfter(make(), run);
  });
});

/** One step of plain gradient descent on the mean square of the logits; the first weight is sparse. */
function training(): Graph {
  const model = prune(mlp([6, 5, 4]), { sparsity: 0.7, targets: ['fc1'] }).graph;
  const b = graphBuilder('training', model);
  const loss = b.node('mse', [model.outputs[0], b.input('targets', 'float32', ['batch', 4])], {}, 'loss');
  const parameters = ['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias'];
  const { graph, gradients } = differentiate({ ...b.build(), outputs: [loss] }, { loss, parameters });
  const step = graphBuilder('step', graph);
  const rate = step.scalar(0.1);
  for (const name of parameters) step.update(name, step.node('sgd', [name, gradients.get(name) ?? '', rate]));
  return step.build();
}

describe('a training step', () => {
  it.each(passes)('moves weights alike after $name', ({ run }) => {
    equalAfter(training(), run);
  });

  it('fuses bias and relu of the forward half', () => {
    const after = equalAfter(training(), optimize);
    expect(nodesOf(after)).toContain('matmul(image, fc1.weight, fc1.bias) {activation="relu"}');
  });
});

describe('optimize', () => {
  it.each(graphs)('leaves the numbers of %s as they are, and does not find more to do the second time', (_, make) => {
    const after = equalAfter(make(), optimize);
    expect(nodesOf(optimize(after))).toBe(nodesOf(after));
  });

  it('brings a network down to what has to run', () => {
    expect(nodesOf(optimize(network()))).toBe(
      [
        'relu:out = conv2d(x, conv.weight, conv.bias) {activation="relu"}  "conv"',
        'flat:out = flatten(relu:out)  "flat"',
        'logits:out = matmul(flat:out, fc.weight, twice:out)  "fc"',
        'output logits:out',
      ].join('\n'),
    );
    expect(nodesOf(optimize(mlp([12, 8, 5])))).toBe(
      [
        'fc1.relu:out = matmul(image, fc1.weight, fc1.bias) {activation="relu"}  "fc1"',
        'logits = matmul(fc1.relu:out, fc2.weight, fc2.bias)  "fc2"',
        'output logits',
      ].join('\n'),
    );
  });
});

describe('trainingMode', () => {
  it('drops out by one seed, each dropout in its own way', () => {
    const training = verify(trainingMode(network(), { batchNorm: 'frozen' }));
    expect(training.inputs.at(-1)).toEqual({ name: 'dropout seed', dtype: 'int32', shape: [] });
    expect(nodesOf(training)).toContain('drop1:out = dropout(relu:out, dropout seed) {rate=0.25, salt=0}');
    expect(nodesOf(training)).toContain('drop2:out = dropout(flat:out, dropout seed) {rate=0.5, salt=1}');
    expect(training.updates).toEqual([]);
    expect(trainingMode(training, { batchNorm: 'frozen' })).toEqual(training);
    const run = (seed: number) => {
      const feeds = feedsOf(training).set('dropout seed', { dtype: 'int32', shape: [], data: Float64Array.of(seed) });
      return interpret(training, feeds).get('drop2:out')?.data;
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  it('normalises by the batch and moves the running statistics', () => {
    const training = verify(trainingMode(network(), { batchNorm: 'train', momentum: 0.75 }));
    expect(nodesOf(training)).toContain(
      'norm:out, norm:newMean, norm:newVariance, norm:savedMean, norm:savedInvStd = batchNormTraining(' +
        'conv.sum:out, norm.scale, norm.bias, norm.mean, norm.variance) {momentum=0.75}  "norm"',
    );
    expect(training.updates).toEqual([
      { constant: 'norm.mean', value: 'norm:newMean' },
      { constant: 'norm.variance', value: 'norm:newVariance' },
    ]);
    const values = interpret(training, feedsOf(training));
    const [old, mean, moved] = ['norm.mean', 'norm:savedMean', 'norm:newMean'].map(
      (name) => values.get(name)?.data ?? new Float64Array(),
    );
    moved.forEach((value, i) => expect(value).toBeCloseTo(0.75 * old[i] + 0.25 * mean[i], 6));
  });

  it('adds no seed where nothing drops out', () => {
    expect(trainingMode(mlp([4, 3]), { batchNorm: 'train' })).toEqual(mlp([4, 3]));
  });

  it('says what it cannot do', () => {
    const b = graphBuilder('taken');
    b.output(b.node('dropout', [b.input('dropout seed', 'float32', [2])]));
    expect(() => trainingMode(b.build(), { batchNorm: 'train' })).toThrow(
      '"dropout seed": want it as an int32 scalar input',
    );
    const c = graphBuilder('computed');
    const x = c.input('x', 'float32', [2, 3]);
    const s = ['a', 'b', 'c'].map((name) => c.constant(name, weights([3], 1)));
    c.output(c.node('batchNorm', [x, ...s, c.node('abs', [s[2]], {}, 'positive')], {}, 'norm'));
    expect(() => trainingMode(c.build(), { batchNorm: 'train' })).toThrow(
      'batchNorm "norm": want running statistics that are a constant of its own, got "positive:out"',
    );
  });
});
