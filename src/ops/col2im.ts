import { format, type Shape, sizeOf, stridesOf } from '../core/shape.ts';
import { wholeNumbers } from './checks.ts';
import { numbers, type Op, type OpCall, reject, typeAt } from './op.ts';
import { dataOf, numericAt } from './operands.ts';
import { flatIndex, walk } from './walk.ts';

interface Blocks {
  readonly image: Shape;
  readonly block: Shape;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Before each axis, then behind each. */
  readonly pads: readonly number[];
  /** How many blocks there are along each axis. */
  readonly counts: Shape;
}

function blocksOf(call: OpCall): Blocks {
  const image = wholeNumbers(call, 'image', { least: 1 });
  const count = image.length;
  const list = (name: string, length: number, value: number, least: number) =>
    numbers(call.attributes, name).length === 0
      ? new Array<number>(length).fill(value)
      : wholeNumbers(call, name, { count: length, least });
  const block = wholeNumbers(call, 'block', { count, least: 1 });
  const strides = list('strides', count, 1, 1);
  const dilations = list('dilations', count, 1, 1);
  const pads = list('pads', 2 * count, 0, 0);
  const counts = image.map((extent, i) =>
    Math.max(0, Math.floor((extent + pads[i] + pads[count + i] - dilations[i] * (block[i] - 1) - 1) / strides[i]) + 1),
  );
  return { image, block, strides, dilations, pads, counts };
}

/**
 * Blocks [N, C * elements of a block, blocks] laid down in an image [N, C, ...image]; where they overlap they add up: the
 * reverse of what a convolution reads.
 */
export const col2im: Op = {
  name: 'col2im',
  inputs: ['x'],
  outputs: ['y'],
  attributes: {
    image: { type: 'numbers' },
    block: { type: 'numbers' },
    strides: { type: 'numbers', default: [] },
    dilations: { type: 'numbers', default: [] },
    pads: { type: 'numbers', default: [] },
  },
  infer(call) {
    const { dtype, shape } = numericAt(call, 0);
    const { image, block, counts } = blocksOf(call);
    const [elements, blocks] = [sizeOf(block), sizeOf(counts)];
    if (shape.length !== 3 || shape[1] % elements !== 0 || shape[2] !== blocks)
      reject(call.node, `blocks [N, C * ${elements}, ${blocks}]`, format(shape));
    return [{ dtype, shape: [shape[0], shape[1] / elements, ...image] }];
  },
  reference(call, inputs, [output]) {
    const [x] = dataOf(inputs);
    const { image, block, strides, dilations, pads, counts } = blocksOf(call);
    const imageStrides = stridesOf(image);
    const [elements, blocks, pixels] = [sizeOf(block), sizeOf(counts), sizeOf(image)];
    const planes = typeAt(call, 0).shape[0] * output.shape[1];
    const y = new Float64Array(sizeOf(output.shape));
    walk(block, (within, element) =>
      walk(counts, (which, number) => {
        const at = image.map((_, axis) => which[axis] * strides[axis] - pads[axis] + within[axis] * dilations[axis]);
        if (!at.every((i, axis) => i >= 0 && i < image[axis])) return;
        const to = flatIndex(at, imageStrides);
        for (let plane = 0; plane < planes; plane++)
          y[plane * pixels + to] += x[(plane * elements + element) * blocks + number];
      }),
    );
    return [y];
  },
};
