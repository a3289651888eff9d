import { describe, expect, it } from 'vitest';
import { csr } from '../../src/formats/csr.ts';
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { removeDead } from '../../src/passes/dead.ts';
import { foldAffine } from '../../src/passes/fold-affine.ts';
import { fuseEpilogue } from '../../src/passes/fuse.ts';
import { equalAfter, nodesOf, weights } from './equal.ts';

const fuse = (graph: Graph) => removeDead(fuseEpilogue(graph));

it('foldAffine leaves statistics of a wrong length for inference to name', () => {
  const b = graphBuilder('wrong');
  const x = b.input('x', 'float32', ['batch', 2, 5, 5]);
  const y = b.node('conv2d', [x, b.constant('w', weights([3, 2, 3, 3], 1))], {}, 'conv');
  const of = (name: string, n: number) => b.constant(name, weights([n], 2));
  b.output(b.node('batchNorm', [y, of('scale', 3), of('bias', 3), of('mean', 2), of('variance', 3)], {}, 'norm'));
  expect(foldAffine(b.build()).nodes.map(({ op }) => op)).toEqual(['conv2d', 'batchNorm']);
});

describe('fuseEpilogue', () => {
  it('takes bias and relu into a matmul, in either order of the operands', () => {
    const b = graphBuilder('matmul');
    const x = b.input('x', 'float32', ['batch', 2, 4]);
    const [w, bias] = [b.constant('w', weights([4, 5], 1)), b.constant('bias', weights([1, 5], 2))];
    const sum = b.node('add', [bias, b.node('matmul', [x, w], {}, 'fc')], {}, 'sum');
    b.output(b.node('relu', [sum], {}, 'relu'));
    const after = equalAfter(b.build(), fuse);
    expect(nodesOf(after)).toBe('relu:out = matmul(x, w, bias) {activation="relu"}  "fc"\noutput relu:out');
    expect(after.constants.get('bias')?.shape).toEqual([5]);
  });

  it('takes bias and clip into a convolution', () => {
    const b = graphBuilder('conv');
    const x = b.input('x', 'float32', ['batch', 2, 5, 5]);
    const y = b.node('conv2d', [x, b.constant('w', weights([3, 2, 3, 3], 1))], { pads: [1, 1, 1, 1] }, 'conv');
    const sum = b.node('add', [y, b.constant('bias', weights([3, 1, 1], 2))]);
    b.output(b.node('clip', [sum], { min: 0, max: 6 }, 'relu6'));
    expect(nodesOf(equalAfter(b.build(), fuse))).toBe(
      'relu6:out = conv2d(x, w, bias) {pads=[1,1,1,1], activation="clip", min=0, max=6}  "conv"\noutput relu6:out',
    );
  });

  it('gives a bias that others read a copy of its own', () => {
    const b = graphBuilder('shared');
    const x = b.input('x', 'float32', ['batch', 4]);
    const bias = b.constant('bias', weights([1, 5], 2));
    const sum = b.node('add', [b.node('matmul', [x, b.constant('w', weights([4, 5], 1))], {}, 'fc'), bias], {}, 'sum');
    b.output(b.node('mul', [sum, bias], {}, 'reader'));
    expect(nodesOf(equalAfter(b.build(), fuse))).toBe(
      'sum:out = matmul(x, w, bias.1)  "fc"\nreader:out = mul(sum:out, bias)  "reader"\noutput reader:out',
    );
  });

  it.each<[string, (b: ReturnType<typeof graphBuilder>, x: string, y: string) => void]>([
    ['others read the product', (b, _, y) => b.output(b.node('relu', [y]), b.node('neg', [y]))],
    ['the product is an output', (b, _, y) => b.output(y, b.node('relu', [y]))],
    ['the product is added to itself', (b, _, y) => b.output(b.node('add', [y, y]))],
    ['the residual is broadcast', (b, _, y) => b.output(b.node('add', [y, b.input('r', 'float32', [1, 4])]))],
    ['the residual widens the product', (b, _, y) => b.output(b.node('add', [y, b.input('r', 'float32', [2, 1, 4])]))],
    [
      'leakyRelu, whose slope is no attribute of products',
      (b, _, y) => b.output(b.node('leakyRelu', [y], { alpha: 0.1 })),
    ],
    [
      'the constant varies along the rows',
      (b, _, y) => b.output(b.node('add', [y, b.constant('c', weights([3, 1], 3))])),
    ],
    ['the constant raises the rank', (b, _, y) => b.output(b.node('add', [y, b.constant('c', weights([1, 1, 4], 3))]))],
    [
      'a bias to be reshaped is updated',
      (b, _, y) => {
        b.output(b.node('add', [y, b.constant('c', weights([1, 4], 3))]));
        b.update('c', b.node('neg', ['c']));
      },
    ],
  ])('leaves alone: %s', (_, extend) => {
    const b = graphBuilder('alone');
    const x = b.input('x', 'float32', ['batch', 4]);
    extend(b, x, b.node('matmul', [x, b.constant('w', weights([4, 4], 1))], {}, 'fc'));
    const graph = b.build();
    expect(equalAfter(graph, fuse).nodes).toHaveLength(graph.nodes.length);
  });

  it.each([
    ['gelu', {}, 'gelu'],
    ['gelu', { approximate: 'tanh' }, 'geluTanh'],
    ['hardSwish', {}, 'hardSwish'],
    ['sigmoid', {}, 'sigmoid'],
    ['tanh', {}, 'tanh'],
  ] as const)('takes %s %j', (op, attributes, activation) => {
    const b = graphBuilder('activation');
    const y = b.node('matmul', [b.input('x', 'float32', ['n', 4]), b.constant('w', weights([4, 3], 1))], {}, 'fc');
    b.output(b.node(op, [y], attributes, 'act'));
    expect(nodesOf(equalAfter(b.build(), fuse))).toBe(
      `act:out = matmul(x, w) {activation="${activation}"}  "fc"\noutput act:out`,
    );
  });

  it('takes a residual behind the activation, and nothing after it', () => {
    const b = graphBuilder('behind');
    const x = b.input('x', 'float32', ['n', 4]);
    const y = b.node('matmul', [x, b.constant('w', weights([4, 4], 1))], {}, 'fc');
    const sum = b.node('add', [x, b.node('gelu', [y], {}, 'gelu')], {}, 'sum');
    b.output(b.node('relu', [b.node('add', [sum, b.constant('c', weights([4], 2))], {}, 'late')], {}, 'relu'));
    expect(nodesOf(equalAfter(b.build(), fuse))).toBe(
      [
        'sum:out = matmul(x, w, _, x) {activation="gelu", activationFirst=true}  "fc"',
        'late:out = add(sum:out, c)  "late"',
        'relu:out = relu(late:out)  "relu"',
        'output relu:out',
      ].join('\n'),
    );
  });

  it('takes a residual before the activation, and moves to where it is made', () => {
    const b = graphBuilder('block');
    const x = b.input('x', 'float32', ['n', 2, 5, 5]);
    const conv = (name: string, from: string) =>
      b.node('conv2d', [from, b.constant(`${name}.w`, weights([2, 2, 3, 3], 1))], { pads: [1, 1, 1, 1] }, name);
    const y = b.node('add', [conv('main', x), b.constant('bias', weights([2, 1, 1], 2))], {}, 'biased');
    const shortcut = b.node('maxPool', [b.node('abs', [x], {}, 'abs')], { kernel: [1, 1] }, 'pool');
    b.output(b.node('relu', [b.node('add', [y, shortcut], {}, 'sum')], {}, 'relu'));
    expect(nodesOf(equalAfter(b.build(), fuse))).toBe(
      [
        'abs:out = abs(x)  "abs"',
        'pool:out = maxPool(abs:out) {kernel=[1,1]}  "pool"',
        'relu:out = conv2d(x, main.w, bias, pool:out) {pads=[1,1,1,1], activation="relu"}  "main"',
        'output relu:out',
      ].join('\n'),
    );
  });

  it('adds one product to another where both are made', () => {
    const b = graphBuilder('two');
    const x = b.input('x', 'float32', ['n', 4]);
    const [v, w] = [b.constant('v', weights([4, 4], 1)), b.constant('w', weights([4, 4], 2))];
    const [first, second] = [b.node('matmul', [x, v], {}, 'first'), b.node('matmul', [x, w], {}, 'second')];
    b.output(b.node('add', [first, second], {}, 'sum'));
    expect(nodesOf(equalAfter(b.build(), fuse))).toBe(
      'first:out = matmul(x, v)  "first"\nsum:out = matmul(x, w, _, first:out)  "second"\noutput sum:out',
    );
  });

  it('does not take a constant for a bias that widens a product of one column', () => {
    const b = graphBuilder('widen');
    const x = b.input('x', 'float32', ['batch', 4]);
    const y = b.node('matmul', [x, b.constant('w', weights([4, 1], 1))]);
    b.output(b.node('add', [y, b.constant('c', weights([5], 2))]));
    expect(equalAfter(b.build(), fuse).nodes).toHaveLength(2);
  });

  it('adds nothing behind an activation, and fuses an updated bias that has its shape already', () => {
    const b = graphBuilder('training');
    const x = b.input('x', 'float32', ['batch', 4]);
    const bias = b.constant('bias', weights([3], 2));
    const y = b.node('add', [b.node('matmul', [x, b.constant('w', weights([4, 3], 1))], {}, 'fc'), bias], {}, 'sum');
    const z = b.node('add', [b.node('relu', [y], {}, 'relu'), b.constant('c', weights([3], 3))], {}, 'after');
    b.output(z);
    b.update(bias, b.node('sumLike', [z, bias], {}, 'gradient'));
    expect(nodesOf(equalAfter(b.build(), fuse))).toBe(
      [
        'relu:out = matmul(x, w, bias) {activation="relu"}  "fc"',
        'after:out = add(relu:out, c)  "after"',
        'gradient:out = sumLike(after:out, bias)  "gradient"',
        'update bias <- gradient:out',
        'output after:out',
      ].join('\n'),
    );
  });
});

/** `x` normalised with statistics of its own. */
function batchNorm(b: ReturnType<typeof graphBuilder>, x: string, channels: number, name = 'norm'): string {
  const positive = weights([channels], 5);
  const inputs = ['scale', 'bias', 'mean'].map((role, i) => b.constant(`${name}.${role}`, weights([channels], 6 + i)));
  const variance = b.constant(`${name}.variance`, { ...positive, data: positive.data.map((v) => v * v) });
  return b.node('batchNorm', [x, ...inputs, variance], { epsilon: 1e-3 }, name);
}

describe('foldAffine', () => {
  const fold = (graph: Graph) => removeDead(foldAffine(graph));

  it.each([
    ['without bias', 1, false],
    ['with bias', 1, true],
    ['in groups', 2, true],
  ] as const)('works it into a convolution %s', (_, group, biased) => {
    const b = graphBuilder('conv');
    const x = b.input('x', 'float32', ['batch', 4, 5, 5]);
    const w = b.constant('w', weights([6, 4 / group, 3, 3], 1));
    const y = b.node('conv2d', biased ? [x, w, b.constant('b', weights([6], 2))] : [x, w], { group }, 'conv');
    b.output(b.node('relu', [batchNorm(b, y, 6)], {}, 'relu'));
    const after = equalAfter(b.build(), fold);
    expect(after.nodes.map(({ op }) => op)).toEqual(['conv2d', 'relu']);
    expect([...after.constants.keys()]).toEqual(['w', biased ? 'b' : 'conv.bias']);
  });

  it.each([false, true])('works it into a matmul of rank 2 (transposeB %s)', (transposeB) => {
    const b = graphBuilder('matmul');
    const x = b.input('x', 'float32', ['batch', 4]);
    b.output(
      batchNorm(b, b.node('matmul', [x, b.constant('w', weights(transposeB ? [5, 4] : [4, 5], 1))], { transposeB }), 5),
    );
    expect(equalAfter(b.build(), fold).nodes.map(({ op }) => op)).toEqual(['matmul']);
  });

  it('keeps a sparse weight sparse, position by position', () => {
    const b = graphBuilder('sparse');
    const x = b.input('x', 'float32', ['batch', 4, 5, 5]);
    const { data, shape } = weights([6, 4, 3, 3], 1);
    const w = csr.fromDense(
      data,
      shape,
      0,
      Uint8Array.from(data, (v) => (v > 1 ? 1 : 0)),
    );
    b.output(batchNorm(b, b.node('conv2d', [x, b.constant('w', w)]), 6));
    const after = equalAfter(b.build(), fold);
    expect(after.constants.get('w')).toMatchObject({ encoding: 'csr', columns: w.columns, rowPointers: w.rowPointers });
    expect(after.nodes).toHaveLength(1);
  });

  it('leaves the weight of another product alone', () => {
    const b = graphBuilder('shared');
    const x = b.input('x', 'float32', ['batch', 4]);
    const w = b.constant('w', weights([4, 4], 1));
    b.output(b.node('matmul', [batchNorm(b, b.node('matmul', [x, w], {}, 'first'), 4), w], {}, 'second'));
    expect(nodesOf(equalAfter(b.build(), fold))).toBe(
      'norm:out = matmul(x, w.1, first.bias)  "first"\nsecond:out = matmul(norm:out, w)  "second"\noutput second:out',
    );
  });

  it.each<[string, (b: ReturnType<typeof graphBuilder>) => void]>([
    [
      'a matmul of rank 3',
      (b) => {
        const x = b.input('x', 'float32', ['batch', 5, 4]);
        b.output(batchNorm(b, b.node('matmul', [x, b.constant('w', weights([4, 5], 1))]), 5));
      },
    ],
    [
      'a product that others read',
      (b) => {
        const y = b.node('matmul', [b.input('x', 'float32', ['batch', 4]), b.constant('w', weights([4, 5], 1))]);
        b.output(batchNorm(b, y, 5), b.node('neg', [y]));
      },
    ],
    [
      'statistics that are updated',
      (b) => {
        const y = b.node('matmul', [b.input('x', 'float32', ['batch', 4]), b.constant('w', weights([4, 5], 1))]);
        b.output(batchNorm(b, y, 5));
        b.update('norm.mean', b.node('neg', ['norm.mean']));
      },
    ],
    [
      'a product with an activation',
      (b) => {
        const w = b.constant('w', weights([4, 5], 1));
        const y = b.node('matmul', [b.input('x', 'float32', ['batch', 4]), w], { activation: 'relu' });
        b.output(batchNorm(b, y, 5));
      },
    ],
  ])('leaves alone: %s', (_, extend) => {
    const b = graphBuilder('alone');
    extend(b);
    const graph = b.build();
    expect(equalAfter(graph, fold).nodes).toHaveLength(graph.nodes.length);
  });
});
