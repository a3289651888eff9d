import { format, sizeOf } from '../core/shape.ts';
import { floatAt, wantLike } from './checks.ts';
import { type AttributeRule, type GradientContext, number, type Op, type OpCall, reject, typeAt } from './op.ts';
import { dataOf } from './operands.ts';

const epsilonRule: AttributeRule = { type: 'number', default: 1e-5 };

/** x [N, C, ...] as [batch][groups][channels per group][inner], and how many channels share a scale. */
function groupsOf(call: OpCall, groups: number) {
  const { shape } = floatAt(call, 0);
  if (shape.length < 2) reject(call.node, 'x of shape [N, C, ...]', format(shape));
  const channels = shape[1];
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
    reject(call.node, `a number of groups that divides the ${channels} channels`, String(groups));
  return { batch: shape[0], channels, groups, inner: sizeOf(shape.slice(2)) };
}

function reference(
  x: Float64Array,
  scale: Float64Array,
  bias: Float64Array,
  view: ReturnType<typeof groupsOf>,
  epsilon: number,
) {
  const { batch, channels, groups, inner } = view;
  const size = (channels / groups) * inner;
  const step = channels / scale.length;
  const y = new Float64Array(x.length);
  for (let group = 0; group < batch * groups; group++) {
    const values = x.subarray(group * size, (group + 1) * size);
    const mean = values.reduce((sum, value) => sum + value, 0) / size;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
    const invStd = 1 / Math.sqrt(variance + epsilon);
    values.forEach((value, i) => {
      const at = Math.floor(((group % groups) * size + i) / inner / step);
      y[group * size + i] = (value - mean) * invStd * scale[at] + bias[at];
    });
  }
  return y;
}

/** One number per channel as [C, 1, ...], to broadcast to x. */
function perChannel({ shape, inputs, emit }: GradientContext, value: string): string {
  const spatial = shape(inputs[0])
    .slice(2)
    .map((_, axis) => axis + 1);
  return spatial.length === 0 ? value : emit('unsqueeze', [value], { axes: spatial });
}

/**
 * dx, dscale, dbias of y = x̂ · scale + bias. Groups are rows of a layer normalisation without scale: x̂ is made once more as
 * its output, and its gradient rule does the rest.
 */
function gradient(context: GradientContext, groups: number, repeated: number) {
  const {
    inputs: [x, scale, bias],
    attributes,
    outputGradients: [dy],
    shape,
    emit,
    emitMany,
    wants,
    node,
  } = context;
  if (dy === undefined) return [];
  const extents = shape(x);
  const inner = extents.slice(2);
  const channels = extents[1];
  if (typeof channels !== 'number' || !inner.every((extent) => typeof extent === 'number'))
    reject(node, 'channels and planes of fixed extents to differentiate', `[${extents.join(', ')}]`);
  const size = (channels / groups) * sizeOf(inner as number[]);
  const rows = (value: string) => emit('reshape', [value], { shape: [-1, size] });
  const ones = emit('expand', [context.scalar(1)], { shape: [size] });
  const [hat, mean, invStd] = emitMany('layerNorm', [rows(x), ones], 3, { axis: -1, epsilon: attributes.epsilon });
  // A scale per group stands for all its channels.
  const each = (value: string) =>
    repeated === 1
      ? value
      : emit('reshape', [emit('expand', [emit('unsqueeze', [value], { axes: [1] })], { shape: [groups, repeated] })], {
          shape: [channels],
        });
  const scaled = emit('mul', [dy, perChannel(context, each(scale))]);
  const sum = (value: string) => {
    const axes = extents.map((_, axis) => axis).filter((axis) => axis !== 1);
    const total = emit('reduceSum', [value], { axes, keepDims: false });
    if (repeated === 1) return total;
    return emit('reduceSum', [emit('reshape', [total], { shape: [groups, repeated] })], { axes: [1], keepDims: false });
  };
  const dx = wants(0)
    ? emit('reshapeLike', [
        emitMany('layerNormGrad', [rows(scaled), rows(x), ones, mean, invStd], 3, { axis: -1 })[0],
        x,
      ])
    : undefined;
  const dscale = wants(1) ? sum(emit('mul', [dy, emit('reshapeLike', [hat, x])])) : undefined;
  return [dx, dscale, bias && wants(2) ? sum(dy) : undefined];
}

/** (x - mean) · invStd · scale + bias by the statistics of each plane; x [N, C, ...], scale and bias [C]. */
export const instanceNorm: Op = {
  name: 'instanceNorm',
  inputs: ['x', 'scale', 'bias'],
  outputs: ['y'],
  attributes: { epsilon: epsilonRule },
  infer(call) {
    const { dtype, shape } = floatAt(call, 0);
    const { channels } = groupsOf(call, shape[1]);
    for (const i of [1, 2]) wantLike(call, i, [channels], 0);
    return [{ dtype, shape }];
  },
  reference(call, inputs) {
    const [x, scale, bias] = dataOf(inputs);
    const view = groupsOf(call, typeAt(call, 0).shape[1]);
    return [reference(x, scale, bias, view, number(call.attributes, 'epsilon'))];
  },
  gradient: (context) => gradient(context, context.shape(context.inputs[0])[1] as number, 1),
};

/** The same by the statistics of `groups` groups of channels each; scale and bias [C] or [groups]. */
export const groupNorm: Op = {
  name: 'groupNorm',
  inputs: ['x', 'scale', 'bias'],
  outputs: ['y'],
  attributes: { groups: { type: 'number' }, epsilon: epsilonRule },
  infer(call) {
    const { dtype, shape } = floatAt(call, 0);
    const groups = number(call.attributes, 'groups');
    const { channels } = groupsOf(call, groups);
    const given = typeAt(call, 1).shape;
    for (const i of [1, 2]) wantLike(call, i, given.length === 1 && given[0] === groups ? given : [channels], 0);
    return [{ dtype, shape }];
  },
  reference(call, inputs) {
    const [x, scale, bias] = dataOf(inputs);
    const view = groupsOf(call, number(call.attributes, 'groups'));
    return [reference(x, scale, bias, view, number(call.attributes, 'epsilon'))];
  },
  gradient(context) {
    const {
      inputs: [x, scale],
      attributes,
      shape,
    } = context;
    const groups = number(attributes, 'groups');
    const [channels, scales] = [shape(x)[1], shape(scale)[0]];
    const repeated = typeof channels === 'number' && typeof scales === 'number' ? channels / scales : 1;
    return gradient(context, groups, repeated);
  },
};
