import { MAX_ELEMENTS } from '../core/shape.ts';
import { floatAt } from './checks.ts';
import { planesOf } from './global-pool.ts';
import { type AttributeRule, number, type Op, type OpCall, reject } from './op.ts';

import { poolAttributes, poolOf } from './pool.ts';
import { eachTap } from './window.ts';

const pRule: AttributeRule = { type: 'number', default: 2 };

function exponentOf(call: OpCall): number {
  const p = number(call.attributes, 'p');
  if (!Number.isInteger(p) || p < 1 || p > MAX_ELEMENTS) reject(call.node, 'p as a whole number >= 1', String(p));
  return p;
}

/** The p-norm of each window, (sum |x|^p)^(1/p), over the axes behind [N, C]; padding adds nothing. */
export const lpPool: Op = {
  name: 'lpPool',
  inputs: ['x'],
  outputs: ['y'],
  attributes: { ...poolAttributes, p: pRule },
  infer(call) {
    exponentOf(call);
    return [{ dtype: floatAt(call, 0).dtype, shape: poolOf(call, 0).out }];
  },
  reference(call, [x]) {
    if (!x) throw new Error('inputs are checked by infer');
    const { slides, planes, plane, pooled } = poolOf(call, 0);
    const p = exponentOf(call);
    const y = new Float64Array(planes * pooled);
    for (let at = 0; at < planes; at++)
      eachTap(slides, (out, image) => {
        y[at * pooled + out] += Math.abs(x.data[at * plane + image]) ** p;
      });
    return [y.map((sum) => sum ** (1 / p))];
  },
};

/** The p-norm over all axes behind the channel, which stay as extents of 1: x [N, C, ...] -> [N, C, 1, ...]. */
export const globalLpPool: Op = {
  name: 'globalLpPool',
  inputs: ['x'],
  outputs: ['y'],
  attributes: { p: pRule },
  infer(call) {
    exponentOf(call);
    return [{ dtype: floatAt(call, 0).dtype, shape: planesOf(call).out }];
  },
  reference(call, [x]) {
    if (!x) throw new Error('inputs are checked by infer');
    const { planes, size } = planesOf(call);
    const p = exponentOf(call);
    const sum = (values: Float64Array) => values.reduce((total, value) => total + Math.abs(value) ** p, 0);
    return [
      Float64Array.from({ length: planes }, (_, at) => sum(x.data.subarray(at * size, (at + 1) * size)) ** (1 / p)),
    ];
  },
};
