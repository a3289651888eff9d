/** Convolutions of 8-bit numbers, exact in i32: filters as rows of i16 pairs, images turned into panels, centred on the way. */
import { padsOf } from '../core/padding.ts';
import { sizeOf } from '../core/shape.ts';
import { addressOf, integerCost, packedBytes, readsOf, stepOf } from './integer-matmul.ts';
import type { Call, Kernel, Match, Operand, Request } from './kernel.ts';
import { pairsOf } from './layouts.ts';
import { numberOf, textOf, wanted } from './match.ts';
import { isBytes, signOf } from './quantize.ts';

/** A convolution over one or two axes; one axis is an image of one row. */
interface Geometry {
  readonly batch: number;
  readonly group: number;
  readonly filters: number;
  readonly perGroup: number;
  readonly plane: number;
  readonly out: number;
  readonly k: number;
  /** What i16_im2col is told of extents, kernel, strides, pads, dilations and results. */
  readonly window: readonly number[];
}

function geometryOf({ attributes, inputs, outputs }: Request, w: number): Geometry | string {
  const [x, filter] = [inputs[0], inputs[w]];
  if (!isBytes(x) || !isBytes(filter)) return wanted('uint8 or int8 operands', inputs);
  const axes = x.shape.length - 2;
  if (axes > 2) return wanted('one or two axes', inputs);
  const list = (name: string) => {
    const given = attributes[name] as readonly number[];
    return given.length > 0 ? given : new Array<number>(axes).fill(1);
  };
  textOf(attributes, 'autoPad', 'none');
  const pads = padsOf(attributes, x.shape.slice(2), filter.shape.slice(2)).slice(0, axes);
  const flat = (values: readonly number[], lead: number) => (axes === 1 ? [lead, ...values] : values);
  const extents = flat(x.shape.slice(2), 1);
  const kernel = flat(filter.shape.slice(2), 1);
  const result = flat(outputs[0].shape.slice(2), 1);
  return {
    batch: x.shape[0],
    group: numberOf(attributes, 'group', 1),
    filters: filter.shape[0],
    perGroup: filter.shape[1],
    plane: sizeOf(extents),
    out: sizeOf(result),
    k: filter.shape[1] * sizeOf(kernel),
    window: [
      ...extents,
      ...kernel,
      ...flat(list('strides'), 1),
      ...flat(pads, 0),
      ...flat(list('dilations'), 1),
      ...result,
    ],
  };
}

/** Calls per group: the sums go to what `place` says, and `after` follows. */
function convMatch(
  request: Request,
  w: number,
  zeros: readonly [x: number, w: number],
  finish?: (
    find: (input: number) => number,
    from: number,
    filter: number,
    count: number,
    to: number,
    out: number,
  ) => Call,
): Match | string {
  const { inputs } = request;
  const geometry = geometryOf(request, w);
  if (typeof geometry === 'string') return geometry;
  const { batch, group, filters, perGroup, plane, out, k, window } = geometry;
  const wStep = stepOf(inputs[zeros[1]], filters);
  if (wStep === undefined || stepOf(inputs[zeros[0]], 1) !== 0) return wanted('zero points for all or filters', inputs);
  const [x, filter] = [inputs[0], inputs[w]] as readonly [Operand, Operand];
  const each = filters / group;
  const reads = readsOf(request, -1);
  const packed = packedBytes(filters, k);
  const columns = Math.ceil(out / 8) * pairsOf(k) * 32;
  return {
    reads,
    writes: ['rows'],
    microseconds: batch * group * (integerCost(each, out, k) + (k * out) / 700),
    repacking: (batch * group * (k * out)) / 700,
    scratchBytes: packed + columns + (finish ? each * out * 4 : 0),
    calls(at) {
      const find = (input: number) => addressOf(reads, at, input);
      const panels = at.scratch + packed;
      const calls: Call[] = [
        { kernel: 'i16_pack_rows', args: [filters, k, signOf(filter), find(w), find(zeros[1]), wStep, at.scratch, 0] },
      ];
      for (let n = 0; n < batch; n++)
        for (let g = 0; g < group; g++) {
          const image = find(0) + (n * group + g) * perGroup * plane;
          const first = (n * filters + g * each) * out;
          const sums = finish ? panels + columns : at.writes[0] + first * 4;
          calls.push(
            { kernel: 'i16_im2col', args: [perGroup, ...window, signOf(x), image, find(zeros[0]), panels] },
            { kernel: 'i16_gemm_4x8', args: [each, out, k, at.scratch + g * packedBytes(each, k), panels, sums] },
          );
          if (finish) calls.push(finish(find, sums, g * each, each, at.writes[0] + first, out));
        }
      return calls;
    },
  };
}

const convExports = ['i16_gemm_4x8', 'i16_im2col', 'i16_pack_rows'];

const convInteger: Kernel = {
  name: 'i16_gemm_4x8',
  exports: convExports,
  op: 'convInteger',
  match: (request) => convMatch(request, 1, [2, 3]),
};

const qlinearConv: Kernel = {
  name: 'i16_gemm_4x8',
  exports: [...convExports, 'i32_requantize'],
  op: 'qlinearConv',
  match(request) {
    const { inputs, outputs } = request;
    const step = stepOf(inputs[4], inputs[3]?.shape[0] ?? 0);
    if (step === undefined) return wanted('scales for all or filters', inputs);
    const sign = signOf(outputs[0]);
    return convMatch(request, 3, [2, 5], (find, sums, filter, count, to, out) => {
      const bias = find(8) && find(8) + filter * 4;
      const scales = [find(4) + step * filter * 4, step, find(1), 0, find(6), find(7)];
      return { kernel: 'i32_requantize', args: [count, out, sign, sums, bias, ...scales, to] };
    });
  },
};

export const integerConvKernels: readonly Kernel[] = [convInteger, qlinearConv];
