import { format } from '../core/shape.ts';
import { boolean, number, type Op, reject, typeAt } from './op.ts';

/** The upper or lower triangle of the last two axes, from diagonal `k` on (0 the main one, 1 the one right of it); zeros elsewhere. */
export const trilu: Op = {
  name: 'trilu',
  inputs: ['x'],
  outputs: ['y'],
  attributes: { upper: { type: 'boolean', default: true }, k: { type: 'number', default: 0 } },
  infer(call) {
    const { dtype, shape } = typeAt(call, 0);
    const k = number(call.attributes, 'k');
    if (shape.length < 2) reject(call.node, 'at least two axes', format(shape));
    if (!Number.isInteger(k)) reject(call.node, 'a whole number as k', `${k}`);
    return [{ dtype, shape }];
  },
  reference(call, [x]) {
    if (!x) throw new Error('inputs are checked by infer');
    const [rows, columns] = x.shape.slice(-2);
    const k = number(call.attributes, 'k');
    const upper = boolean(call.attributes, 'upper');
    return [
      x.data.map((value, i) => {
        const diagonal = (i % columns) - (Math.floor(i / columns) % rows);
        return (upper ? diagonal >= k : diagonal <= k) ? value : 0;
      }),
    ];
  },
  gradient: ({ emit, attributes, outputGradients: [dy] }) =>
    dy === undefined ? [] : [emit('trilu', [dy], attributes)],
};
