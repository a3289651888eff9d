/** Layer and batch normalisation, for inference and for training. */
import { normalizeAxis, type Shape, sizeOf } from '../core/shape.ts';
import { isPlain, type Kernel, type Operand, type Request } from './kernel.ts';
import { numberOf, readRows, traffic, wanted } from './match.ts';
import { along } from './split.ts';

function allPlain(inputs: Request['inputs']): inputs is readonly Operand[] {
  return inputs.every((input) => isPlain(input));
}

/** A row is everything from `axis` on. */
function rowsOf(shape: Shape, { attributes }: Request): { readonly rows: number; readonly columns: number } {
  const axis = normalizeAxis(numberOf(attributes, 'axis', -1), shape.length);
  return { rows: sizeOf(shape.slice(0, axis)), columns: sizeOf(shape.slice(axis)) };
}

/** [N, C, ...] as [batch][channels][inner]. */
function channelsOf(shape: Shape): readonly number[] {
  return [shape[0], shape[1], sizeOf(shape.slice(2))];
}

const layerNorm: Kernel = {
  name: 'f32_layer_norm',
  exports: ['f32_layer_norm'],
  op: 'layerNorm',
  match(request) {
    const { inputs, outputs, attributes } = request;
    const [x, scale, bias] = inputs;
    if (!isPlain(x) || !isPlain(scale) || (bias && !isPlain(bias)))
      return wanted('plain float32 x, scale and perhaps bias', inputs);
    const { rows, columns } = rowsOf(x.shape, request);
    if (sizeOf(scale.shape) !== columns || (bias && sizeOf(bias.shape) !== columns))
      return wanted(`scale and bias of ${columns} elements`, inputs);
    const epsilon = numberOf(attributes, 'epsilon', 1e-5);
    return along(
      {
        reads: bias ? readRows(0, 1, 2) : readRows(0, 1),
        writes: outputs.map(() => 'rows'),
        microseconds: traffic(16 * rows * columns),
        inPlace: [0],
      },
      {
        extent: rows,
        unit: 1,
        calls: ({ reads, writes }, first, count) => {
          const skipped = first * columns * 4;
          const perRow = [writes[1], writes[2]].map((at) => (at ? at + first * 4 : 0));
          const args = [reads[0] + skipped, reads[1], reads[2] ?? 0, writes[0] + skipped, ...perRow];
          return [{ kernel: 'f32_layer_norm', args: [count, columns, epsilon, ...args] }];
        },
      },
    );
  },
};

const layerNormGrad: Kernel = {
  name: 'f32_layer_norm_grad',
  exports: ['f32_layer_norm_grad'],
  op: 'layerNormGrad',
  match(request) {
    const { inputs } = request;
    if (inputs.length !== 5 || !allPlain(inputs)) return wanted('plain float32 dy, x, scale, mean and invStd', inputs);
    const { rows, columns } = rowsOf(inputs[1].shape, request);
    return {
      reads: readRows(0, 1, 2, 3, 4),
      writes: ['rows', 'rows', 'rows'],
      microseconds: traffic(28 * rows * columns),
      inPlace: [0, 1],
      calls: (at) => [{ kernel: 'f32_layer_norm_grad', args: [rows, columns, ...at.reads, ...at.writes] }],
    };
  },
};

const batchNorm: Kernel = {
  name: 'f32_batch_norm',
  exports: ['f32_batch_norm'],
  op: 'batchNorm',
  match({ inputs, attributes }) {
    if (inputs.length !== 5 || !allPlain(inputs))
      return wanted('plain float32 x, scale, bias, mean and variance', inputs);
    const { shape } = inputs[0];
    const epsilon = numberOf(attributes, 'epsilon', 1e-5);
    const [images, channels, inner] = channelsOf(shape);
    return along(
      {
        reads: readRows(0, 1, 2, 3, 4),
        writes: ['rows'],
        microseconds: traffic(8 * sizeOf(shape)),
        inPlace: [0],
      },
      {
        extent: images,
        unit: 1,
        calls: ({ reads: [x, ...statistics], writes: [out] }, first, count) => {
          const skipped = first * channels * inner * 4;
          const args = [count, channels, inner, epsilon, x + skipped, ...statistics, out + skipped];
          return [{ kernel: 'f32_batch_norm', args }];
        },
      },
    );
  },
};

const batchNormTraining: Kernel = {
  name: 'f32_batch_norm_training',
  exports: ['f32_batch_norm_training'],
  op: 'batchNormTraining',
  match({ inputs, outputs, attributes }) {
    if (inputs.length !== 5 || !allPlain(inputs))
      return wanted('plain float32 x, scale, bias, mean and variance', inputs);
    const { shape } = inputs[0];
    const settings = [numberOf(attributes, 'epsilon', 1e-5), numberOf(attributes, 'momentum', 0.9)];
    return {
      reads: readRows(0, 1, 2, 3, 4),
      writes: outputs.map(() => 'rows'),
      microseconds: traffic(16 * sizeOf(shape)),
      inPlace: [0],
      // Where results that nobody names go.
      scratchBytes: (5 - outputs.length) * shape[1] * 4,
      calls: ({ reads, writes, scratch }) => {
        const unnamed = Array.from({ length: 5 - outputs.length }, (_, i) => scratch + i * shape[1] * 4);
        const args = [...channelsOf(shape), ...settings, ...reads, ...writes, ...unnamed];
        return [{ kernel: 'f32_batch_norm_training', args }];
      },
    };
  },
};

const batchNormGrad: Kernel = {
  name: 'f32_batch_norm_grad',
  exports: ['f32_batch_norm_grad'],
  op: 'batchNormGrad',
  match({ inputs }) {
    if (inputs.length !== 5 || !allPlain(inputs))
      return wanted('plain float32 dy, x, scale, savedMean and savedInvStd', inputs);
    const { shape } = inputs[1];
    return {
      reads: readRows(0, 1, 2, 3, 4),
      writes: ['rows', 'rows', 'rows'],
      microseconds: traffic(20 * sizeOf(shape)),
      inPlace: [0, 1],
      calls: (at) => [{ kernel: 'f32_batch_norm_grad', args: [...channelsOf(shape), ...at.reads, ...at.writes] }],
    };
  },
};

export const norm: readonly Kernel[] = [layerNorm, layerNormGrad, batchNorm, batchNormTraining, batchNormGrad];
