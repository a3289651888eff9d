import { format, MAX_ELEMENTS, type Shape, sizeOf } from '../core/shape.ts';
import { storedPositions } from '../formats/positions.ts';
import { activationAttributes, epilogueGradient, wantResidual, withEpilogue } from './activation.ts';
import { floatAt, wantLike } from './checks.ts';
import {
  type AttributeRule,
  boolean,
  type Gradient,
  type GradientContext,
  number,
  type Op,
  type OpCall,
  reject,
} from './op.ts';
import { pick } from './sample.ts';
import { type Slide, slidesOf, windowAttributes } from './window.ts';

const attributes: Readonly<Record<string, AttributeRule>> = {
  ...windowAttributes,
  dilations: { type: 'numbers', default: [1, 1] },
  group: { type: 'number', default: 1 },
};

interface Geometry {
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  readonly group: number;
  readonly y: Slide;
  readonly x: Slide;
  readonly out: Shape;
}

/** The sizes of a convolution whose image and filters are inputs `image` and `filter` of the node. */
function geometryOf(call: OpCall, image: number, filter: number): Geometry {
  const x = floatAt(call, image);
  const w = floatAt(call, filter);
  const got = `${format(x.shape)} * ${format(w.shape)}`;
  if (x.dtype !== w.dtype) reject(call.node, 'image and filters of one type', `${x.dtype} and ${w.dtype}`);
  if (x.shape.length !== 4 || w.shape.length !== 4) reject(call.node, '[N, C, H, W] * [OC, C / group, KH, KW]', got);
  const [batch, channels, height, width] = x.shape;
  const [filters, perGroup, kh, kw] = w.shape;
  const group = number(call.attributes, 'group');
  if (!Number.isInteger(group) || group < 1 || group > MAX_ELEMENTS)
    reject(call.node, 'a group that is a whole number >= 1', String(group));
  if (perGroup * group !== channels || filters % group !== 0)
    reject(call.node, `[N, C, H, W] * [OC, C / ${group}, KH, KW] with OC a multiple of ${group}`, got);
  const [sy, sx] = slidesOf(call, [height, width], [kh, kw]);
  return { batch, channels, filters, group, y: sy, x: sx, out: [batch, filters, sy.out, sx.out] };
}

/** Visits every pair of an output element and a real (not padding) input element, with the weight that joins them. */
function visit(
  { batch, channels, filters, group, y, x }: Geometry,
  each: (out: number, image: number, weight: number) => void,
): void {
  const perGroup = channels / group;
  const filtersPerGroup = filters / group;
  for (let n = 0; n < batch; n++)
    for (let f = 0; f < filters; f++)
      for (let oy = 0; oy < y.out; oy++)
        for (let ox = 0; ox < x.out; ox++) {
          const out = ((n * filters + f) * y.out + oy) * x.out + ox;
          for (let c = 0; c < perGroup; c++) {
            const plane = n * channels + Math.floor(f / filtersPerGroup) * perGroup + c;
            for (let ky = 0; ky < y.kernel; ky++) {
              const iy = oy * y.stride - y.begin + ky * y.dilation;
              if (iy < 0 || iy >= y.extent) continue;
              for (let kx = 0; kx < x.kernel; kx++) {
                const ix = ox * x.stride - x.begin + kx * x.dilation;
                if (ix < 0 || ix >= x.extent) continue;
                each(
                  out,
                  (plane * y.extent + iy) * x.extent + ix,
                  ((f * perGroup + c) * y.kernel + ky) * x.kernel + kx,
                );
              }
            }
          }
        }
}

function multiplyAdds({ channels, group, y, x, out }: Geometry): number {
  return sizeOf(out) * (channels / group) * y.kernel * x.kernel;
}

/**
 * y[n, f, i, j] = activation(bias[f] + sum over c, ky, kx of w[f, c, ky, kx] * x[n, c, i * stride - pad + ky * dilation, ...]),
 * a cross-correlation as ONNX Conv has it. x [N, C, H, W], w [OC, C / group, KH, KW], bias [OC]. A residual like y may be
 * added, see activation.ts. pads are [top, left, bottom, right], all other pairs [vertical, horizontal]. Filter f sees the
 * channels of its group only.
 */
export const conv2d: Op = {
  name: 'conv2d',
  inputs: ['x', 'w', 'bias?', 'residual?'],
  outputs: ['y'],
  attributes: { ...attributes, ...activationAttributes },
  infer(call) {
    const { filters, out } = geometryOf(call, 0, 1);
    if (call.types[2]) wantLike(call, 2, [filters], 0);
    wantResidual(call, out);
    return [{ dtype: floatAt(call, 0).dtype, shape: out }];
  },
  reference(call, [x, w, bias, residual], [output]) {
    if (!x || !w) throw new Error('inputs are checked by infer');
    const geometry = geometryOf(call, 0, 1);
    const plane = geometry.y.out * geometry.x.out;
    const y = new Float64Array(sizeOf(output.shape)).map((_, i) =>
      bias ? bias.data[Math.floor(i / plane) % geometry.filters] : 0,
    );
    visit(geometry, (out, image, weight) => {
      y[out] += x.data[image] * w.data[weight];
    });
    return [withEpilogue(call, { ...output, data: y }, residual)];
  },
  gradient: conv2dGradient,
  // A depthwise filter has a few taps per output: there is nothing in it to thin out.
  weight: (call) =>
    number(call.attributes, 'group') === 1 || (call.types[1]?.shape[1] ?? 1) > 1
      ? { input: 1, outputAxis: 0 }
      : undefined,
  multiplyAdds: (call) => multiplyAdds(geometryOf(call, 0, 1)),
};

function conv2dGradient(context: GradientContext): readonly Gradient[] {
  const { inputs, emit, wants } = context;
  if (context.outputGradients[0] === undefined) return [];
  const through = epilogueGradient(context, context.outputGradients[0]);
  const dy = through.sum;
  const [x, w, bias, residual] = inputs;
  const { strides, pads, autoPad, dilations, group } = context.attributes;
  const same = { strides, pads, autoPad, dilations, group };
  const dx = wants(0) ? emit('conv2dInputGrad', [dy, w, x], same) : undefined;
  let dw: Gradient;
  if (wants(1)) {
    if (context.isSparse(w)) dw = { stored: emit('conv2dWeightGrad', [dy, x, w], same) };
    else dw = emit('conv2dWeightGrad', [dy, x, w], { ...same, dense: true });
  }
  // [N, OC, H, W] summed to [OC]: sumLike broadcasts from the last axis, so the channel has to be reduced by hand.
  const dbias = bias && wants(2) ? emit('reduceSum', [dy], { axes: [0, 2, 3], keepDims: false }) : undefined;
  return [dx, dw, dbias, residual && wants(3) ? through.residual : undefined];
}

/** The gradient of conv2d by its image: dy [N, OC, OH, OW], w, x (its shape only) -> dx like x. */
export const conv2dInputGrad: Op = {
  name: 'conv2dInputGrad',
  inputs: ['dy', 'w', 'x'],
  outputs: ['dx'],
  attributes,
  infer(call) {
    wantLike(call, 0, geometryOf(call, 2, 1).out, 1);
    const { dtype, shape } = floatAt(call, 2);
    return [{ dtype, shape }];
  },
  reference(call, [dy, w], [output]) {
    if (!dy || !w) throw new Error('inputs are checked by infer');
    const dx = new Float64Array(sizeOf(output.shape));
    visit(geometryOf(call, 2, 1), (out, image, weight) => {
      dx[image] += dy.data[out] * w.data[weight];
    });
    return [dx];
  },
  shapeOnly: [2],
  multiplyAdds: (call) => multiplyAdds(geometryOf(call, 2, 1)),
};

/**
 * The gradient of conv2d by its filters: dy [N, OC, OH, OW], x, w (its shape only) -> dw like w. For a sparse constant w
 * it is [stored], the gradients of the stored values in the order of the encoding (0 for what sticks out), unless
 * `dense` asks for all of them.
 */
export const conv2dWeightGrad: Op = {
  name: 'conv2dWeightGrad',
  inputs: ['dy', 'x', 'w'],
  outputs: ['dw'],
  attributes: { ...attributes, dense: { type: 'boolean', default: false } },
  infer(call) {
    wantLike(call, 0, geometryOf(call, 1, 2).out, 1);
    const { dtype, shape, stored } = floatAt(call, 2);
    return [{ dtype, shape: stored === undefined || boolean(call.attributes, 'dense') ? shape : [stored] }];
  },
  reference(call, [dy, x]) {
    if (!dy || !x) throw new Error('inputs are checked by infer');
    const w = call.constants[2];
    const dw = new Float64Array(sizeOf(floatAt(call, 2).shape));
    visit(geometryOf(call, 1, 2), (out, image, weight) => {
      dw[weight] += dy.data[out] * x.data[image];
    });
    if (!w || w.encoding === 'dense' || boolean(call.attributes, 'dense')) return [dw];
    return [pick(dw, storedPositions(w))];
  },
  shapeOnly: [2],
  multiplyAdds: (call) => multiplyAdds(geometryOf(call, 1, 2)),
};
