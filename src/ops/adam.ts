import { boolean, number, type Op } from './op.ts';
import { storedOf, updateTypes } from './update.ts';

/**
 * One step of Adam (Kingma and Ba 2015) or, with `decoupled` weight decay, AdamW (Loshchilov and Hutter 2019), as PyTorch
 * has them:
 *
 *     g' = decoupled ? g : g + weightDecay * w
 *     m' = beta1 * m + (1 - beta1) * g'
 *     v' = beta2 * v + (1 - beta2) * g'^2
 *     w' = w * (decoupled ? 1 - lr * weightDecay : 1) - lr / correction1 * m' / (sqrt(v') / sqrt(correction2) + epsilon)
 *
 * lr and the corrections 1 - beta1^t, 1 - beta2^t of step t = 1, 2, ... are scalars. w may be a sparse constant: then g, m
 * and v are [stored], w' has w's type, and the reference gives the new stored values for w'.
 */
export const adam: Op = {
  name: 'adam',
  inputs: ['w', 'g', 'lr', 'correction1', 'correction2', 'm', 'v'],
  outputs: ['newW', 'newM', 'newV'],
  attributes: {
    beta1: { type: 'number', default: 0.9 },
    beta2: { type: 'number', default: 0.999 },
    epsilon: { type: 'number', default: 1e-8 },
    weightDecay: { type: 'number', default: 0 },
    decoupled: { type: 'boolean', default: false },
  },
  infer(call) {
    const { w, like } = updateTypes(call, { scalars: [2, 3, 4], states: [1, 5, 6] });
    return [w, like, like];
  },
  reference(call, [weight, g, lr, correction1, correction2, m, v]) {
    if (!weight || !g || !lr || !correction1 || !correction2 || !m || !v)
      throw new Error('inputs are checked by infer');
    const w = storedOf(weight);
    const setting = (name: string) => number(call.attributes, name);
    const [beta1, beta2, epsilon, decay] = [
      setting('beta1'),
      setting('beta2'),
      setting('epsilon'),
      setting('weightDecay'),
    ];
    const decoupled = boolean(call.attributes, 'decoupled');
    const [newW, newM, newV] = [w.slice(), w.slice(), w.slice()];
    for (let i = 0; i < w.length; i++) {
      const gradient = g.data[i] + (decoupled ? 0 : decay * w[i]);
      newM[i] = beta1 * m.data[i] + (1 - beta1) * gradient;
      newV[i] = beta2 * v.data[i] + (1 - beta2) * gradient ** 2;
      const kept = w[i] * (decoupled ? 1 - lr.data[0] * decay : 1);
      const root = Math.sqrt(newV[i]) / Math.sqrt(correction2.data[0]) + epsilon;
      newW[i] = kept - ((lr.data[0] / correction1.data[0]) * newM[i]) / root;
    }
    return [newW, newM, newV];
  },
  overwrites: [0, 5, 6],
  impure: true,
};
