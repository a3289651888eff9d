import { boolean, number, type Op, reject } from './op.ts';
import { storedOf, updateTypes } from './update.ts';

/**
 * One step of stochastic gradient descent, as PyTorch has it, without dampening:
 *
 *     g' = g + weightDecay * w
 *     m' = momentum * m + g'
 *     w' = w - lr * (nesterov ? g' + momentum * m' : m')        without m: w - lr * g'
 *
 * lr is a scalar. w may be a sparse constant: then g and m are [stored], w' has w's type, and the reference gives the new
 * stored values for w'.
 */
export const sgd: Op = {
  name: 'sgd',
  inputs: ['w', 'g', 'lr', 'm?'],
  outputs: ['newW', 'newM?'],
  attributes: {
    momentum: { type: 'number', default: 0 },
    nesterov: { type: 'boolean', default: false },
    weightDecay: { type: 'number', default: 0 },
  },
  infer(call) {
    const { w, like } = updateTypes(call, { scalars: [2], states: [1, 3] });
    const momentum = number(call.attributes, 'momentum');
    if (!call.types[3]) {
      if (momentum !== 0) reject(call.node, 'm where momentum is not 0', `momentum ${momentum} and no m`);
      if (call.node.outputs[1]) reject(call.node, 'm where its new value is wanted', 'no m');
    }
    if (boolean(call.attributes, 'nesterov') && !(momentum > 0))
      reject(call.node, 'momentum > 0 for nesterov', String(momentum));
    return call.types[3] ? [w, like] : [w];
  },
  reference(call, [weight, g, lr, m]) {
    if (!weight || !g || !lr) throw new Error('inputs are checked by infer');
    const w = storedOf(weight);
    const [momentum, decay] = [number(call.attributes, 'momentum'), number(call.attributes, 'weightDecay')];
    const decayed = w.map((value, i) => g.data[i] + decay * value);
    if (!m) return [w.map((value, i) => value - lr.data[0] * decayed[i])];
    const newM = decayed.map((value, i) => momentum * m.data[i] + value);
    const step = boolean(call.attributes, 'nesterov') ? decayed.map((value, i) => value + momentum * newM[i]) : newM;
    return [w.map((value, i) => value - lr.data[0] * step[i]), newM];
  },
  overwrites: [0, 3],
  impure: true,
};
