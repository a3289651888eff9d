/** Blocks of pixels that become channels, and back: reshape, transpose, reshape of [N, C, H, W] in one op. */
import { format, type Shape, sizeOf, stridesOf } from '../core/shape.ts';
import { type AttributeRule, number, type Op, type OpCall, reject, string, typeAt } from './op.ts';
import { dataOf } from './operands.ts';
import { walk } from './walk.ts';

const attributes: Readonly<Record<string, AttributeRule>> = {
  block: { type: 'number' },
  /** How channels are counted: DCR (row in the block, column, channel) or CRD (channel, row, column). */
  mode: { type: 'string', default: 'DCR', oneOf: ['DCR', 'CRD'] },
};

function blockOf(call: OpCall): number {
  const block = number(call.attributes, 'block');
  if (!Number.isInteger(block) || block < 1) reject(call.node, 'a block of at least 1', String(block));
  return block;
}

function imageOf(call: OpCall): Shape {
  const { shape } = typeAt(call, 0);
  return shape.length === 4 ? shape : reject(call.node, 'images [N, C, H, W]', format(shape));
}

/** Visits each element of the deep tensor [N, block * block * C, H, W] with its place in the wide one. */
function visit(call: OpCall, deep: Shape, wide: Shape, each: (deep: number, wide: number) => void): void {
  const block = blockOf(call);
  const crd = string(call.attributes, 'mode') === 'CRD';
  const strides = stridesOf(wide);
  walk(deep, ([n, depth, i, j], flat) => {
    const inBlock = crd ? depth % (block * block) : Math.floor(depth / wide[1]);
    const channel = crd ? Math.floor(depth / (block * block)) : depth % wide[1];
    const [row, column] = [i * block + Math.floor(inBlock / block), j * block + (inBlock % block)];
    each(flat, n * strides[0] + channel * strides[1] + row * strides[2] + column);
  });
}

/** [N, block * block * C, H, W] to [N, C, H * block, W * block]. */
export const depthToSpace: Op = {
  name: 'depthToSpace',
  inputs: ['x'],
  outputs: ['y'],
  attributes,
  infer(call) {
    const [n, depth, h, w] = imageOf(call);
    const block = blockOf(call);
    if (depth % (block * block) !== 0) reject(call.node, `channels in multiples of ${block * block}`, String(depth));
    return [{ dtype: typeAt(call, 0).dtype, shape: [n, depth / (block * block), h * block, w * block] }];
  },
  reference(call, inputs, [output]) {
    const [x] = dataOf(inputs);
    const y = new Float64Array(sizeOf(output.shape));
    visit(call, imageOf(call), output.shape, (deep, wide) => {
      y[wide] = x[deep];
    });
    return [y];
  },
  gradient: ({ attributes: settings, outputGradients: [dy], emit }) =>
    dy === undefined ? [] : [emit('spaceToDepth', [dy], settings)],
};

/** [N, C, H * block, W * block] to [N, block * block * C, H, W]. */
export const spaceToDepth: Op = {
  name: 'spaceToDepth',
  inputs: ['x'],
  outputs: ['y'],
  attributes,
  infer(call) {
    const [n, c, h, w] = imageOf(call);
    const block = blockOf(call);
    if (h % block !== 0 || w % block !== 0)
      reject(call.node, `height and width in multiples of ${block}`, `${h}, ${w}`);
    return [{ dtype: typeAt(call, 0).dtype, shape: [n, block * block * c, h / block, w / block] }];
  },
  reference(call, inputs, [output]) {
    const [x] = dataOf(inputs);
    const y = new Float64Array(sizeOf(output.shape));
    visit(call, output.shape, imageOf(call), (deep, wide) => {
      y[deep] = x[wide];
    });
    return [y];
  },
  gradient: ({ attributes: settings, outputGradients: [dy], emit }) =>
    dy === undefined ? [] : [emit('depthToSpace', [dy], settings)],
};
