/** Pooling of [N, C, H, W]. Output extents come with the request. */
import { type Shape, sizeOf } from '../core/shape.ts';
import { isPlain, type Kernel, type Operand, type Request } from './kernel.ts';
import { arithmetic, flagOf, listOf, readRows, traffic, wanted } from './match.ts';
import { along } from './split.ts';

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  /** Top, left, bottom, right. */
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
}

function windowOf({ attributes }: Request): Window {
  return {
    kernel: listOf(attributes, 'kernel'),
    strides: listOf(attributes, 'strides', [1, 1]),
    pads: listOf(attributes, 'pads', [0, 0, 0, 0]),
    dilations: listOf(attributes, 'dilations', [1, 1]),
  };
}

function isImage(operand: Operand | undefined): operand is Operand {
  return isPlain(operand) && operand.shape.length === 4;
}

const planes = (shape: Shape) => shape[0] * shape[1];

const maxPool: Kernel = {
  name: 'f32_max_pool',
  exports: ['f32_max_pool'],
  op: 'maxPool',
  match(request) {
    const [x] = request.inputs;
    if (!isImage(x)) return wanted('a plain float32 operand [N, C, H, W]', request.inputs);
    const { kernel, strides, pads, dilations } = windowOf(request);
    const [, , h, w] = x.shape;
    const [, , oh, ow] = request.outputs[0].shape;
    const taps = sizeOf(request.outputs[0].shape) * kernel[0] * kernel[1];
    const window = [h, w, ...kernel, ...strides, pads[0], pads[1], ...dilations, oh, ow];
    return along(
      {
        reads: readRows(0),
        writes: request.outputs.map(() => 'rows'),
        microseconds: arithmetic(taps, request.outputs.length > 1 ? 0.75 : 0.5),
      },
      {
        extent: planes(x.shape),
        unit: 1,
        calls: ({ reads: [from], writes: [out, indices] }, first, count) => {
          const skipped = first * oh * ow * 4;
          const to = [from + first * h * w * 4, out + skipped, indices ? indices + skipped : 0];
          return [{ kernel: 'f32_max_pool', args: [count, ...window, ...to] }];
        },
      },
    );
  },
};

const maxPoolGrad: Kernel = {
  name: 'f32_max_pool_grad',
  exports: ['f32_max_pool_grad'],
  op: 'maxPoolGrad',
  match({ inputs, outputs }) {
    const [dy, indices] = inputs;
    if (!isImage(dy) || !isPlain(indices, 'int32'))
      return wanted('plain float32 dy [N, C, OH, OW] and int32 indices', inputs);
    const [, , h, w] = outputs[0].shape;
    const [, , oh, ow] = dy.shape;
    return {
      reads: readRows(0, 1),
      writes: ['rows'],
      microseconds: traffic(4 * sizeOf(outputs[0].shape)) + arithmetic(sizeOf(dy.shape), 1),
      calls: (at) => [
        { kernel: 'f32_max_pool_grad', args: [planes(dy.shape), h, w, oh, ow, ...at.reads, at.writes[0]] },
      ],
    };
  },
};

/** Arguments common to average pooling and its gradient, which sees the images the other way round. */
function averageArguments(request: Request, image: Shape, pooled: Shape): readonly number[] {
  const { kernel, strides, pads } = windowOf(request);
  const includePad = flagOf(request.attributes, 'countIncludePad', false) ? 1 : 0;
  return [planes(image), image[2], image[3], ...kernel, ...strides, ...pads, pooled[2], pooled[3], includePad];
}

/** The kernels know no dilation. */
function dilated(request: Request): string | undefined {
  const { dilations } = windowOf(request);
  return dilations.every((dilation) => dilation === 1) ? undefined : `want dilations [1, 1], got [${dilations}]`;
}

const avgPool: Kernel = {
  name: 'f32_avg_pool',
  exports: ['f32_avg_pool'],
  op: 'avgPool',
  match(request) {
    const [x] = request.inputs;
    if (!isImage(x)) return wanted('a plain float32 operand [N, C, H, W]', request.inputs);
    const reason = dilated(request);
    if (reason) return reason;
    const { kernel } = windowOf(request);
    const pooled = request.outputs[0].shape;
    const [extent, ...window] = averageArguments(request, x.shape, pooled);
    const [plane, pooledPlane] = [x.shape, pooled].map(([, , height, width]) => height * width * 4);
    return along(
      {
        reads: readRows(0),
        writes: ['rows'],
        microseconds: arithmetic(sizeOf(pooled) * kernel[0] * kernel[1], 0.25),
      },
      {
        extent,
        unit: 1,
        calls: ({ reads: [from], writes: [out] }, first, count) => [
          { kernel: 'f32_avg_pool', args: [count, ...window, from + first * plane, out + first * pooledPlane] },
        ],
      },
    );
  },
};

const avgPoolGrad: Kernel = {
  name: 'f32_avg_pool_grad',
  exports: ['f32_avg_pool_grad'],
  op: 'avgPoolGrad',
  match(request) {
    const [dy] = request.inputs;
    if (!isImage(dy)) return wanted('plain float32 dy [N, C, OH, OW]', request.inputs);
    const reason = dilated(request);
    if (reason) return reason;
    const { kernel } = windowOf(request);
    const image = request.outputs[0].shape;
    return {
      reads: readRows(0),
      writes: ['rows'],
      microseconds: traffic(4 * sizeOf(image)) + arithmetic(sizeOf(dy.shape) * kernel[0] * kernel[1], 0.6),
      calls: (at) => [
        {
          kernel: 'f32_avg_pool_grad',
          args: [...averageArguments(request, image, dy.shape), at.reads[0], at.writes[0]],
        },
      ],
    };
  },
};

export const pool: readonly Kernel[] = [maxPool, maxPoolGrad, avgPool, avgPoolGrad];
