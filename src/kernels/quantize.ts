/** Floats to 8-bit numbers and back, with one scale or one along an axis. */
import { normalizeAxis, type Shape, sizeOf } from '../core/shape.ts';
import { isPlain, type Kernel, type Match, type Operand, type Request } from './kernel.ts';
import { numberOf, readRows, traffic, wanted } from './match.ts';

export const isBytes = (operand: Operand | undefined): operand is Operand =>
  isPlain(operand, 'uint8') || isPlain(operand, 'int8');

export const signOf = ({ dtype }: Operand): number => Number(dtype === 'int8');

/** x as [outer][channels][inner] with a scale for each channel, or why it is not scaled so. */
function channelsOf({ attributes, inputs }: Request, shape: Shape): [number, number, number] | string {
  if (numberOf(attributes, 'blockSize', 0) !== 0) return 'wants scales without blocks';
  const scale = inputs[1]?.shape ?? [];
  if (sizeOf(scale) === 1) return [1, 1, sizeOf(shape)];
  const axis = normalizeAxis(numberOf(attributes, 'axis', 1), shape.length);
  return [sizeOf(shape.slice(0, axis)), shape[axis], sizeOf(shape.slice(axis + 1))];
}

function matched(request: Request, kernel: string, kind: number): Match | string {
  const [x, scale, zero] = request.inputs;
  if (!x || !isPlain(scale)) return wanted('a float32 scale', request.inputs);
  const sizes = channelsOf(request, x.shape);
  if (typeof sizes === 'string') return sizes;
  return {
    reads: readRows(0, 1, ...(zero ? [2] : [])),
    writes: ['rows'],
    microseconds: traffic(5 * sizeOf(x.shape)),
    calls: ({ reads: [from, scales, zeros = 0], writes: [to] }) => [
      { kernel, args: [...sizes, kind, from, scales, zeros, to] },
    ],
  };
}

const quantize: Kernel = {
  name: 'f32_quantize',
  exports: ['f32_quantize'],
  op: 'quantizeLinear',
  match(request) {
    const [x] = request.inputs;
    const [y] = request.outputs;
    if (!isPlain(x) || !isBytes(y)) return wanted('plain float32 to uint8 or int8', [x, y]);
    return matched(request, 'f32_quantize', signOf(y));
  },
};

const dequantize: Kernel = {
  name: 'f32_dequantize',
  exports: ['f32_dequantize'],
  op: 'dequantizeLinear',
  match(request) {
    const [x] = request.inputs;
    if (isBytes(x)) return matched(request, 'f32_dequantize', signOf(x));
    return isPlain(x, 'int32') ? matched(request, 'f32_dequantize', 2) : wanted('uint8, int8 or int32', [x]);
  },
};

const dynamic: Kernel = {
  name: 'f32_dynamic_quantize',
  exports: ['f32_dynamic_quantize'],
  op: 'dynamicQuantizeLinear',
  match({ inputs, outputs }) {
    const [x] = inputs;
    if (!isPlain(x)) return wanted('a plain float32 operand', inputs);
    return {
      reads: readRows(0),
      writes: outputs.map(() => 'rows'),
      microseconds: traffic(9 * sizeOf(x.shape)),
      // Scale and zero point are made even if nobody reads them.
      scratchBytes: 8,
      calls: ({ reads: [from], writes: [to, scale, zero], scratch }) => [
        { kernel: 'f32_dynamic_quantize', args: [sizeOf(x.shape), from, to, scale ?? scratch, zero ?? scratch + 4] },
      ],
    };
  },
};

export const quantizeKernels: readonly Kernel[] = [quantize, dequantize, dynamic];
