/** Convolution, pooling and normalisation nodes as files have them, held against onnxruntime; attributes one by one. */
import { describe, expect, it } from 'vitest';
import { normal, random } from '../../src/core/random.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import type { AttributeValueDraft } from '../../src/onnx/attributes.ts';
import { readOnnx, writeOnnx } from '../../src/onnx/index.ts';
import { interpret } from '../../src/ops/interpret.ts';
import type { NdArray } from '../../src/ops/op.ts';
import { distance } from '../kernels/harness.ts';
import { float, int, ints, model, node, tensor, text } from './model.ts';
import { runOnnx } from './onnxruntime.ts';

interface Case {
  readonly op: string;
  readonly opset?: number;
  readonly domain?: string;
  /** Shapes; those behind the first are initializers, undefined is an absent input. */
  readonly shapes: readonly (Shape | undefined)[];
  readonly attributes?: Readonly<Record<string, AttributeValueDraft>>;
  /** Names; '' is not asked for. */
  readonly outputs?: readonly string[];
}

const generator = random(3);
const numbers = (shape: Shape) => Array.from({ length: sizeOf(shape) }, () => Math.fround(normal(generator)));

/** Twice: with the extents of the image in the file, and left open. */
async function check(made: Case): Promise<void> {
  const { op, opset = 17, domain = '', shapes, attributes = {}, outputs = ['y'] } = made;
  const [x] = shapes as [Shape];
  const initializers = shapes.slice(1).flatMap((shape, i) => {
    return shape ? [tensor(`i${i + 1}`, 'float32', shape, numbers(shape).map(Math.abs))] : [];
  });
  const inputs = shapes.map((shape, i) => (shape ? (i === 0 ? 'x' : `i${i}`) : ''));
  const feeds = new Map<string, NdArray>([['x', { dtype: 'float32', shape: x, data: Float64Array.from(numbers(x)) }]]);
  for (const open of [false, true]) {
    const port = ['x', 'float32', x.map((extent, i) => (open && i !== 1 ? `d${i}` : extent))] as const;
    const nodes = [node(op, inputs, outputs, attributes, { domain })];
    const bytes = model({ opset, nodes, inputs: [port], outputs: outputs.filter((name) => name !== ''), initializers });
    const want = await runOnnx(bytes, feeds);
    for (const graph of [readOnnx(bytes), readOnnx(writeOnnx(readOnnx(bytes)))]) {
      const got = interpret(graph, feeds);
      for (const [name, { shape, data, dtype }] of want) {
        expect(got.get(name)?.shape).toEqual(shape);
        expect(got.get(name)?.dtype).toBe(dtype);
        expect(distance(got.get(name)?.data ?? [], data)).toBeLessThan(1e-5);
      }
    }
  }
}

const upper = { auto_pad: text('SAME_UPPER') };
const lower = { auto_pad: text('SAME_LOWER') };

describe('nodes as onnxruntime runs them', () => {
  const cases: readonly (readonly [string, Case])[] = [
    ['a line', { op: 'Conv', shapes: [[2, 4, 9], [6, 2, 3], [6]], attributes: { group: int(2), pads: ints([2, 1]) } }],
    [
      'a line, SAME',
      {
        op: 'Conv',
        shapes: [
          [1, 3, 9],
          [4, 3, 4],
        ],
        attributes: { ...lower, strides: ints([2]) },
      },
    ],
    [
      'SAME',
      {
        op: 'Conv',
        shapes: [
          [1, 3, 9, 8],
          [4, 3, 3, 3],
        ],
        attributes: { ...upper, strides: ints([2, 2]) },
      },
    ],
    [
      'VALID beside pads',
      {
        op: 'Conv',
        shapes: [
          [1, 3, 6, 8],
          [4, 3, 3, 3],
        ],
        attributes: { auto_pad: text('VALID') },
      },
    ],
    [
      'a volume',
      { op: 'Conv', shapes: [[1, 2, 4, 5, 6], [3, 2, 2, 3, 2], [3]], attributes: { strides: ints([1, 2, 2]) } },
    ],
    ['a line', { op: 'ConvTranspose', shapes: [[1, 2, 5], [2, 3, 4], [3]], attributes: { strides: ints([3]) } }],
    [
      'SAME',
      {
        op: 'ConvTranspose',
        shapes: [
          [1, 2, 4, 5],
          [2, 3, 3, 3],
        ],
        attributes: { ...upper, strides: ints([2, 3]) },
      },
    ],
    [
      'output_shape',
      {
        op: 'ConvTranspose',
        shapes: [
          [1, 2, 3, 4],
          [2, 3, 3, 3],
        ],
        attributes: { strides: ints([3, 2]), output_shape: ints([8, 8]) },
      },
    ],
    [
      'ceil_mode',
      {
        op: 'MaxPool',
        shapes: [[1, 2, 7, 8]],
        attributes: { kernel_shape: ints([3, 2]), strides: ints([3, 3]), ceil_mode: int(1) },
      },
    ],
    [
      'a window that sticks out',
      {
        op: 'AveragePool',
        shapes: [[1, 2, 3, 6]],
        attributes: { kernel_shape: ints([4, 2]), strides: ints([2, 2]), ceil_mode: int(1) },
      },
    ],
    [
      'Indices',
      { op: 'MaxPool', shapes: [[2, 2, 5, 6]], attributes: { kernel_shape: ints([2, 2]) }, outputs: ['y', 'i'] },
    ],
    [
      'Indices by columns',
      {
        op: 'MaxPool',
        shapes: [[2, 2, 3, 4, 5]],
        attributes: { kernel_shape: ints([2, 2, 1]), storage_order: int(1) },
        outputs: ['y', 'i'],
      },
    ],
    [
      'SAME',
      {
        op: 'MaxPool',
        shapes: [[1, 2, 5, 6]],
        attributes: { kernel_shape: ints([3, 2]), strides: ints([2, 1]), ...lower },
      },
    ],
    [
      'count_include_pad',
      {
        op: 'AveragePool',
        shapes: [[1, 2, 6, 5]],
        attributes: {
          kernel_shape: ints([3, 2]),
          strides: ints([2, 2]),
          pads: ints([1, 0, 0, 1]),
          ceil_mode: int(1),
          count_include_pad: int(1),
        },
      },
    ],
    ['p 3', { op: 'LpPool', shapes: [[1, 2, 6, 5]], attributes: { kernel_shape: ints([3, 2]), p: int(3) } }],
    ['all', { op: 'GlobalMaxPool', shapes: [[2, 3, 4, 5]] }],
    ['all, p 1', { op: 'GlobalLpPool', shapes: [[2, 3, 4]], attributes: { p: int(1) } }],
    [
      'training',
      {
        op: 'BatchNormalization',
        shapes: [[3, 4, 2, 5], [4], [4], [4], [4]],
        attributes: { training_mode: int(1), momentum: float(0.7) },
        outputs: ['y', 'm', 'v'],
      },
    ],
    [
      'per place',
      {
        op: 'BatchNormalization',
        opset: 8,
        shapes: [
          [3, 2, 4],
          [2, 4],
          [2, 4],
          [2, 4],
          [2, 4],
        ],
        attributes: { spatial: int(0) },
      },
    ],
    ['rank 2', { op: 'BatchNormalization', shapes: [[3, 4], [4], [4], [4], [4]] }],
    ['planes', { op: 'InstanceNormalization', shapes: [[2, 3, 4, 5], [3], [3]], attributes: { epsilon: float(0.01) } }],
    [
      'scale per group',
      { op: 'GroupNormalization', opset: 18, shapes: [[2, 6, 4, 5], [3], [3]], attributes: { num_groups: int(3) } },
    ],
    [
      'scale per channel',
      { op: 'GroupNormalization', opset: 21, shapes: [[2, 6, 4], [6], [6]], attributes: { num_groups: int(2) } },
    ],
    [
      'statistics',
      {
        op: 'LayerNormalization',
        shapes: [
          [2, 3, 4, 5],
          [4, 5],
          [4, 5],
        ],
        attributes: { axis: int(2) },
        outputs: ['y', 'm', 's'],
      },
    ],
    [
      'five channels',
      {
        op: 'LRN',
        shapes: [[2, 7, 4, 5]],
        attributes: { size: int(5), alpha: float(0.2), beta: float(0.7), bias: float(2) },
      },
    ],
    ['p 1', { op: 'LpNormalization', shapes: [[2, 7, 5]], attributes: { axis: int(1), p: int(1) } }],
    ['p 2', { op: 'LpNormalization', shapes: [[2, 7, 5]] }],
    ['usual axes', { op: 'MeanVarianceNormalization', shapes: [[2, 3, 4, 5]] }],
    [
      'with inv_std_var',
      {
        op: 'SimplifiedLayerNormalization',
        shapes: [[2, 3, 8], [8]],
        attributes: { epsilon: float(0.1) },
        outputs: ['y', 's'],
      },
    ],
    [
      'with the sum',
      {
        op: 'SkipLayerNormalization',
        domain: 'com.microsoft',
        shapes: [[2, 3, 8], [2, 3, 8], [8], [8], [8]],
        outputs: ['y', '', '', 's'],
      },
    ],
    [
      'with statistics',
      {
        op: 'SkipLayerNormalization',
        domain: 'com.microsoft',
        shapes: [[2, 3, 8], [2, 3, 8], [8]],
        outputs: ['y', 'm', 's'],
      },
    ],
    [
      'with a bias',
      { op: 'SkipSimplifiedLayerNormalization', domain: 'com.microsoft', shapes: [[2, 3, 8], [2, 3, 8], [8], [8]] },
    ],
  ];
  it.each(cases.map(([about, made]) => [made.op, about, made] as const))('%s: %s', (_op, _about, made) => check(made));
});
