import { describe, expect, it } from 'vitest';
import type { Constant } from '../../src/formats/constant.ts';
import { formats } from '../../src/formats/table.ts';
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { removeDead } from '../../src/passes/dead.ts';
import { dropHeads } from '../../src/passes/drop-heads.ts';
import { equalAfter, weights } from './equal.ts';

const [HEADS, SIZE, WIDTH] = [4, 2, 8];
const drop = (graph: Graph) => removeDead(dropHeads(graph));

type Encode = (data: Float32Array, shape: number[], outputAxis: number) => Constant;
const dense: Encode = (data, shape) => ({ encoding: 'dense', dtype: 'float32', shape, data });

/** A matrix [rows, columns] with the features of the given heads along one axis at 0. */
function emptied(seed: number, shape: number[], axis: number, heads: readonly number[], first = 0): Float32Array {
  const { data } = weights(shape, seed);
  return data.map((value, i) => {
    const feature = (axis === 0 ? Math.floor(i / shape[1]) : i % shape[1]) - first;
    return feature >= 0 && heads.includes(Math.floor(feature / SIZE)) ? 0 : value;
  });
}

interface Case {
  /** Heads without values, and heads that nobody reads. */
  readonly empty?: readonly number[];
  readonly unread?: readonly number[];
  readonly fused?: boolean;
  readonly biases?: boolean;
  readonly flat?: boolean;
  readonly encode?: Encode;
  readonly mask?: readonly (number | string)[];
  readonly alsoRead?: boolean;
}

function modelOf(given: Case): Graph {
  const { empty = [], unread = [], fused, biases, flat, encode = dense, mask, alsoRead } = given;
  const b = graphBuilder('heads');
  const x = b.input('x', 'float32', ['n', 's', 5]);
  const product = (name: string, data: Float32Array, width: number) => {
    const weight = b.constant(`${name}.weight`, encode(data, [5, width], 1));
    return b.node('matmul', [x, weight, ...(biases ? [b.constant(`${name}.bias`, weights([width], 9))] : [])]);
  };
  const inputs = fused
    ? new Array(3).fill(product('qkv', emptied(4, [5, 3 * WIDTH], 1, empty, 2 * WIDTH), 3 * WIDTH))
    : ['q', 'k', 'v'].map((name, i) => product(name, emptied(i + 1, [5, WIDTH], 1, name === 'v' ? empty : []), WIDTH));
  const places = fused ? { headSizes: [SIZE, SIZE], starts: [0, WIDTH, 2 * WIDTH] } : {};
  const added = mask ? [b.input('mask', 'float32', mask)] : [];
  const y = b.node('attention', [...inputs, ...added], { heads: HEADS, scale: 0.4, ...places });
  if (alsoRead) b.output(b.node('neg', [y]));
  const tokens = flat ? b.node('reshape', [y], { shape: [-1, WIDTH] }) : y;
  const out = b.constant('out.weight', encode(emptied(7, [WIDTH, 6], 0, unread), [WIDTH, 6], 1));
  b.output(b.node('matmul', [tokens, out, ...(biases ? [b.constant('out.bias', weights([6], 8))] : [])]));
  return b.build();
}

const headsOf = ({ nodes }: Graph) => nodes.find(({ op }) => op === 'attention')?.attributes.heads;

describe('dropHeads', () => {
  it.each<[string, Case, number]>([
    ['a head without values', { empty: [1] }, 3],
    ['a head that is not read', { unread: [0] }, 3],
    ['both', { empty: [1], unread: [3], biases: true }, 2],
    ['heads of one product', { fused: true, empty: [0, 2] }, 2],
    ['heads of one product, with biases', { fused: true, empty: [3], unread: [1], biases: true }, 2],
    ['heads whose values are a bias', { empty: [2], biases: true }, 3],
    ['heads before a matrix of all tokens', { empty: [0], flat: true }, 3],
    ['heads of csr weights', { empty: [1], encode: formats.csr.fromDense }, 3],
    [
      'heads of bsr weights',
      {
        unread: [1, 2],
        encode: (data, shape, axis) => formats.bsr.fromDense(data, shape, axis, undefined, { block: [2, 1] }),
      },
      2,
    ],
    ['heads under a mask of keys', { empty: [1], mask: ['n', 1, 1, 's'] }, 3],
    ['all but one where none does anything', { empty: [0, 1, 2, 3] }, 1],
  ])('leaves out %s', (_, given, heads) => {
    const graph = modelOf(given);
    const after = equalAfter(graph, drop);
    expect(headsOf(after)).toBe(heads);
    for (const [name, { shape, encoding }] of after.constants) {
      expect(encoding, name).toBe(graph.constants.get(name)?.encoding ?? 'dense');
      if (/^(q|k|v|qkv)\.weight/.test(name)) expect(shape[1] % (heads * SIZE), name).toBe(0);
      if (name.startsWith('out.weight')) expect(shape).toEqual([heads * SIZE, 6]);
    }
  });

  it.each<[string, Case]>([
    ['no head is empty', {}],
    ['somebody else reads the result', { empty: [1], alsoRead: true }],
    ['every head has a mask of its own', { empty: [1], mask: [HEADS, 's', 's'] }],
  ])('changes nothing where %s', (_, given) => {
    expect(headsOf(drop(modelOf(given)))).toBe(HEADS);
  });
});
