import { shared } from '../core/padding.ts';
import { format, MAX_ELEMENTS, type Shape, sizeOf } from '../core/shape.ts';
import { activationAttributes, epilogueGradient, wantResidual, withEpilogue } from './activation.ts';
import { floatAt, wantLike } from './checks.ts';
import { type GradientContext, number, numbers, type Op, type OpCall, reject, string } from './op.ts';
import { axisName, eachTap, openWindowAttributes, perAxis, type Slide, spanOf } from './window.ts';

interface Geometry {
  readonly batch: number;
  readonly channels: number;
  /** Filters of one group: output channels. */
  readonly perGroup: number;
  readonly group: number;
  /** The windows that a convolution would slide over the output. */
  readonly slides: readonly Slide[];
  readonly out: Shape;
}

function geometryOf(call: OpCall): Geometry {
  const [x, w] = [floatAt(call, 0), floatAt(call, 1)];
  const [batch, channels, ...extents] = x.shape;
  const [inputs, perGroup, ...kernel] = w.shape;
  const group = number(call.attributes, 'group');
  const got = `${format(x.shape)} * ${format(w.shape)}`;
  if (x.dtype !== w.dtype) reject(call.node, 'image and filters of one type', `${x.dtype} and ${w.dtype}`);
  if (x.shape.length < 3 || w.shape.length !== x.shape.length || inputs !== channels)
    reject(call.node, '[N, C, ...] * [C, OC / group, ...]', got);
  if (!Number.isInteger(group) || group < 1 || channels % group !== 0)
    reject(call.node, `a group that divides the ${channels} channels`, String(group));
  const slides = extents.map((extent, axis) => slideOf(call, extent, kernel[axis], axis, extents.length));
  return { batch, channels, perGroup, group, slides, out: [batch, perGroup * group, ...slides.map((s) => s.extent)] };
}

/** The window along one axis: `out` is the extent of the input, `extent` that of the output. */
function slideOf(call: OpCall, input: number, kernel: number, axis: number, axes: number): Slide {
  const [stride, dilation, extra] = [
    perAxis(call, 'strides', axes, 1, 1)[axis],
    perAxis(call, 'dilations', axes, 1, 1)[axis],
    perAxis(call, 'outputPadding', axes, 0, 0)[axis],
  ];
  const pads = perAxis(call, 'pads', 2 * axes, 0, 0);
  const autoPad = string(call.attributes, 'autoPad');
  const explicit = numbers(call.attributes, 'outputShape').length > 0;
  const full = (input - 1) * stride + spanOf({ kernel, dilation }) + extra;
  let [begin, end] = [pads[axis], pads[axis + axes]];
  let extent = full - begin - end;
  if (explicit || autoPad !== 'none') {
    const wanted = explicit ? perAxis(call, 'outputShape', axes, 0, 0)[axis] : input * stride;
    [begin, end] = shared(Math.max(0, full - wanted), autoPad === 'sameUpper');
    extent = explicit ? wanted : full - begin - end;
  }
  if (kernel < 1) reject(call.node, `a kernel with at least one tap along ${axisName(axis, axes)}`, String(kernel));
  if (extent < 0 || extent > MAX_ELEMENTS)
    reject(call.node, `an output ${axisName(axis, axes)} in [0, ${MAX_ELEMENTS}]`, String(extent));
  return { extent, kernel, stride, dilation, begin, end, out: input };
}

/** The sizes that the kernels need, where begin and end of the padding are worked out. */
export function multiplyAdds(call: OpCall): number {
  const { perGroup } = geometryOf(call);
  return sizeOf(floatAt(call, 0).shape) * perGroup * sizeOf(floatAt(call, 1).shape.slice(2));
}

/**
 * The adjoint of convolution, as ONNX ConvTranspose has it: every x[n, c, i] adds w[c, f, tap] * x to
 * y[n, f, i * stride - pad + tap * dilation]. x [N, C, ...], w [C, OC / group, ...], bias [OC]. An output extent is
 * (in - 1) * stride + span + outputPadding - pads; where `outputShape` names it, or `autoPad` makes it in * stride, the
 * padding follows from it, an odd one with more at the begin unless `autoPad` is sameUpper. Activation and residual follow as
 * conv2d's do.
 */
export const convTranspose: Op = {
  name: 'convTranspose',
  inputs: ['x', 'w', 'bias?', 'residual?'],
  outputs: ['y'],
  attributes: {
    ...openWindowAttributes,
    group: { type: 'number', default: 1 },
    outputPadding: { type: 'numbers', default: [] },
    outputShape: { type: 'numbers', default: [] },
    ...activationAttributes,
  },
  infer(call) {
    const { out } = geometryOf(call);
    if (call.types[2]) wantLike(call, 2, [out[1]], 0);
    wantResidual(call, out);
    return [{ dtype: floatAt(call, 0).dtype, shape: out }];
  },
  reference(call, [x, w, bias, residual], [output]) {
    if (!x || !w) throw new Error('inputs are checked by infer');
    const { batch, channels, perGroup, group, slides, out } = geometryOf(call);
    const [plane, from, taps] = [out.slice(2), x.shape.slice(2), w.shape.slice(2)].map(sizeOf);
    const y = new Float64Array(sizeOf(out)).map((_, i) => bias?.data[Math.floor(i / plane) % out[1]] ?? 0);
    for (let n = 0; n < batch; n++)
      for (let c = 0; c < channels; c++)
        for (let f = 0; f < perGroup; f++) {
          const filter = Math.floor(c / (channels / group)) * perGroup + f;
          const [image, result, weight] = [
            (n * channels + c) * from,
            (n * out[1] + filter) * plane,
            (c * perGroup + f) * taps,
          ];
          eachTap(slides, (i, o, tap) => {
            y[result + o] += x.data[image + i] * w.data[weight + tap];
          });
        }
    return [withEpilogue(call, { ...output, data: y }, residual)];
  },
  gradient: convTransposeGradient,
  multiplyAdds,
};

/** y is the input gradient of a convolution, so that dx is that convolution of dy, and dw its weight gradient. */
function convTransposeGradient(context: GradientContext) {
  const {
    node,
    attributes,
    inputs,
    outputGradients: [given],
    shape,
    emit,
    wants,
  } = context;
  if (given === undefined) return [];
  const [x, w, bias, residual] = inputs;
  if (shape(x).length !== 4) reject(node, 'a rank of 4 to differentiate', String(shape(x).length));
  if (string(attributes, 'autoPad') !== 'none' || numbers(attributes, 'outputShape').length > 0)
    reject(node, 'pads as numbers to differentiate', 'autoPad or outputShape');
  const list = (name: string, count: number, fallback: number) => {
    const given = numbers(attributes, name);
    return given.length > 0 ? given : new Array<number>(count).fill(fallback);
  };
  const strides = list('strides', 2, 1);
  if (list('outputPadding', 2, 0).some((extra, axis) => extra >= strides[axis]))
    reject(node, 'outputPadding below the strides to differentiate', format(numbers(attributes, 'outputPadding')));
  const same = { strides, pads: list('pads', 4, 0), dilations: list('dilations', 2, 1), group: attributes.group };
  const through = epilogueGradient(context, given);
  const dy = through.sum;
  const dx = wants(0) ? emit('conv2d', [dy, w], same) : undefined;
  const dw = wants(1) ? emit('conv2dWeightGrad', [x, dy, w], { ...same, dense: true }) : undefined;
  const dbias = bias && wants(2) ? emit('reduceSum', [dy], { axes: [0, 2, 3], keepDims: false }) : undefined;
  return [dx, dw, dbias, residual && wants(3) ? through.residual : undefined];
}
