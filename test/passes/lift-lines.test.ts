import { expect, it } from 'vitest';
import { type GraphBuilder, graphBuilder } from '../../src/graph/builder.ts';
import { liftLines } from '../../src/passes/lift-lines.ts';
import { optimize } from '../../src/passes/optimize.ts';
import { equalAfter, nodesOf, weights } from './equal.ts';

function conv(b: GraphBuilder, x: string, name: string): string {
  const image = b.node('unsqueeze', [x], { axes: [2] });
  const w = b.constant(`${name}.w`, weights([2, 2, 1, 3], name.length));
  return b.node('squeeze', [b.node('conv2d', [image, w], { pads: [0, 1, 0, 1] }, name)], { axes: [2] });
}

it('fuses what stands between convolutions of lines', () => {
  const b = graphBuilder('lines');
  const x = b.input('x', 'float32', ['n', 2, 7]);
  const first = conv(b, x, 'a');
  const statistics = ['scale', 'bias', 'mean'].map((name, i) => b.constant(name, weights([2], i)));
  const variance = b.constant('variance', { ...weights([2], 1), data: Float32Array.of(1, 2) });
  const normal = b.node('batchNorm', [first, ...statistics, variance], {}, 'norm');
  const second = conv(b, b.node('relu', [normal], {}, 'relu'), 'bb');
  b.output(b.node('add', [conv(b, second, 'ccc'), second], {}, 'sum'));
  const after = equalAfter(b.build(), optimize, 1e-4);
  expect(after.nodes.map(({ op }) => op)).toEqual(['unsqueeze', 'conv2d', 'conv2d', 'conv2d', 'squeeze']);
});

it('leaves views alone that are results, or stand elsewhere', () => {
  const b = graphBuilder('others');
  const x = b.input('x', 'float32', ['n', 2, 7]);
  const y = conv(b, x, 'a');
  const again = b.node('unsqueeze', [y], { axes: [2] }, 'again');
  b.output(y, again, b.node('unsqueeze', [y], { axes: [1] }), b.node('softmax', [y]));
  const graph = b.build();
  expect(nodesOf(equalAfter(graph, liftLines))).toBe(nodesOf(graph));
});
