import { expect, it } from 'vitest';
import { graphBuilder } from '../../src/graph/builder.ts';
import { optimize } from '../../src/passes/optimize.ts';
import { equalAfter, weights } from './equal.ts';

function normalized(group: number) {
  const b = graphBuilder('up');
  const x = b.input('x', 'float32', ['n', 2, 3, 4]);
  const w = b.constant('w', weights([2, 3, 2, 2], 1));
  const y = b.node('convTranspose', [x, w], { strides: [2, 2], group }, 'up');
  const features = 3 * group;
  const [scale, shift, mean] = ['scale', 'bias', 'mean'].map((name, i) => b.constant(name, weights([features], i)));
  const variance = b.constant('variance', { ...weights([features], 1), data: new Float32Array(features).fill(2) });
  b.output(b.node('relu', [b.node('batchNorm', [y, scale, shift, mean, variance], {}, 'norm')], {}, 'relu'));
  return b.build();
}

it('takes a batch normalisation and an activation into a transposed convolution', () => {
  const after = equalAfter(normalized(1), optimize, 1e-4);
  expect(after.nodes.map(({ op, attributes }) => [op, attributes.activation])).toEqual([['convTranspose', 'relu']]);
});

it('leaves the normalisation of several groups alone', () => {
  const after = equalAfter(normalized(2), optimize, 1e-4);
  expect(after.nodes.map(({ op }) => op)).toEqual(['convTranspose', 'batchNorm', 'relu']);
});
