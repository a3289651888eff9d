import { describe, expect, it } from 'vitest';
import { dense, type GraphBuilder, graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { optimize } from '../../src/passes/optimize.ts';
import { sinkTransposes } from '../../src/passes/sink-transposes.ts';
import { equalAfter, nodesOf, weights } from './equal.ts';

const toLast = { perm: [0, 2, 3, 1] };
const toFirst = { perm: [0, 3, 1, 2] };

/** A convolution as exporters of channels-last models spell it. */
function conv(b: GraphBuilder, x: string, channels: readonly [number, number], name: string, stride = 1): string {
  const image = b.node('transpose', [x], toFirst, `${name}.in`);
  const w = b.constant(`${name}.w`, weights([channels[1], channels[0], 3, 3], name.length));
  const y = b.node('conv2d', [image, w], { pads: [1, 1, 1, 1], strides: [stride, stride] }, name);
  return b.node('transpose', [y], toLast, `${name}.out`);
}

const ops = (graph: Graph) => graph.nodes.map(({ op }) => op);
const transposes = (graph: Graph) => ops(graph).filter((op) => op === 'transpose').length;

describe('sinkTransposes', () => {
  it('leaves the first and the last of a network with channels last', () => {
    const b = graphBuilder('keras');
    const x = b.input('x', 'float32', ['n', 6, 7, 3]);
    const bias = b.constant('bias', weights([4], 2));
    const first = b.node('relu', [b.node('add', [conv(b, x, [3, 4], 'a'), bias], {}, 'biased')], {}, 'first');
    const second = conv(b, first, [4, 4], 'bb');
    const sum = b.node('add', [second, first], {}, 'sum');
    const scaled = b.node('mul', [b.node('sigmoid', [sum], {}, 'gate'), sum], {}, 'scaled');
    const third = conv(b, b.node('clip', [scaled], { min: 0, max: 6 }, 'clip'), [4, 5], 'ccc', 2);
    b.output(b.node('mul', [third, b.scalar(0.5)], {}, 'half'));
    const graph = b.build();
    const after = equalAfter(graph, sinkTransposes);
    expect(transposes(graph)).toBe(6);
    expect(transposes(after)).toBe(2);
    expect(ops(equalAfter(graph, optimize, 1e-4)).filter((op) => op === 'add')).toEqual([]);
  });

  it('goes through reductions, with kept axes and without, and cancels where none is left to move', () => {
    const b = graphBuilder('pooled');
    const x = b.input('x', 'float32', ['n', 3, 6, 7]);
    const last = b.node('transpose', [x], toLast, 'turn');
    const kept = b.node('reduceMean', [last], { axes: [1, 2], keepDims: true }, 'kept');
    b.output(b.node('reduceMean', [b.node('relu', [last], {}, 'relu')], { axes: [1, -2], keepDims: false }, 'gone'));
    b.output(b.node('transpose', [b.node('mul', [last, kept], {}, 'scaled')], toFirst, 'back'));
    const after = equalAfter(b.build(), sinkTransposes);
    expect(ops(after)).toEqual(['reduceMean', 'relu', 'reduceMean', 'mul']);
    expect(after.nodes[0].attributes).toEqual({ axes: [2, 3], keepDims: true });
  });

  it('joins those of what is concatenated, padded and normalised along an axis', () => {
    const b = graphBuilder('axes');
    const [x, y] = ['x', 'y'].map((name) => b.input(name, 'float32', [2, 3, 4, 5]));
    const turned = [x, y].map((value, i) => b.node('transpose', [value], toLast, `turn${i}`));
    const both = b.node('concat', turned, { axis: -1 }, 'both');
    const padded = b.node('pad', [both], { pads: [0, 1, 2, 0, 0, 0, 1, 0] }, 'padded');
    b.output(b.node('softmax', [b.node('pad', [padded], { pads: [1, 0], axes: [3] }, 'more')], { axis: 3 }, 'shares'));
    const after = equalAfter(b.build(), sinkTransposes);
    expect(ops(after)).toEqual(['concat', 'pad', 'pad', 'softmax', 'transpose']);
  });

  it('turns constants of any rank, and leaves those alone that updates change', () => {
    const b = graphBuilder('constants');
    const x = b.input('x', 'float32', [2, 3, 4]);
    const turned = b.node('transpose', [x], { perm: [2, 0, 1] }, 'turn');
    const ones = [[4, 2, 3], [2, 1], [3], [1, 1, 1], []].map((shape, i) => b.constant(`c${i}`, weights(shape, i)));
    const sum = ones.reduce((value, constant, i) => b.node('add', [value, constant], {}, `sum${i}`), turned);
    b.output(b.node('transpose', [sum], { perm: [1, 2, 0] }, 'back'));
    expect(transposes(equalAfter(b.build(), sinkTransposes))).toBe(0);

    const u = graphBuilder('updated');
    const v = u.node('transpose', [u.input('x', 'float32', [2, 3])], {}, 'turn');
    const w = u.constant('w', weights([2], 1));
    u.output(u.node('transpose', [u.node('add', [v, w], {}, 'sum')], {}, 'back'));
    u.update(w, u.node('neg', [w], {}, 'flip'));
    const graph = u.build();
    expect(equalAfter(graph, sinkTransposes)).toBe(graph);
  });

  it('goes into products of two values, not into those of weights', () => {
    const b = graphBuilder('products');
    const [q, k] = ['q', 'k'].map((name) => b.input(name, 'float32', [2, 3, 4]));
    const swap = { perm: [0, 2, 1] };
    const scores = b.node('matmul', [q, b.node('transpose', [k], swap, 'kt')], {}, 'scores');
    const w = b.constant('w', weights([3, 5], 4));
    b.output(scores, b.node('matmul', [b.node('transpose', [q], swap, 'qt'), w], {}, 'weighted'));
    const after = equalAfter(b.build(), sinkTransposes);
    expect(ops(after)).toEqual(['matmul', 'transpose', 'matmul']);
    expect(after.nodes[0].attributes).toEqual({ transposeB: true });
  });

  it('keeps the names of results, and what is read both ways', () => {
    const b = graphBuilder('results');
    const x = b.input('x', 'float32', [2, 3, 4, 5]);
    const last = b.node('relu', [b.node('transpose', [x], toLast, 'turn')], {}, 'relu');
    const flat = b.node('reshape', [last], { shape: [2, 60] }, 'flat');
    b.output(last, flat, b.node('transpose', [last], toFirst, 'back'));
    const after = equalAfter(b.build(), sinkTransposes);
    expect(transposes(after)).toBe(1);
  });

  it('changes nothing where as many would be left', () => {
    const b = graphBuilder('as many');
    const x = b.input('x', 'float32', [2, 3]);
    const turned = b.node('transpose', [x], {}, 'turn');
    b.output(
      b.node(
        'add',
        [b.node('relu', [turned], {}, 'relu'), b.constant('c', dense([2], Float32Array.of(1, 2)))],
        {},
        'sum',
      ),
    );
    const graph = b.build();
    expect(sinkTransposes(graph)).toBe(graph);
    expect(nodesOf(graph)).toContain('transpose');
  });

  it('does not broadcast otherwise than before', () => {
    const b = graphBuilder('broadcast');
    const x = b.node('transpose', [b.input('x', 'float32', [3, 3])], {}, 'turn');
    const wide = b.input('wide', 'float32', [2, 3, 3]);
    const row = b.input('row', 'float32', [3]);
    b.output(b.node('transpose', [b.node('add', [x, wide], {}, 'sum')], { perm: [0, 2, 1] }, 'back'));
    b.output(b.node('transpose', [b.node('add', [x, row], {}, 'other')], {}, 'again'));
    const graph = b.build();
    expect(equalAfter(graph, sinkTransposes)).toBe(graph);
  });
});
