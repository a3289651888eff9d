import { describe, expect, it } from 'vitest';
import { csr } from '../../src/formats/csr.ts';
import { dense, graphBuilder } from '../../src/graph/builder.ts';
import type { Graph, Node } from '../../src/graph/graph.ts';
import { removeDead } from '../../src/passes/dead.ts';
import { foldConstants } from '../../src/passes/fold.ts';
import { simplify } from '../../src/passes/simplify.ts';
import { equalAfter, nodesOf, weights } from './equal.ts';

describe('removeDead', () => {
  it('removes what nothing needs and keeps the signature', () => {
    const b = graphBuilder('dead');
    const x = b.input('x', 'float32', ['batch', 4]);
    b.input('unused', 'float32', [2]);
    b.constant('lost', weights([4], 1));
    const kept = b.node('relu', [x], {}, 'kept');
    b.node('exp', [b.node('neg', [kept], {}, 'dead1')], {}, 'dead2');
    b.output(kept);
    const after = equalAfter(b.build(), removeDead);
    expect(nodesOf(after)).toBe('kept:out = relu(x)  "kept"\noutput kept:out');
    expect([...after.constants.keys()]).toEqual([]);
    expect(after.inputs.map(({ name }) => name)).toEqual(['x', 'unused']);
  });

  it('drops optional outputs that nobody reads, and nodes whose only other outputs were such', () => {
    const b = graphBuilder('optional');
    const x = b.input('x', 'float32', ['batch', 1, 4, 4]);
    const [y] = b.nodes('maxPool', [x], 2, { kernel: [2, 2], strides: [2, 2] }, 'pool');
    b.output(y);
    b.nodes('maxPool', [y], 2, { kernel: [1, 1] }, 'idle');
    expect(nodesOf(equalAfter(b.build(), removeDead))).toBe(
      'pool:out0, _ = maxPool(x) {kernel=[2,2], strides=[2,2]}  "pool"\noutput pool:out0',
    );
  });

  it('keeps what updates need', () => {
    const b = graphBuilder('updates');
    const w = b.constant('w', weights([3], 1));
    b.update(w, b.node('neg', [w], {}, 'flip'));
    b.output(b.input('x', 'float32', [1]));
    const after = equalAfter(b.build(), removeDead);
    expect(after.nodes).toHaveLength(1);
    expect(after.constants.has('w')).toBe(true);
  });
});

describe('foldConstants', () => {
  it('computes what depends on constants only, through chains', () => {
    const b = graphBuilder('fold');
    const x = b.input('x', 'float32', ['batch', 3]);
    const half = b.node('mul', [b.constant('c', weights([3], 2)), b.scalar(0.5)], {}, 'half');
    b.output(b.node('add', [x, b.node('relu', [half], {}, 'positive')], {}, 'sum'));
    const after = equalAfter(b.build(), foldConstants);
    expect(nodesOf(after)).toBe('sum:out = add(x, positive:out)  "sum"\noutput sum:out');
    expect(after.constants.get('positive:out')).toMatchObject({ encoding: 'dense', dtype: 'float32', shape: [3] });
  });

  it('settles attributes that are left to constants, and computes shapes that follow from numbers', () => {
    const b = graphBuilder('open');
    const x = b.input('x', 'float32', ['batch', 3]);
    const shape = b.node(
      'neg',
      [b.constant('less', { encoding: 'dense', dtype: 'int64', shape: [1], data: BigInt64Array.of(-3n) })],
      {},
      'shape',
    );
    const ones = b.constant('one', dense([1], Float32Array.of(1)));
    const wide = {
      op: 'expand',
      name: 'wide',
      inputs: [ones, shape],
      outputs: ['wide:out'],
      attributes: { shape: { input: 1 } },
    };
    const built = b.build();
    const places: Node = {
      op: 'nonZero',
      name: 'places',
      inputs: ['wide:out'],
      outputs: ['places:out'],
      attributes: {},
    };
    const sum: Node = { op: 'add', name: 'sum', inputs: [x, 'wide:out'], outputs: ['y'], attributes: {} };
    const graph: Graph = { ...built, nodes: [...built.nodes, wide, places, sum], outputs: ['y'] };
    const after = foldConstants(graph);
    expect(nodesOf(after)).toBe('y = add(x, wide:out)  "sum"\noutput y');
    expect(after.constants.get('wide:out')).toMatchObject({ shape: [3], data: Float32Array.of(1, 1, 1) });
    expect(after.constants.get('places:out')).toMatchObject({ shape: [1, 3], data: BigInt64Array.of(0n, 1n, 2n) });
  });

  it('leaves alone what is updated, sparse, impure, an output, or too large', () => {
    const b = graphBuilder('stay');
    const x = b.input('x', 'float32', [4]);
    const moving = b.constant('moving', weights([4], 1));
    const { data } = weights([4, 4], 2);
    const sparse = b.constant(
      'sparse',
      csr.fromDense(
        data,
        [4, 4],
        1,
        Uint8Array.from(data, (v) => (v > 0 ? 1 : 0)),
      ),
    );
    const seed = b.constant('seed', { encoding: 'dense', dtype: 'int32', shape: [], data: Int32Array.of(3) });
    const small = b.constant('small', weights([4], 3));
    const stay = [
      b.node('neg', [moving], {}, 'of updated'),
      b.node('transpose', [sparse], {}, 'of sparse'),
      b.node('dropout', [small, seed], {}, 'impure'),
      b.node('expand', [small], { shape: [100_000, 4] }, 'large'),
    ];
    for (const value of stay) b.output(b.node('add', [x, b.node('reduceSum', [value], {}, `sum of ${value}`)]));
    b.output(b.node('neg', [small], {}, 'output'));
    b.update(moving, x);
    const graph = b.build();
    expect(foldConstants(graph)).toBe(graph);
    equalAfter(graph, foldConstants);
  });

  it('rounds to the element type, and does not touch int64 beyond what doubles hold', () => {
    const b = graphBuilder('types');
    const x = b.input('x', 'int64', [1]);
    const int64 = (name: string, value: bigint) =>
      b.constant(name, { encoding: 'dense', dtype: 'int64', shape: [1], data: BigInt64Array.of(value) });
    const [one, huge] = [int64('one', 1n), int64('huge', 2n ** 62n)];
    b.output(
      b.node('add', [x, b.node('add', [one, one], {}, 'two')]),
      b.node('sub', [x, b.node('add', [huge, one], {}, 'exact')]),
    );
    const after = foldConstants(b.build());
    expect(after.constants.get('two:out')).toMatchObject({ dtype: 'int64', data: BigInt64Array.of(2n) });
    expect(after.nodes.map(({ name }) => name)).toContain('exact');
  });
});

describe('simplify', () => {
  it('removes what does nothing, whatever the batch', () => {
    const b = graphBuilder('identities');
    const x = b.input('x', 'float32', ['batch', 1, 6]);
    let y = b.node('dropout', [x], { rate: 0.3 }, 'dropout');
    y = b.node('reshape', [y], { shape: [-1, 1, 6] }, 'reshape');
    y = b.node('cast', [y], { to: 'float32' }, 'cast');
    y = b.node('pad', [y], { pads: [0, 0, 0, 0, 0, 0] }, 'pad');
    y = b.node('concat', [y], { axis: 1 }, 'concat');
    y = b.node('expandLike', [y, x], {}, 'expandLike');
    b.output(b.node('relu', [y], {}, 'relu'));
    expect(nodesOf(equalAfter(b.build(), simplify))).toBe('relu:out = relu(x)  "relu"\noutput relu:out');
  });

  it('keeps what only looks alike', () => {
    const b = graphBuilder('different');
    const x = b.input('x', 'float32', ['batch', 3, 3]);
    const flat = b.node('reshape', [x], { shape: [-1, 3] }, 'other rank');
    b.output(
      b.node('relu', [b.node('transpose', [x], { perm: [0, 2, 1] }, 'moves numbers')]),
      b.node('relu', [flat]),
      b.node('cast', [b.node('cast', [x], { to: 'int32' }, 'rounds')], { to: 'float32' }, 'back'),
    );
    const graph = b.build();
    expect(simplify(graph).nodes).toHaveLength(graph.nodes.length);
    equalAfter(graph, simplify);
  });

  it('joins transposes and drops those that cancel', () => {
    const b = graphBuilder('transposes');
    const x = b.input('x', 'float32', ['batch', 3, 4]);
    const t = b.node('transpose', [x], { perm: [1, 2, 0] }, 'first');
    b.output(b.node('neg', [b.node('transpose', [t], { perm: [2, 0, 1] }, 'back')], {}, 'cancels'));
    b.output(b.node('neg', [b.node('transpose', [t], { perm: [0, 2, 1] }, 'second')], {}, 'joins'));
    b.output(b.node('neg', [b.node('transpose', [b.node('transpose', [x])])], {}, 'reversals'));
    expect(nodesOf(equalAfter(b.build(), (graph) => removeDead(simplify(graph))))).toBe(
      [
        'cancels:out = neg(x)  "cancels"',
        'second:out = transpose(x) {perm=[1,0,2]}  "second"',
        'joins:out = neg(second:out)  "joins"',
        'reversals:out = neg(x)  "reversals"',
        'output cancels:out, joins:out, reversals:out',
      ].join('\n'),
    );
  });

  it('lets the names of outputs and updated values survive', () => {
    const b = graphBuilder('names');
    const x = b.input('x', 'float32', [2]);
    const made = b.node('neg', [x], {}, 'made');
    const same = b.node('dropout', [made], {}, 'same');
    b.output(
      same,
      b.node('relu', [made], {}, 'reader'),
      b.node('dropout', [x], {}, 'input'),
      b.node('dropout', [same], {}, 'again'),
    );
    expect(nodesOf(equalAfter(b.build(), simplify))).toBe(
      [
        'same:out = neg(x)  "made"',
        'reader:out = relu(same:out)  "reader"',
        'input:out = dropout(x)  "input"',
        'again:out = dropout(same:out)  "again"',
        'output same:out, reader:out, input:out, again:out',
      ].join('\n'),
    );
  });

  it('still drops dropouts where shapes cannot be inferred for any of the extents tried', () => {
    const b = graphBuilder('odd');
    const x = b.input('x', 'float32', ['n', 3]);
    b.output(b.node('relu', [b.node('reshape', [b.node('dropout', [x], {}, 'idle')], { shape: [7, 3] })], {}, 'end'));
    expect(simplify(b.build()).nodes.map(({ op }) => op)).toEqual(['reshape', 'relu']);
  });
});
