/**
 * Ops that move, index and resample as each opset spells them, against onnxruntime: once with their parameters as constants of
 * the file, once as values that only a run knows.
 */
import { describe, expect, it } from 'vitest';
import { type DType, fromDoubles, toDoubles } from '../../src/core/dtype.ts';
import { normal, random } from '../../src/core/random.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import { readOnnx } from '../../src/onnx/index.ts';
import { interpret } from '../../src/ops/interpret.ts';
import type { NdArray } from '../../src/ops/op.ts';
import { createExecutor } from '../../src/runtime/executor.ts';
import { Tensor } from '../../src/runtime/tensor.ts';
import { distance } from '../kernels/harness.ts';
import { moduleOf } from '../runtime/module.ts';
import { float, int, ints, model, node, tensor, text } from './model.ts';
import { runOnnx } from './onnxruntime.ts';

function array(dtype: DType, shape: Shape, data: readonly number[]): NdArray {
  return { dtype, shape, data: Float64Array.from(data) };
}
const list = (...data: number[]) => array('int64', [data.length], data);
const list32 = (...data: number[]) => array('int32', [data.length], data);
const reals = (...data: number[]) => array('float32', [data.length], data.map(Math.fround));
const one = (dtype: DType, value: number) => array(dtype, [], [value]);

function floats(...shape: number[]): NdArray {
  const generator = random(sizeOf(shape) + shape.length);
  const data = Float32Array.from({ length: sizeOf(shape) }, () => normal(generator));
  return { dtype: 'float32', shape, data: toDoubles(data) };
}

type Inputs = readonly (NdArray | undefined)[];
type Attributes = Parameters<typeof node>[3];

interface Case {
  readonly opset: number;
  readonly op: string;
  /** The first is what the op works on. */
  readonly inputs: Inputs;
  readonly attributes?: Attributes;
  readonly outputs?: number;
}

const of = (opset: number, op: string, inputs: Inputs, attributes: Attributes = {}, outputs = 1): Case => ({
  opset,
  op,
  inputs,
  attributes,
  outputs,
});

const x = floats(2, 3, 4);
const image = floats(1, 2, 4, 5);
const { MAX_SAFE_INTEGER: end } = Number;

const moving: readonly Case[] = [
  of(13, 'Slice', [x, list(1, -1), list(end, -end), list(0, -1), list(1, -2)]),
  of(11, 'Slice', [x, list32(0, 1), list32(2, 3), list32(1, 2)]),
  of(13, 'Split', [x, list(1, 2)], { axis: int(1) }, 2),
  of(18, 'Split', [x], { axis: int(1), num_outputs: int(2) }, 2),
  of(11, 'Split', [x], { axis: int(-1), split: ints([1, 3]) }, 2),
  of(13, 'Squeeze', [floats(1, 3, 1), list(-1)]),
  of(13, 'Squeeze', [floats(1, 3, 1)]),
  of(13, 'Unsqueeze', [x, list(-1, 0)]),
  of(13, 'Reshape', [x, list(0, -1)]),
  of(14, 'Reshape', [floats(0, 3), list(3, 0)], { allowzero: int(1) }),
  of(13, 'Expand', [floats(3, 1), list(2, 1, 4)]),
  of(13, 'Tile', [x, list(2, 1, 3)]),
  of(13, 'Pad', [x, list(0, 1, 2, 1, 0, -1), one('float32', 1.5)]),
  of(18, 'Pad', [x, list(1, 2, 0, 1), undefined, list(-1, 0)], { mode: text('edge') }),
  of(13, 'Pad', [x, list(0, 2, 1, 0, 0, 2)], { mode: text('reflect') }),
  of(19, 'Pad', [x, list(0, 2, 1, 0, 3, 2)], { mode: text('wrap') }),
  of(10, 'Pad', [x], { mode: text('reflect'), pads: ints([0, 1, 0, 1, 0, 2]) }),
  of(13, 'Pad', [array('int64', [2], [5, 6]), list(1, 2), one('int64', 7)]),
  of(18, 'CenterCropPad', [x, list(5, 2)], { axes: ints([1, 2]) }),
  of(11, 'CumSum', [x, one('int64', -1)], { exclusive: int(1), reverse: int(1) }),
  of(11, 'CumSum', [array('int32', [3], [1, 2, 3]), one('int32', 0)]),
  of(11, 'DepthToSpace', [floats(1, 8, 2, 3)], { blocksize: int(2), mode: text('CRD') }),
  of(10, 'DepthToSpace', [floats(1, 8, 2, 3)], { blocksize: int(2) }),
  of(9, 'SpaceToDepth', [floats(1, 2, 4, 6)], { blocksize: int(2) }),
  of(10, 'ReverseSequence', [floats(4, 3), list(4, 1, 3)], { time_axis: int(0), batch_axis: int(1) }),
];

const data = array('float32', [3], [5, 7, 9]);
const indexing: readonly Case[] = [
  of(11, 'Gather', [x, list(-1, 0)], { axis: int(1) }),
  of(11, 'GatherElements', [floats(2, 3), array('int64', [2, 2], [0, -1, 2, 1])], { axis: int(1) }),
  of(12, 'GatherND', [x, array('int64', [2, 2, 1], [0, -1, 2, 1])], { batch_dims: int(1) }),
  of(9, 'Scatter', [data, list(2, 0), reals(1, 2)]),
  of(11, 'ScatterElements', [data, list(-1, 0), reals(1, 2)], { axis: int(-1) }),
  of(16, 'ScatterElements', [data, list(2, 2), reals(3, 2)], { reduction: text('mul') }),
  of(18, 'ScatterElements', [data, list(2, 2), reals(30, 2)], { reduction: text('max') }),
  of(11, 'ScatterND', [x, array('int64', [1, 1], [-1]), floats(1, 3, 4)]),
  of(18, 'ScatterND', [data, array('int64', [2, 1], [1, 1]), reals(3, 2)], { reduction: text('min') }),
  of(11, 'OneHot', [array('int64', [2, 2], [0, -1, 3, 2]), one('int64', 3), reals(-1, 5)], { axis: int(1) }),
  of(9, 'OneHot', [reals(1, 0, 2), list(3), list(0, 1)]),
  of(13, 'NonZero', [array('int32', [2, 2], [0, 3, -1, 0])]),
  of(11, 'Compress', [x, array('bool', [2], [0, 1])], { axis: int(1) }),
  of(11, 'Compress', [x, array('bool', [5], [0, 1, 1, 0, 1])]),
  of(11, 'Unique', [array('int64', [2, 3], [2, 1, 1, 3, 4, 3])], { sorted: int(0) }, 4),
  of(11, 'Unique', [array('float32', [2, 3], [2, 1, 2, 3, 4, 3])], { axis: int(1) }, 4),
  of(9, 'TopK', [x], { k: int(2), axis: int(1) }, 2),
  of(10, 'TopK', [x, list(2)], { axis: int(-1) }, 2),
  of(11, 'TopK', [array('int64', [5], [3, 1, 3, 0, 2]), list(3)], { largest: int(0) }, 2),
  of(11, 'Range', [one('float32', 1), one('float32', 3), one('float32', 0.5)]),
  of(11, 'Range', [one('int64', 5), one('int64', -2), one('int64', -3)]),
  of(9, 'ConstantOfShape', [list(2, 3)]),
  of(9, 'EyeLike', [floats(3, 4)], { k: int(-1), dtype: int(7) }),
  of(15, 'Shape', [x], { start: int(-2), end: int(2) }),
  of(13, 'Size', [x]),
];

const mode = (value: string) => ({ mode: text(value) });
const coordinates = (value: string) => ({ coordinate_transformation_mode: text(value) });
const scales = reals(1, 1, 1.5, 0.6);
const boxes = array('float32', [1, 3, 4], [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, 10, 1, 11]);
const theta = array('float32', [1, 2, 3], [1, 0.5, 0, -0.25, 1, 0.125]);

const resampling: readonly Case[] = [
  of(7, 'Upsample', [image], { scales: { floats: [1, 1, 2, 3], type: 6 } }),
  of(9, 'Upsample', [image, reals(1, 1, 2, 3)], mode('linear')),
  of(10, 'Resize', [image, reals(1, 1, 2, 0.5)]),
  of(10, 'Resize', [image, reals(1, 1, 0.6, 0.5)]),
  of(10, 'Resize', [image, reals(1, 1, 0.6, 2)], mode('linear')),
  of(11, 'Resize', [image, reals(), scales], { ...coordinates('tf_half_pixel_for_nn'), nearest_mode: text('floor') }),
  of(11, 'Resize', [image, reals(), reals(), list(1, 2, 7, 3)], mode('linear')),
  of(13, 'Resize', [image, undefined, scales], {
    ...mode('cubic'),
    cubic_coeff_a: float(-0.5),
    exclude_outside: int(1),
  }),
  of(13, 'Resize', [image, undefined, undefined, list(1, 2, 9, 4)], {
    ...mode('cubic'),
    ...coordinates('align_corners'),
  }),
  of(13, 'Resize', [image, reals(0, 0, 0.2, -0.3, 1, 1, 0.8, 1.2), undefined, list(1, 2, 3, 7)], {
    ...mode('linear'),
    ...coordinates('tf_crop_and_resize'),
    extrapolation_value: float(10),
  }),
  of(18, 'Resize', [image, undefined, undefined, list(7, 7)], {
    ...mode('linear'),
    axes: ints([2, 3]),
    keep_aspect_ratio_policy: text('not_larger'),
  }),
  of(18, 'Resize', [image, undefined, undefined, list(7, 7)], {
    axes: ints([2, 3]),
    keep_aspect_ratio_policy: text('not_smaller'),
  }),
  of(18, 'Resize', [floats(1, 1, 9, 10), undefined, reals(1, 1, 0.5, 0.6)], { ...mode('linear'), antialias: int(1) }),
  of(18, 'Resize', [floats(1, 1, 9, 10), undefined, reals(1, 1, 0.5, 0.6)], { ...mode('cubic'), antialias: int(1) }),
  of(19, 'Resize', [image, undefined, scales], { ...mode('linear'), ...coordinates('half_pixel_symmetric') }),
  of(16, 'GridSample', [image, floats(1, 3, 4, 2)], { ...mode('bicubic'), padding_mode: text('reflection') }),
  of(20, 'GridSample', [image, floats(1, 3, 4, 2)], { ...mode('linear'), padding_mode: text('border') }),
  of(20, 'GridSample', [floats(1, 2, 3, 4, 2), floats(1, 2, 2, 3, 3)], mode('nearest')),
  of(20, 'AffineGrid', [theta, list(1, 1, 2, 3)]),
  of(20, 'AffineGrid', [theta, list(1, 1, 2, 3)], { align_corners: int(1) }),
  of(18, 'Col2Im', [floats(1, 8, 9), list(4, 5), list(2, 2)], {
    strides: ints([1, 2]),
    dilations: ints([2, 1]),
    pads: ints([0, 1, 1, 0]),
  }),
  of(10, 'RoiAlign', [image, array('float32', [1, 4], [0.5, 0, 3, 2.5]), list(0)], {
    output_height: int(2),
    output_width: int(3),
  }),
  of(16, 'RoiAlign', [image, array('float32', [1, 4], [0.5, 0, 3, 2.5]), list(0)], {
    ...mode('max'),
    output_height: int(2),
    output_width: int(2),
    sampling_ratio: int(3),
  }),
  of(7, 'MaxRoiPool', [image, array('float32', [1, 5], [0, 1, 0, 3, 3])], { pooled_shape: ints([2, 2]) }),
  of(10, 'NonMaxSuppression', [boxes, array('float32', [1, 1, 3], [0.9, 0.75, 0.6]), list(3), reals(0.5), reals(0.1)]),
  of(11, 'NonMaxSuppression', [boxes, array('float32', [1, 1, 3], [0.9, 0.75, 0.6]), one('int64', 1)]),
];

/** onnxruntime knows these only as constants. */
const constantOnly = new Set(['Upsample']);

async function check({ opset, op, inputs, attributes = {}, outputs = 1 }: Case, asValues: boolean): Promise<void> {
  const names = inputs.map((input, i) => (input ? `in${i}` : ''));
  const results = Array.from({ length: outputs }, (_, i) => `out${i}`);
  const feeds = new Map<string, NdArray>();
  const initializers = inputs.flatMap((input, i) => {
    if (!input) return [];
    if (asValues || i === 0) feeds.set(names[i], input);
    return asValues || i === 0 ? [] : [tensor(names[i], input.dtype, input.shape, [...input.data])];
  });
  const bytes = model({
    opset,
    nodes: [node(op, names, results, attributes)],
    inputs: [...feeds].map(([name, { dtype, shape }]) => [name, dtype, shape] as const),
    outputs: results,
    initializers,
  });
  const want = await runOnnx(bytes, feeds);
  const got = interpret(readOnnx(bytes), feeds);
  for (const name of results) {
    expect(got.get(name)?.shape).toEqual(want.get(name)?.shape);
    expect(got.get(name)?.dtype).toBe(want.get(name)?.dtype);
    const { dtype, data } = got.get(name) as NdArray;
    expect(distance(toDoubles(fromDoubles(dtype, data)), want.get(name)?.data ?? [])).toBeLessThan(1e-5);
  }
}

describe.each([
  ['moving', moving],
  ['indexing', indexing],
  ['resampling', resampling],
])('%s', (_, cases) => {
  const named = cases.map((each, i) => [`${each.op} at opset ${each.opset} (${i})`, each] as const);
  it.each(named)('%s', (_, each) => check(each, false));
  const open = named.filter(([, { inputs, op }]) => inputs.length > 1 && !constantOnly.has(op));
  it.each(open)('%s, parameters as values', (_, each) => check(each, true));
});

it('outputs without a name, of a node whose shape follows from shapes, are not kept', () => {
  const bytes = model({
    opset: 13,
    nodes: [node('Shape', ['x'], ['s']), node('Unique', ['s'], ['u', '', '', 'c'])],
    inputs: [['x', 'float32', ['n', 3, 2]]],
    outputs: ['u', 'c'],
  });
  const executor = createExecutor(moduleOf('simd'));
  const { u, c } = executor.run(readOnnx(bytes), { x: new Tensor('float32', new Float32Array(18), [3, 3, 2]) });
  expect([[...u.data], [...c.data]]).toEqual([
    [2n, 3n],
    [1n, 2n],
  ]);
  executor.dispose();
});
