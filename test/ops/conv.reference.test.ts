import { describe, expect, it } from 'vitest';
import type { Attributes } from '../../src/core/attributes.ts';
import type { Shape } from '../../src/core/shape.ts';
import { storedPositions } from '../../src/formats/positions.ts';
import { counting, numbersOf, run } from './run.ts';
import { floats, sampleGraph, sparse } from './samples/sample.ts';

const image = floats([1, 1, 5, 5], { data: counting(25) });
const ones = floats([1, 1, 3, 3], { data: new Array(9).fill(1) });

describe('conv2d, by the examples of the ONNX documentation', () => {
  it('with padding', () => {
    const y = run('conv2d', [image, ones], { pads: [1, 1, 1, 1] })[0];
    expect(y.shape).toEqual([1, 1, 5, 5]);
    const rows = [
      [12, 21, 27, 33, 24],
      [33, 54, 63, 72, 51],
      [63, 99, 108, 117, 81],
      [93, 144, 153, 162, 111],
      [72, 111, 117, 123, 84],
    ];
    expect([...y.data]).toEqual(rows.flat());
  });

  it('without padding', () => {
    expect(numbersOf('conv2d', [image, ones])).toEqual([54, 63, 72, 99, 108, 117, 144, 153, 162]);
  });

  it('with strides and asymmetric padding', () => {
    const tall = floats([1, 1, 7, 5], { data: counting(35) });
    const along = run('conv2d', [tall, ones], { pads: [1, 0, 1, 0], strides: [2, 2] })[0];
    expect(along.shape).toEqual([1, 1, 4, 2]);
    expect([...along.data]).toEqual([21, 33, 99, 117, 189, 207, 171, 183]);
  });
});

/** Convolution as a matrix product: every output row is a patch, gathered with explicit zero padding. */
function byPatches(
  x: Float64Array,
  [n, c, h, w]: Shape,
  f: Float64Array,
  [oc, pg, kh, kw]: Shape,
  a: Attributes,
): number[] {
  const [[sy, sx], [top, left, bottom, right], [dy, dx]] = [a.strides, a.pads, a.dilations] as number[][];
  const group = a.group as number;
  const padded = (i: number, ch: number, row: number, column: number) => {
    const [y, z] = [row - top, column - left];
    return y < 0 || z < 0 || y >= h || z >= w ? 0 : x[((i * c + ch) * h + y) * w + z];
  };
  const out: number[] = [];
  for (let i = 0; i < n; i++)
    for (let o = 0; o < oc; o++)
      for (let row = 0; row + (kh - 1) * dy < h + top + bottom; row += sy)
        for (let column = 0; column + (kw - 1) * dx < w + left + right; column += sx) {
          const firstChannel = Math.floor((o * group) / oc) * pg;
          const patch = counting(pg * kh * kw).map((p) =>
            padded(
              i,
              firstChannel + Math.floor(p / (kh * kw)),
              row + (Math.floor(p / kw) % kh) * dy,
              column + (p % kw) * dx,
            ),
          );
          out.push(patch.reduce((sum, value, p) => sum + value * f[o * patch.length + p], 0));
        }
  return out;
}

const cases: readonly { x: Shape; w: Shape; attributes: Attributes }[] = [
  {
    x: [2, 3, 5, 6],
    w: [4, 3, 3, 2],
    attributes: { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 },
  },
  {
    x: [1, 2, 7, 8],
    w: [3, 2, 3, 3],
    attributes: { strides: [2, 1], pads: [1, 0, 2, 1], dilations: [1, 2], group: 1 },
  },
  {
    x: [2, 4, 5, 5],
    w: [6, 2, 2, 3],
    attributes: { strides: [1, 3], pads: [0, 2, 1, 0], dilations: [2, 1], group: 2 },
  },
  {
    x: [1, 3, 4, 4],
    w: [6, 1, 3, 3],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1], dilations: [1, 1], group: 3 },
  },
];

describe.each(cases)('conv2d of $x with $w', ({ x, w, attributes }) => {
  const { feeds } = sampleGraph({ op: 'conv2d', about: 'case', inputs: [floats(x), floats(w)], attributes });
  const [image, filters] = [...feeds.values()].map((value) => value.data);
  const given = [floats(x, { data: [...image] }), floats(w, { data: [...filters] })] as const;
  const [y] = run('conv2d', given, attributes);
  const dy = floats(y.shape, { data: [...y.data] });

  it('is a product of patches and filters', () => {
    const want = byPatches(image, x, filters, w, attributes);
    expect(y.data.length).toBe(want.length);
    want.forEach((value, i) => {
      expect(y.data[i]).toBeCloseTo(value, 10);
    });
  });

  // The forward pass is linear in x and in w, so <conv(x, w), dy> = <x, dx> = <w, dw>.
  it('has the adjoint maps as gradients', () => {
    const square = y.data.reduce((sum, value) => sum + value ** 2, 0);
    const inner = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    const [dx] = run('conv2dInputGrad', [dy, given[1], floats(x)], attributes);
    const [dw] = run('conv2dWeightGrad', [dy, given[0], floats(w)], attributes);
    expect(dx.shape).toEqual(x);
    expect(dw.shape).toEqual(w);
    // dy reaches the gradients rounded to float32.
    expect(inner(image, dx.data) / square).toBeCloseTo(1, 6);
    expect(inner(filters, dw.data) / square).toBeCloseTo(1, 6);
  });
});

describe('gradients of sparse filters', () => {
  const inputs = [
    floats([2, 6, 3, 3]),
    floats([2, 2, 5, 5]),
    sparse([6, 2, 3, 3], 'bsr', 0, { block: [4, 1] }),
  ] as const;

  it('are the dense ones at the stored positions', () => {
    const { graph } = sampleGraph({ op: 'conv2dWeightGrad', about: 'one run', inputs });
    const positions = storedPositions([...graph.constants.values()][0]);
    const [dense] = run('conv2dWeightGrad', inputs, { dense: true });
    const [stored] = run('conv2dWeightGrad', inputs);
    expect(dense.shape).toEqual([6, 2, 3, 3]);
    expect([...stored.data]).toEqual(Array.from(positions, (at) => (at === 0xffffffff ? 0 : dense.data[at])));
    expect(positions).toContain(0xffffffff);
  });
});

describe('pooling, by the examples of the ONNX documentation', () => {
  const x = floats([1, 1, 5, 5], { data: counting(25).map((i) => i + 1) });

  it('maxPool with padding, and indices', () => {
    const [y, indices] = run('maxPool', [x], { kernel: [5, 5], pads: [2, 2, 2, 2] }, 2);
    const rows = [13, 14, 15, 15, 15, 18, 19, 20, 20, 20, 23, 24, 25, 25, 25, 23, 24, 25, 25, 25, 23, 24, 25, 25, 25];
    expect([...y.data]).toEqual(rows);
    expect([...indices.data]).toEqual(rows.map((value) => value - 1));
  });

  it('maxPool with ceilMode and with dilations', () => {
    const square = floats([1, 1, 4, 4], { data: counting(16).map((i) => i + 1) });
    expect(numbersOf('maxPool', [square], { kernel: [3, 3], strides: [2, 2], ceilMode: true })).toEqual([
      11, 12, 15, 16,
    ]);
    expect(numbersOf('maxPool', [square], { kernel: [2, 2], dilations: [2, 2] })).toEqual([11, 12, 15, 16]);
  });

  it('maxPool lets NaN win and picks the first of equals', () => {
    const data = [1, Number.NaN, 2, 3, 3, 1];
    const [y, indices] = run('maxPool', [floats([1, 1, 1, 6], { data })], { kernel: [1, 2] }, 2);
    expect([...y.data]).toEqual([Number.NaN, Number.NaN, 3, 3, 3]);
    expect([...indices.data]).toEqual([1, 1, 3, 3, 4]);
  });

  it('avgPool with padding, counted or not', () => {
    const padded = { kernel: [5, 5], pads: [2, 2, 2, 2] };
    const got = numbersOf('avgPool', [x], padded);
    expect(got[0]).toBeCloseTo(7, 12);
    expect(got[12]).toBeCloseTo(13, 12);
    expect(got[24]).toBeCloseTo(19, 12);
    const counted = numbersOf('avgPool', [x], { ...padded, countIncludePad: true });
    expect(counted[0]).toBeCloseTo(2.52, 12);
    expect(counted[12]).toBeCloseTo(13, 12);
    expect(counted[24]).toBeCloseTo(6.84, 12);
  });

  it('avgPool with ceilMode', () => {
    const square = floats([1, 1, 4, 4], { data: counting(16).map((i) => i + 1) });
    const got = numbersOf('avgPool', [square], { kernel: [3, 3], strides: [2, 2], ceilMode: true });
    [6, 7.5, 12, 13.5].forEach((value, i) => {
      expect(got[i]).toBeCloseTo(value, 12);
    });
    // Padding counts, what sticks out beyond it does not: the last window of width 5 has 2 columns, one of them padding.
    const edge = floats([1, 1, 1, 5], { data: [1, 2, 3, 4, 6] });
    const last = { kernel: [1, 3], strides: [1, 2], pads: [0, 1, 0, 0], ceilMode: true, countIncludePad: true };
    const means = numbersOf('avgPool', [edge], last);
    [1, 3, 5].forEach((value, i) => {
      expect(means[i]).toBeCloseTo(value, 12);
    });
  });

  it('globalAvgPool', () => {
    const [y] = run('globalAvgPool', [floats([1, 2, 2, 2], { data: [1, 2, 3, 6, 0, 0, 0, 8] })]);
    expect([y.shape, [...y.data]]).toEqual([
      [1, 2, 1, 1],
      [3, 2],
    ]);
  });
});

describe('a window that cannot be', () => {
  const x = floats([1, 2, 4, 4]);
  const w = floats([2, 2, 3, 3]);
  const refusals: readonly [string, () => unknown, string][] = [
    [
      'larger than the padded input',
      () => run('conv2d', [x, floats([2, 2, 5, 5])]),
      'want a window that fits the padded height 4, got one that spans 5',
    ],
    [
      'spread beyond the input',
      () => run('conv2d', [x, w], { dilations: [1, 2] }),
      'fits the padded width 4, got one that spans 5',
    ],
    ['without taps', () => run('conv2d', [x, floats([2, 2, 0, 3])]), 'want a window that fits the padded height 4'],
    [
      'stride 0',
      () => run('conv2d', [x, w], { strides: [0, 1] }),
      'want strides as 2 whole numbers in [1, 2147483647], got [0, 1]',
    ],
    ['half a stride', () => run('conv2d', [x, w], { strides: [1.5, 1] }), 'got [1.5, 1]'],
    [
      'negative pads',
      () => run('conv2d', [x, w], { pads: [0, -1, 0, 0] }),
      'want pads as 4 whole numbers in [0, 2147483647]',
    ],
    ['two pads', () => run('conv2d', [x, w], { pads: [1, 1] }), 'want pads as 4 whole numbers'],
    [
      'wrong channels',
      () => run('conv2d', [floats([1, 3, 4, 4]), w]),
      'want [N, C, H, W] * [OC, C / 1, KH, KW] with OC a multiple of 1, got [1, 3, 4, 4] * [2, 2, 3, 3]',
    ],
    [
      'groups that do not divide',
      () => run('conv2d', [floats([1, 6, 4, 4]), w], { group: 3 }),
      'with OC a multiple of 3',
    ],
    ['no group', () => run('conv2d', [x, w], { group: 0 }), 'want a group that is a whole number >= 1, got 0'],
    ['a wrong bias', () => run('conv2d', [x, w, floats([3])]), 'want input 2 as float32 [2], got float32 [3]'],
    [
      'integers',
      () => run('conv2d', [{ dtype: 'int32', shape: [1, 2, 4, 4] }, w]),
      'want floats as input 0, got int32',
    ],
    [
      'output too large',
      () => run('conv2d', [x, w], { pads: [2147483647, 0, 2147483647, 0] }),
      'want an output height <= 2147483647',
    ],
    [
      'a gradient of another size',
      () => run('conv2dInputGrad', [floats([1, 2, 3, 3]), w, x]),
      'want input 0 as float32 [1, 2, 2, 2], got float32 [1, 2, 3, 3]',
    ],
    [
      'pooling of padding alone',
      () => run('maxPool', [x], { kernel: [2, 2], pads: [2, 0, 0, 0] }),
      'want windows that touch the input, got window 0 along height in padding alone',
    ],
    [
      'pooling around the input',
      () => run('maxPool', [floats([1, 1, 1, 1])], { kernel: [1, 2], dilations: [1, 2], pads: [0, 1, 0, 1] }),
      'window 0 along width in padding alone',
    ],
    [
      'pooling behind the input',
      () => run('avgPool', [x], { kernel: [2, 2], pads: [0, 0, 0, 2] }),
      'window 4 along width in padding alone',
    ],
    ['pooling without a kernel', () => run('maxPool', [x]), 'want attribute kernel, got none'],
    [
      'pooling of a matrix',
      () => run('maxPool', [floats([4, 4])], { kernel: [2, 2] }),
      'want [N, C, ...] and a kernel over the axes behind C, got [4, 4] and [2, 2]',
    ],
    [
      'a mean of nothing',
      () => run('globalAvgPool', [floats([1, 2, 0, 4])]),
      'at least one element per channel, got [1, 2, 0, 4]',
    ],
  ];
  it.each(refusals)('is refused: %s', (_, attempt, message) => {
    expect(attempt).toThrow(message);
  });

  it('maxPoolGrad refuses an index outside the plane', () => {
    const indices = { dtype: 'int32', shape: [1, 1, 1, 1], data: [4] } as const;
    expect(() => run('maxPoolGrad', [floats([1, 1, 1, 1]), indices, floats([1, 1, 2, 2])])).toThrow(
      'want indices in [0, 4), got 4',
    );
  });
});
