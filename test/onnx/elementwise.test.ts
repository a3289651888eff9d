/** Elementwise ops in every version and form that ONNX and com.microsoft have, against onnxruntime. */
import { describe, expect, it } from 'vitest';
import type { DType } from '../../src/core/dtype.ts';
import { normal, random } from '../../src/core/random.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import { readOnnx } from '../../src/onnx/index.ts';
import type { TensorDraft } from '../../src/onnx/messages.ts';
import { interpret } from '../../src/ops/interpret.ts';
import type { NdArray } from '../../src/ops/op.ts';
import { distance } from '../kernels/harness.ts';
import { float, int, model, node, tensor, text } from './model.ts';
import { runOnnx } from './onnxruntime.ts';

interface Case {
  readonly opset: number;
  readonly opType: string;
  readonly shape: Shape;
  readonly about?: string;
  readonly dtype?: DType;
  readonly attributes?: Parameters<typeof node>[3];
  /** Further inputs. */
  readonly more?: readonly TensorDraft[];
  readonly domain?: string;
}

const row: Shape = [3, 4];
const weights = (name: string, shape: Shape) =>
  tensor(
    name,
    'float32',
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(3 * i + 1)),
  );
const scalar = (name: string, dtype: DType, value: number) => tensor(name, dtype, [], [value]);
const microsoft = 'com.microsoft';

const cases: readonly Case[] = [
  { opset: 7, opType: 'Elu', shape: row, attributes: { alpha: float(0.5) } },
  { opset: 7, opType: 'Selu', shape: row },
  { opset: 7, opType: 'Selu', shape: row, about: 'own numbers', attributes: { alpha: float(2), gamma: float(0.5) } },
  { opset: 12, opType: 'Celu', shape: row, attributes: { alpha: float(1.5) } },
  { opset: 7, opType: 'HardSigmoid', shape: row },
  { opset: 10, opType: 'ThresholdedRelu', shape: row, attributes: { alpha: float(0.25) } },
  { opset: 9, opType: 'Shrink', shape: row, attributes: { lambd: float(0.75), bias: float(0.25) } },
  { opset: 7, opType: 'PRelu', shape: [2, 3, 4], more: [weights('slope', [3, 1])] },
  { opset: 16, opType: 'PRelu', shape: [2, 3, 4], about: 'one slope', more: [weights('slope', [1])] },
  { opset: 18, opType: 'Mish', shape: row },
  { opset: 7, opType: 'Softplus', shape: row },
  { opset: 7, opType: 'Softsign', shape: row },
  { opset: 8, opType: 'Sum', shape: row, more: [weights('b', [4]), weights('c', [3, 1])] },
  { opset: 8, opType: 'Mean', shape: row, more: [weights('b', [4]), weights('c', [2, 1, 1])] },
  { opset: 13, opType: 'Mean', shape: row, about: 'of one' },
  { opset: 11, opType: 'Hardmax', shape: [2, 3, 4], attributes: { axis: int(1) } },
  { opset: 13, opType: 'Hardmax', shape: [2, 3, 4], attributes: { axis: int(1) } },
  { opset: 10, opType: 'IsInf', shape: row, attributes: { detect_negative: int(0) } },
  { opset: 13, opType: 'Mod', shape: row, attributes: { fmod: int(1) }, more: [weights('b', [4])] },
  { opset: 13, opType: 'Mod', shape: row, dtype: 'int32', more: [tensor('b', 'int32', [4], [3, -4, 5, -7])] },
  { opset: 13, opType: 'Pow', shape: row, dtype: 'int64', more: [scalar('b', 'int64', 3)] },
  {
    opset: 13,
    opType: 'Clip',
    shape: row,
    dtype: 'int64',
    more: [scalar('low', 'int64', -3), scalar('high', 'int64', 4)],
  },
  { opset: 13, opType: 'Cast', shape: row, about: 'to half', attributes: { to: int(10) } },
  { opset: 14, opType: 'Trilu', shape: [2, 4, 5] },
  {
    opset: 14,
    opType: 'Trilu',
    shape: [4, 5],
    about: 'lower',
    attributes: { upper: int(0) },
    more: [scalar('k', 'int64', -1)],
  },
  { opset: 20, opType: 'Gelu', shape: row, attributes: { approximate: text('tanh') } },
  { opset: 13, opType: 'FastGelu', shape: row, domain: microsoft },
  { opset: 13, opType: 'FastGelu', shape: row, about: 'biased', domain: microsoft, more: [weights('b', [4])] },
  { opset: 13, opType: 'BiasGelu', shape: row, domain: microsoft, more: [weights('b', [4])] },
  { opset: 13, opType: 'QuickGelu', shape: row, domain: microsoft, attributes: { alpha: float(1.5) } },
];

async function expectAgreement({ opset, opType, shape, dtype = 'float32', attributes, more = [], domain }: Case) {
  const generator = random(sizeOf(shape));
  const scale = dtype === 'float32' ? 1 : 10;
  const data = Float64Array.from({ length: sizeOf(shape) }, () => Math.fround(normal(generator)));
  const x: NdArray = { dtype, shape, data: scale === 1 ? data : data.map((value) => Math.round(scale * value)) };
  const inputs = ['x', ...more.map(({ name }) => name ?? '')];
  const half = opType === 'Cast';
  const nodes = [
    node(opType, inputs, [half ? 'half' : 'y'], attributes, domain === undefined ? {} : { domain }),
    ...(half ? [node('Cast', ['half'], ['y'], { to: int(1) })] : []),
  ];
  const bytes = model({ opset, nodes, inputs: [['x', dtype, shape]], initializers: more, outputs: ['y'] });
  const feeds = new Map([['x', x]]);
  const got = interpret(readOnnx(bytes), feeds).get('y');
  const want = (await runOnnx(bytes, feeds)).get('y');
  expect(got?.dtype).toBe(want?.dtype);
  expect(got?.shape).toEqual(want?.shape);
  expect(distance(got?.data ?? [], want?.data ?? [])).toBeLessThan(opType === 'FastGelu' ? 1e-4 : 1e-5);
}

describe('elementwise ops', () => {
  for (const made of cases)
    it(`${made.opType} at opset ${made.opset}${made.about ? `: ${made.about}` : ''} ${made.dtype ?? ''}`, () =>
      expectAgreement(made));

  it('Clip takes bounds that are computed', async () => {
    for (const names of [
      ['x', 'low', 'high'],
      ['x', 'low'],
      ['x', '', 'high'],
    ]) {
      const bytes = model({
        nodes: [node('Clip', names, ['y'])],
        inputs: [
          ['x', 'float32', [5]],
          ...names
            .slice(1)
            .filter(Boolean)
            .map((name) => [name, 'float32', []] as const),
        ],
        outputs: ['y'],
      });
      const feed = (shape: Shape, data: number[]): NdArray => ({
        dtype: 'float32',
        shape,
        data: Float64Array.from(data),
      });
      const all = { x: feed([5], [-3, -1, 0, 1, 3]), low: feed([], [-1.5]), high: feed([], [0.5]) };
      const feeds = new Map(Object.entries(all).filter(([name]) => names.includes(name)));
      expect(interpret(readOnnx(bytes), feeds).get('y')?.data).toEqual((await runOnnx(bytes, feeds)).get('y')?.data);
    }
  });

  it.each([
    ['by axis', { broadcast: int(1), axis: int(1) }, [1, 2, 3], [11, 11, 12, 12, 13, 13, 11, 11, 12, 12, 13, 13]],
    ['the last axes', { broadcast: int(1) }, [1, 2], [11, 12, 11, 12, 11, 12, 11, 12, 11, 12, 11, 12]],
  ] as const)('Add before opset 7 broadcasts %s', (_, attributes, b, want) => {
    const more = [tensor('b', 'float32', [b.length], b)];
    const nodes = [node('Add', ['x', 'b'], ['y'], attributes)];
    const made = { nodes, inputs: [['x', 'float32', [2, 3, 2]]] as const, initializers: more, outputs: ['y'] };
    const feeds = new Map([
      ['x', { dtype: 'float32' as const, shape: [2, 3, 2], data: new Float64Array(12).fill(10) }],
    ]);
    expect([...(interpret(readOnnx(model({ ...made, opset: 6 })), feeds).get('y')?.data ?? [])]).toEqual(want);
    expect(() => readOnnx(model({ ...made, opset: 7 }))).toThrow('attributes axis and broadcast ended with opset 7');
  });

  it('Dropout drops nothing, whatever its version, and says so in its mask', () => {
    const kept = (opset: number, attributes: Parameters<typeof node>[3], more: readonly TensorDraft[]) => {
      const inputs = ['x', ...more.map(({ name }) => name ?? '')];
      const nodes = [node('Dropout', inputs, ['y', 'mask'], attributes)];
      const bytes = model({
        opset,
        nodes,
        inputs: [['x', 'float32', [3]]],
        initializers: more,
        outputs: ['y', 'mask'],
      });
      const values = interpret(
        readOnnx(bytes),
        new Map([['x', { dtype: 'float32', shape: [3], data: Float64Array.of(1, 2, 3) }]]),
      );
      return ['y', 'mask'].map((name) => [...(values.get(name)?.data ?? [])]);
    };
    const want = [
      [1, 2, 3],
      [1, 1, 1],
    ];
    expect(kept(10, { ratio: float(0.25) }, [])).toEqual(want);
    expect(kept(12, {}, [scalar('ratio', 'float32', 0.25)])).toEqual(want);
    expect(kept(13, {}, [scalar('ratio', 'float32', 0), scalar('training', 'bool', 1)])).toEqual(want);
    expect(() => kept(13, {}, [scalar('ratio', 'float32', 0.5), scalar('training', 'bool', 1)])).toThrow(
      'Dropout "Dropout.0": want training_mode false or ratio 0, got true and ratio 0.5',
    );
  });
});
