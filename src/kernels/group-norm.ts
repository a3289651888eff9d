/** Normalisation by the statistics of planes, groups of channels or rows, and by neighbouring channels. */
import { normalizeAxis, sizeOf } from '../core/shape.ts';
import { isPlain, type Kernel, type Match, type Request } from './kernel.ts';
import { numberOf, readRows, traffic, wanted } from './match.ts';
import { along } from './split.ts';

function byGroups(request: Request, groups: number): Match | string {
  const { inputs, attributes } = request;
  const [x, scale, bias] = inputs;
  if (!isPlain(x) || !isPlain(scale) || !isPlain(bias)) return wanted('plain float32 x, scale and bias', inputs);
  const [images, channels, ...plane] = x.shape;
  const inner = sizeOf(plane);
  const perGroup = channels / groups;
  const epsilon = numberOf(attributes, 'epsilon', 1e-5);
  return along(
    { reads: readRows(0, 1, 2), writes: ['rows'], microseconds: traffic(16 * sizeOf(x.shape)), inPlace: [0] },
    {
      extent: images * groups,
      unit: 1,
      calls: ({ reads: [from, s, b], writes: [to] }, first, count) => {
        const skipped = first * perGroup * inner * 4;
        const scaled = [channels / Math.max(1, sizeOf(scale.shape)), channels];
        const args = [count, perGroup, inner, first, ...scaled, epsilon, from + skipped, s, b, to + skipped];
        return [{ kernel: 'f32_group_norm', args }];
      },
    },
  );
}

const instanceNorm: Kernel = {
  name: 'f32_group_norm',
  exports: ['f32_group_norm'],
  op: 'instanceNorm',
  match: (request) => byGroups(request, request.outputs[0].shape[1]),
};

const groupNorm: Kernel = {
  name: 'f32_group_norm',
  exports: ['f32_group_norm'],
  op: 'groupNorm',
  match: (request) => byGroups(request, numberOf(request.attributes, 'groups')),
};

const rmsNorm: Kernel = {
  name: 'f32_rms_norm',
  exports: ['f32_rms_norm'],
  op: 'rmsNorm',
  match({ inputs, outputs, attributes }) {
    const [x, scale] = inputs;
    if (!isPlain(x) || !isPlain(scale)) return wanted('plain float32 x and scale', inputs);
    const axis = normalizeAxis(numberOf(attributes, 'axis', -1), x.shape.length);
    const [rows, columns] = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))];
    const epsilon = numberOf(attributes, 'epsilon', 1e-5);
    return along(
      {
        reads: readRows(0, 1),
        writes: outputs.map(() => 'rows'),
        microseconds: traffic(12 * rows * columns),
        inPlace: [0],
      },
      {
        extent: rows,
        unit: 1,
        calls: ({ reads: [from, s], writes: [to, invStd] }, first, count) => {
          const skipped = first * columns * 4;
          const args = [count, columns, epsilon, from + skipped, s, to + skipped, invStd ? invStd + first * 4 : 0];
          return [{ kernel: 'f32_rms_norm', args }];
        },
      },
    );
  },
};

const lrn: Kernel = {
  name: 'f32_lrn',
  exports: ['f32_lrn'],
  op: 'lrn',
  match({ inputs, attributes }) {
    const [x] = inputs;
    if (!isPlain(x)) return wanted('a plain float32 operand', inputs);
    const [images, channels] = x.shape;
    const inner = sizeOf(x.shape.slice(2));
    const size = numberOf(attributes, 'size');
    const before = Math.floor((size - 1) / 2);
    const settings = [numberOf(attributes, 'alpha') / size, numberOf(attributes, 'beta'), numberOf(attributes, 'bias')];
    const bytes = channels * inner * 4;
    return along(
      { reads: readRows(0), writes: ['rows'], microseconds: traffic(4 * size * sizeOf(x.shape)) },
      {
        extent: images,
        unit: 1,
        calls: ({ reads: [from], writes: [to] }, first, count) => {
          const sizes = [count, channels, inner, before, size - 1 - before];
          return [{ kernel: 'f32_lrn', args: [...sizes, ...settings, from + first * bytes, to + first * bytes] }];
        },
      },
    );
  },
};

export const groupNormKernels: readonly Kernel[] = [instanceNorm, groupNorm, rmsNorm, lrn];
