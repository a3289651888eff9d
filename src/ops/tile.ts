import { type Shape, sizeOf, stridesOf } from '../core/shape.ts';
import { floatAt, wantLike, wholeNumbers } from './checks.ts';
import { type AttributeRule, type Op, type OpCall, typeAt } from './op.ts';
import { dataOf } from './operands.ts';
import { flatIndex, walk } from './walk.ts';

const attributes: Readonly<Record<string, AttributeRule>> = { repeats: { type: 'numbers' } };

function tiledShape(call: OpCall, shape: Shape): number[] {
  const repeats = wholeNumbers(call, 'repeats', { count: shape.length, least: 0 });
  return shape.map((extent, axis) => extent * repeats[axis]);
}

/** Visits every element of the result with the one of x that it repeats. */
function visit(shape: Shape, tiled: Shape, each: (result: number, x: number) => void): void {
  const strides = stridesOf(shape);
  walk(tiled, (index, flat) =>
    each(
      flat,
      flatIndex(
        index.map((i, axis) => i % shape[axis]),
        strides,
      ),
    ),
  );
}

/** x laid side by side, repeats[i] times along axis i. */
export const tile: Op = {
  name: 'tile',
  inputs: ['x'],
  outputs: ['y'],
  attributes,
  infer(call) {
    const { dtype, shape } = typeAt(call, 0);
    return [{ dtype, shape: tiledShape(call, shape) }];
  },
  reference(call, inputs, [output]) {
    const [x] = dataOf(inputs);
    const y = new Float64Array(sizeOf(output.shape));
    visit(typeAt(call, 0).shape, output.shape, (result, from) => {
      y[result] = x[from];
    });
    return [y];
  },
  gradient: ({ attributes: { repeats }, inputs: [x], outputGradients: [dy], emit }) =>
    dy === undefined ? [] : [emit('tileGrad', [dy, x], { repeats })],
};

/** The gradient of tile: dy summed over the copies. x gives its shape only. */
export const tileGrad: Op = {
  name: 'tileGrad',
  inputs: ['dy', 'x'],
  outputs: ['dx'],
  attributes,
  infer(call) {
    const { dtype, shape } = floatAt(call, 1);
    wantLike(call, 0, tiledShape(call, shape), 1);
    return [{ dtype, shape }];
  },
  reference(call, inputs, [output]) {
    const [dy] = dataOf(inputs.slice(0, 1));
    const dx = new Float64Array(sizeOf(output.shape));
    visit(output.shape, typeAt(call, 0).shape, (result, to) => {
      dx[to] += dy[result];
    });
    return [dx];
  },
  shapeOnly: [1],
};
