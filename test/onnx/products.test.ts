/** Products as ONNX spells them, at every opset, against onnxruntime. */
import { describe, expect, it } from 'vitest';
import type { DType } from '../../src/core/dtype.ts';
import { normal, random } from '../../src/core/random.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import { readOnnx } from '../../src/onnx/index.ts';
import { interpret } from '../../src/ops/interpret.ts';
import type { NdArray } from '../../src/ops/op.ts';
import { distance } from '../kernels/harness.ts';
import { float, type HandMade, int, ints, model, node, tensor, text } from './model.ts';
import { runOnnx } from './onnxruntime.ts';

type Port = readonly [name: string, dtype: DType, shape: Shape];

const generator = random(11);

function numbers({ length }: { readonly length: number }, dtype: DType): number[] {
  const whole = dtype === 'uint8' ? 8 : 0;
  return Array.from({ length }, () => {
    const x = normal(generator);
    return dtype === 'float32' || dtype === 'float64' ? x : Math.round(3 * x) + whole;
  });
}

/** Runs the model with numbers for its inputs by onnxruntime and by references; `open` leaves the extents of inputs to the feeds. */
async function compare(made: HandMade, ports: readonly Port[], open = false): Promise<void> {
  const inputs = ports.map(
    ([name, dtype, shape]) => [name, dtype, open ? shape.map((_, axis) => `${name}${axis}`) : shape] as const,
  );
  const feeds = new Map(
    ports.map(([name, dtype, shape]): [string, NdArray] => [
      name,
      { dtype, shape, data: Float64Array.from(numbers({ length: sizeOf(shape) }, dtype)) },
    ]),
  );
  const bytes = model({ outputs: ['y'], ...made, inputs });
  const want = (await runOnnx(bytes, feeds)).get('y');
  const got = interpret(readOnnx(bytes), feeds).get('y');
  expect(got?.dtype).toBe(want?.dtype);
  expect(got?.shape).toEqual(want?.shape);
  expect(distance(got?.data ?? [], want?.data ?? [])).toBeLessThan(1e-5);
}

const floats = (name: string, shape: Shape): Port => [name, 'float32', shape];

describe('Gemm', () => {
  const third: readonly (readonly [string, Shape | undefined])[] = [
    ['no C', undefined],
    ['a matrix', [3, 5]],
    ['a row', [5]],
    ['one row', [1, 5]],
    ['a column', [3, 1]],
    ['a scalar', []],
    ['one number', [1]],
  ];
  for (const opset of [7, 9, 11, 13])
    it.each(third.filter(([, shape]) => shape || opset >= 11))(`%s, opset ${opset}`, async (_, shape) => {
      for (const [alpha, beta, transA, transB] of [
        [1, 1, 0, 0],
        [0.5, 1, 1, 0],
        [1, -2, 0, 1],
        [0.25, 0.5, 1, 1],
        [2, 0, 0, 0],
      ]) {
        const attributes = { alpha: float(alpha), beta: float(beta), transA: int(transA), transB: int(transB) };
        const nodes = [node('Gemm', shape ? ['a', 'b', 'c'] : ['a', 'b'], ['y'], attributes)];
        const ports = [floats('a', transA ? [4, 3] : [3, 4]), floats('b', transB ? [5, 4] : [4, 5])];
        await compare({ opset, nodes }, shape ? [...ports, floats('c', shape)] : ports);
      }
    });

  it('double', () =>
    compare({ opset: 13, nodes: [node('Gemm', ['a', 'b', 'c'], ['y'], { alpha: float(0.5), beta: float(2) })] }, [
      ['a', 'float64', [3, 4]],
      ['b', 'float64', [4, 5]],
      ['c', 'float64', [5]],
    ]));

  it('refuses a fraction of integers', () => {
    const inputs = [
      ['a', 'int32', [3, 4]],
      ['b', 'int32', [4, 5]],
    ] as const;
    const nodes = [node('Gemm', ['a', 'b'], ['y'], { alpha: float(0.5) }, { name: 'g' })];
    expect(() => readOnnx(model({ opset: 13, nodes, inputs, outputs: ['y'] }))).toThrow(
      'Gemm "g": want alpha as a whole number for int32, got 0.5',
    );
  });
});

describe('MatMul', () => {
  const pairs: readonly (readonly [Shape, Shape])[] = [
    [[4], [4]],
    [[4], [4, 3]],
    [[3, 4], [4]],
    [[4], [2, 4, 3]],
    [[2, 3, 4], [4]],
    [
      [2, 1, 3, 4],
      [5, 4, 2],
    ],
  ];
  it.each(pairs)('%j x %j', async (a, b) => {
    const made = { nodes: [node('MatMul', ['a', 'b'], ['y'])] };
    await compare(made, [floats('a', a), floats('b', b)]);
    await compare(made, [floats('a', a), floats('b', b)], true);
    await compare(made, [
      ['a', 'int32', a],
      ['b', 'int32', b],
    ]);
  });
});

describe('Einsum', () => {
  const cases: readonly (readonly [equation: string, shapes: readonly Shape[]])[] = [
    [
      'bhid,bhjd->bhij',
      [
        [2, 3, 4, 5],
        [2, 3, 6, 5],
      ],
    ],
    [
      'bhij,bjhd->bihd',
      [
        [2, 3, 4, 5],
        [2, 5, 3, 6],
      ],
    ],
    [
      'bhid,hdo->bio',
      [
        [2, 3, 4, 5],
        [3, 5, 6],
      ],
    ],
    [
      'bsd,dhk->bshk',
      [
        [2, 3, 4],
        [4, 5, 6],
      ],
    ],
    [
      '...ij,...jk',
      [
        [2, 3, 4],
        [2, 4, 5],
      ],
    ],
    [
      'abc,cde,ef->abdf',
      [
        [2, 3, 4],
        [4, 2, 5],
        [5, 3],
      ],
    ],
    [
      'ab,cd->acbd',
      [
        [2, 3],
        [4, 5],
      ],
    ],
    ['i,ij,j->', [[3], [3, 4], [4]]],
    ['iij->j', [[3, 3, 4]]],
    [
      'abc,ab->c',
      [
        [2, 3, 4],
        [2, 3],
      ],
    ],
  ];
  it.each(cases)('%s', async (equation, shapes) => {
    const names = shapes.map((_, i) => `x${i}`);
    const made = { nodes: [node('Einsum', names, ['y'], { equation: text(equation) })] };
    const ports = shapes.map((shape, i) => floats(names[i], shape));
    await compare(made, ports);
    await compare(made, ports, true);
  });
});

describe('com.microsoft', () => {
  const own = { domain: 'com.microsoft' };

  it.each([
    [[2, 3, 4], [2, 4, 5], 0, 0, 0, 0],
    [[2, 4, 3], [2, 5, 4], 1, 1, 0, 0],
    [[3, 2, 4], [4, 2, 5], 0, 0, 1, 1],
    [[4, 2, 3], [5, 2, 4], 1, 1, 1, 1],
  ] as const)('FusedMatMul %j x %j', (a, b, transA, transB, transBatchA, transBatchB) => {
    const told = { transA, transB, transBatchA, transBatchB };
    const attributes = Object.fromEntries(Object.entries(told).map(([name, value]) => [name, int(value)]));
    const nodes = [node('FusedMatMul', ['a', 'b'], ['y'], { ...attributes, alpha: float(0.5) }, own)];
    return compare({ nodes }, [floats('a', a), floats('b', b)]);
  });

  it.each([
    ['4 bits', 4, 32, 40, 'none'],
    ['4 bits, zero points', 4, 16, 48, 'uint8'],
    ['8 bits', 8, 16, 32, 'none'],
  ] as const)('MatMulNBits of %s', (_, bits, size, k, zeros) => {
    const [n, count] = [5, Math.ceil(k / size)];
    const bytes = (length: number) => numbers({ length }, 'float32').map((x) => Math.abs(Math.round(x * 4000)) % 256);
    const blob = (size * bits) / 8;
    const initializers = [
      tensor('b', 'uint8', [n, count, blob], bytes(n * count * blob)),
      tensor('s', 'float32', [n * count], numbers({ length: n * count }, 'float32')),
      ...(zeros === 'uint8' ? [tensor('z', 'uint8', [n * Math.ceil(count / 2)], bytes(n * Math.ceil(count / 2)))] : []),
    ];
    const attributes = { K: int(k), N: int(n), bits: int(bits), block_size: int(size) };
    const names = zeros === 'none' ? ['a', 'b', 's'] : ['a', 'b', 's', 'z'];
    return compare({ nodes: [node('MatMulNBits', names, ['y'], attributes, own)], initializers }, [
      floats('a', [2, 3, k]),
    ]);
  });

  it.each([
    ['plain', {}, []],
    ['causal', { unidirectional: int(1) }, []],
    ['sizes and a scale', { qkv_hidden_sizes: ints([8, 8, 12]), scale: float(0.3) }, []],
    ['a mask', {}, [1, 1, 1, 0, 1, 0, 1, 1]],
  ] as const)('Attention, %s', (_, attributes, mask) => {
    const values = 'qkv_hidden_sizes' in attributes ? 12 : 8;
    const initializers = [
      tensor('w', 'float32', [6, 16 + values], numbers({ length: 6 * (16 + values) }, 'float32')),
      tensor('b', 'float32', [16 + values], numbers({ length: 16 + values }, 'float32')),
      ...(mask.length > 0 ? [tensor('m', 'int32', [2, 4], mask)] : []),
    ];
    const names = mask.length > 0 ? ['x', 'w', 'b', 'm'] : ['x', 'w', 'b'];
    const nodes = [node('Attention', names, ['y'], { num_heads: int(2), ...attributes }, own)];
    return compare({ nodes, initializers }, [floats('x', [2, 4, 6])]);
  });

  it.each([
    ['plain', {}, []],
    ['causal, a scale', { unidirectional: int(1), scale: float(0.3) }, []],
    ['a bias', {}, ['b']],
    ['a mask of keys', {}, ['m']],
    ['a bias of the scores', {}, ['s']],
    ['all of them', {}, ['b', 'm', 's']],
  ] as const)('MultiHeadAttention, %s', (_, attributes, extras) => {
    const initializers = [
      tensor('b', 'float32', [28], numbers({ length: 28 }, 'float32')),
      tensor('m', 'int32', [2, 5], [1, 1, 1, 0, 1, 0, 1, 1, 1, 1]),
      tensor('s', 'float32', [1, 2, 4, 5], numbers({ length: 40 }, 'float32')),
    ].filter(({ name }) => (extras as readonly string[]).includes(name ?? ''));
    const names = [
      'q',
      'k',
      'v',
      ...['b', 'm', 's'].map((name) => ((extras as readonly string[]).includes(name) ? name : '')),
    ];
    const nodes = [node('MultiHeadAttention', names, ['y'], { num_heads: int(2), ...attributes }, own)];
    const keys = 'unidirectional' in attributes ? 4 : 5;
    return compare({ nodes, initializers }, [
      floats('q', [2, 4, 8]),
      floats('k', [2, keys, 8]),
      floats('v', [2, keys, 12]),
    ]);
  });

  it.each([
    ['past keys', ['q', 'k', 'v', '', '', '', 'p', 'p'], {}, 'past_key is not supported'],
    ['no values', ['q', 'k'], {}, 'got ranks 3, 3, none'],
    ['unequal heads', ['q', 'k', 'v'], { num_heads: int(3) }, 'in 3 equal heads, got features [8, 8, 8]'],
  ] as const)('MultiHeadAttention refuses %s', (_, names, attributes, complaint) => {
    const nodes = [node('MultiHeadAttention', names, ['y'], { num_heads: int(2), ...attributes }, own)];
    const inputs = ['q', 'k', 'v', 'p'].map((name) => [name, 'float32', [2, 4, 8]] as const);
    expect(() => readOnnx(model({ nodes, inputs, outputs: ['y'] }))).toThrow(complaint);
  });
});
