/** Update rules. A sparse weight is updated at its stored values, which is the length of its gradient. */
import { sizeOf } from '../core/shape.ts';
import { isPlain, type Kernel, type Layout, type Operand, type Read, type Request } from './kernel.ts';
import { flagOf, numberOf, traffic, wanted } from './match.ts';

/** w in the layout in which its numbers are updated, the other inputs row-major. */
function readsOf(inputs: Request['inputs'], layout: Layout): Read[] {
  const reads: Read[] = [];
  inputs.forEach((operand, input) => {
    if (operand) reads.push({ input, layout: input === 0 ? layout : 'rows' });
  });
  return reads;
}

/** Everything but w is dense float32; w may be stored in any encoding. */
function updatable(inputs: Request['inputs'], count: number): inputs is readonly [Operand, ...Operand[]] {
  const [w, ...others] = inputs;
  return inputs.length >= count && w?.dtype === 'float32' && others.every((operand) => !operand || isPlain(operand));
}

function layoutOf(w: Operand): Layout {
  return (w.constant?.encoding ?? 'dense') === 'dense' ? 'rows' : 'values';
}

const sgd: Kernel = {
  name: 'f32_sgd',
  exports: ['f32_sgd'],
  op: 'sgd',
  match({ inputs, outputs, attributes }) {
    if (!updatable(inputs, 3)) return wanted('float32 w, g, lr and perhaps m', inputs);
    const [w, g] = inputs;
    const held = inputs[3] !== undefined;
    const momentum = numberOf(attributes, 'momentum', 0);
    if (momentum !== 0 && !held) return `want m for momentum ${momentum}, got none`;
    const nesterov = flagOf(attributes, 'nesterov', false) ? 1 : 0;
    const weightDecay = numberOf(attributes, 'weightDecay', 0);
    const n = sizeOf(g.shape);
    const layout = layoutOf(w);
    return {
      reads: readsOf(inputs, layout),
      writes: outputs.map((_, i) => (i === 0 ? layout : 'rows')),
      microseconds: traffic((held ? 20 : 12) * n),
      // m' needs a place even where nobody asked for it.
      ...(held && outputs.length < 2 ? { scratchBytes: 4 * n } : {}),
      inPlace: [0],
      calls: ({ reads: [weight, gradient, lr, m], writes, scratch }) => [
        {
          kernel: 'f32_sgd',
          args: [
            ...[n, momentum, nesterov, weightDecay, lr, weight, gradient, m ?? 0],
            ...[writes[0], held ? (writes[1] ?? scratch) : 0],
          ],
        },
      ],
    };
  },
};

const adam: Kernel = {
  name: 'f32_adam',
  exports: ['f32_adam'],
  op: 'adam',
  match({ inputs, outputs, attributes }) {
    if (inputs.length !== 7 || outputs.length !== 3 || !updatable(inputs, 7) || inputs.includes(undefined as never))
      return wanted('float32 w, g, lr, correction1, correction2, m and v, and three results', inputs);
    const [w, g] = inputs;
    const n = sizeOf(g.shape);
    const layout = layoutOf(w);
    const settings = [
      numberOf(attributes, 'beta1', 0.9),
      numberOf(attributes, 'beta2', 0.999),
      numberOf(attributes, 'epsilon', 1e-8),
      numberOf(attributes, 'weightDecay', 0),
      flagOf(attributes, 'decoupled', false) ? 1 : 0,
    ];
    return {
      reads: readsOf(inputs, layout),
      writes: [layout, 'rows', 'rows'],
      microseconds: traffic(28 * n),
      inPlace: [0],
      calls: ({ reads: [weight, gradient, lr, correction1, correction2, m, v], writes }) => [
        {
          kernel: 'f32_adam',
          args: [n, ...settings, lr, correction1, correction2, weight, gradient, m, v, ...writes],
        },
      ],
    };
  },
};

export const optimizer: readonly Kernel[] = [sgd, adam];
