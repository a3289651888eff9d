import { format, sizeOf } from '../core/shape.ts';
import { floatAt, wantLike } from './checks.ts';
import { type AttributeRule, type GradientContext, number, type Op, type OpCall, reject } from './op.ts';
import { dataOf } from './operands.ts';

const epsilonRule: AttributeRule = { type: 'number', default: 1e-5 };

/** x [N, C, ...], which is input `input`, seen as [batch][channels][inner]. */
function channelsOf(call: OpCall, input: number) {
  const { shape } = floatAt(call, input);
  if (shape.length < 2) reject(call.node, 'x of shape [batch, channels, ...]', format(shape));
  return { batch: shape[0], channels: shape[1], inner: sizeOf(shape.slice(2)) };
}

/** Type of x, with inputs 1.. up to `last` checked to be one number per channel. */
function checkStatistics(call: OpCall, last: number) {
  const { channels } = channelsOf(call, 0);
  for (let i = 1; i <= last; i++) wantLike(call, i, [channels], 0);
  return floatAt(call, 0);
}

/** Calls `visit` with every flat index and its channel. */
function eachElement(
  { batch, channels, inner }: ReturnType<typeof channelsOf>,
  visit: (at: number, channel: number) => void,
): void {
  for (let at = 0; at < batch * channels * inner; at++) visit(at, Math.floor(at / inner) % channels);
}

/**
 * (x - mean) / √(variance + epsilon) · scale + bias per channel, x being [N, C, ...] and the others [C]: inference, or
 * training with frozen statistics.
 */
export const batchNorm: Op = {
  name: 'batchNorm',
  inputs: ['x', 'scale', 'bias', 'mean', 'variance'],
  outputs: ['y'],
  attributes: { epsilon: epsilonRule },
  infer(call) {
    const { dtype, shape } = checkStatistics(call, 4);
    return [{ dtype, shape }];
  },
  reference(call, inputs) {
    const [x, scale, bias, mean, variance] = dataOf(inputs);
    const y = new Float64Array(x.length);
    eachElement(channelsOf(call, 0), (at, c) => {
      const invStd = 1 / Math.sqrt(variance[c] + number(call.attributes, 'epsilon'));
      y[at] = (x[at] - mean[c]) * invStd * scale[c] + bias[c];
    });
    return [y];
  },
  gradient: frozenGradient,
};

/** The statistics are inputs like any other: y = (x - mean) · k + bias with k = scale · invStd. */
function frozenGradient({ attributes, inputs, outputGradients: [dy], shape, emit, scalar, wants }: GradientContext) {
  if (dy === undefined) return [];
  const [x, scale, , mean, variance] = inputs;
  const axes = shape(x).map((_, axis) => axis);
  const spatial = axes.slice(2).map((axis) => axis - 1);
  const perChannel = (value: string) => (spatial.length === 0 ? value : emit('unsqueeze', [value], { axes: spatial }));
  const sum = (value: string) =>
    emit('reduceSum', [value], { axes: axes.filter((axis) => axis !== 1), keepDims: false });

  const deviation = emit('sqrt', [emit('add', [variance, scalar(number(attributes, 'epsilon'))])]);
  const k = emit('div', [scale, deviation]);
  const dx = wants(0) ? emit('mul', [dy, perChannel(k)]) : undefined;
  const dbias = wants(2) || wants(3) ? sum(dy) : undefined;
  const dmean = wants(3) && dbias !== undefined ? emit('neg', [emit('mul', [dbias, k])]) : undefined;
  let [dscale, dvariance]: (string | undefined)[] = [];
  if (wants(1) || wants(4)) {
    const centred = emit('sub', [x, perChannel(mean)]);
    dscale = emit('div', [sum(emit('mul', [dy, centred])), deviation]);
    // d(invStd)/d(variance) = -invStd / (2 · (variance + epsilon))
    if (wants(4)) {
      const square = emit('mul', [deviation, deviation]);
      dvariance = emit('mul', [emit('mul', [dscale, scalar(-0.5)]), emit('div', [scale, square])]);
    }
  }
  return [dx, dscale, dbias, dmean, dvariance];
}

/**
 * batchNorm by the statistics of this batch, of which variance is the population's. The new running statistics are
 * momentum · old + (1 - momentum) · this batch's (ONNX training mode). The gradient flows through y only; the running
 * statistics that come in do not touch y.
 */
export const batchNormTraining: Op = {
  name: 'batchNormTraining',
  inputs: ['x', 'scale', 'bias', 'mean', 'variance'],
  outputs: ['y', 'newMean?', 'newVariance?', 'savedMean?', 'savedInvStd?'],
  attributes: { epsilon: epsilonRule, momentum: { type: 'number', default: 0.9 } },
  impure: true,
  overwrites: [undefined, 3, 4],
  infer(call) {
    const { dtype, shape } = checkStatistics(call, 4);
    const { batch, channels, inner } = channelsOf(call, 0);
    if (batch * inner === 0) reject(call.node, 'at least one element per channel', format(shape));
    const statistics = { dtype, shape: [channels] };
    return [{ dtype, shape }, statistics, statistics, statistics, statistics];
  },
  reference(call, inputs) {
    const [x, scale, bias, mean, variance] = dataOf(inputs);
    const view = channelsOf(call, 0);
    const count = view.batch * view.inner;
    const [batchMean, batchVariance] = [new Float64Array(view.channels), new Float64Array(view.channels)];
    eachElement(view, (at, c) => {
      batchMean[c] += x[at] / count;
    });
    eachElement(view, (at, c) => {
      batchVariance[c] += (x[at] - batchMean[c]) ** 2 / count;
    });
    const invStd = batchVariance.map((value) => 1 / Math.sqrt(value + number(call.attributes, 'epsilon')));
    const y = new Float64Array(x.length);
    eachElement(view, (at, c) => {
      y[at] = (x[at] - batchMean[c]) * invStd[c] * scale[c] + bias[c];
    });
    const momentum = number(call.attributes, 'momentum');
    const moved = (old: Float64Array, now: Float64Array) =>
      old.map((value, c) => momentum * value + (1 - momentum) * now[c]);
    return [y, moved(mean, batchMean), moved(variance, batchVariance), batchMean, invStd];
  },
  gradient({ node, inputs, attributes, outputs, outputGradients: [dy, ...others], emitMany }) {
    if (others.some((gradient) => gradient !== undefined))
      reject(node, 'a loss that depends on y alone', 'one that depends on the statistics');
    if (dy === undefined) return [];
    const [x, scale] = inputs;
    const [, , , mean, invStd] =
      outputs[3] && outputs[4] ? outputs : emitMany('batchNormTraining', inputs, 5, attributes);
    return emitMany('batchNormGrad', [dy, x, scale, mean, invStd], 3);
  },
};

/** dx, dscale, dbias of batchNormTraining: dx = scale · invStd · (dy - mean(dy) - x̂ · mean(dy · x̂)) per channel. */
export const batchNormGrad: Op = {
  name: 'batchNormGrad',
  inputs: ['dy', 'x', 'scale', 'savedMean', 'savedInvStd'],
  outputs: ['dx', 'dscale', 'dbias'],
  attributes: {},
  infer(call) {
    const { dtype, shape } = floatAt(call, 1);
    const { channels } = channelsOf(call, 1);
    wantLike(call, 0, shape, 1);
    for (let i = 2; i <= 4; i++) wantLike(call, i, [channels], 1);
    return [
      { dtype, shape },
      { dtype, shape: [channels] },
      { dtype, shape: [channels] },
    ];
  },
  reference(call, inputs) {
    const [dy, x, scale, mean, invStd] = dataOf(inputs);
    const view = channelsOf(call, 1);
    const count = view.batch * view.inner;
    const hat = (at: number, c: number) => (x[at] - mean[c]) * invStd[c];
    const [dx, dscale, dbias] = [
      new Float64Array(x.length),
      new Float64Array(view.channels),
      new Float64Array(view.channels),
    ];
    eachElement(view, (at, c) => {
      dscale[c] += dy[at] * hat(at, c);
      dbias[c] += dy[at];
    });
    eachElement(view, (at, c) => {
      dx[at] = scale[c] * invStd[c] * (dy[at] - dbias[c] / count - (hat(at, c) * dscale[c]) / count);
    });
    return [dx, dscale, dbias];
  },
};
