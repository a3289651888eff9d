/** Optimizers as graph writers: each adds the update nodes of one parameter. A new one is a row here and its op. */
import { UsageError } from '../core/errors.ts';
import type { Constant } from '../formats/constant.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { within } from './check-options.ts';

/** Scalars that a step feeds; the update nodes read them. */
export const LEARNING_RATE = 'train:learning rate';
export const CORRECTION1 = 'train:correction1';
export const CORRECTION2 = 'train:correction2';

export interface Optimizer {
  readonly name: 'sgd' | 'adam' | 'adamW';
  /** Graph inputs the updates read. */
  readonly scalars: readonly string[];
  /** What is remembered per weight, each as `<weight>:<state>`. */
  readonly states: readonly string[];
  /** Writes the update of one weight from its gradient; `states` are constants like the gradient. */
  readonly update: (builder: GraphBuilder, weight: string, gradient: string, states: readonly string[]) => void;
  /** Values of `scalars` besides the learning rate at step 1, 2, ... */
  readonly corrections: (step: number) => Readonly<Record<string, number>>;
}

export interface SgdOptions {
  readonly momentum?: number;
  readonly nesterov?: boolean;
  /** L2 penalty added to the gradient. */
  readonly weightDecay?: number;
}

/** Stochastic gradient descent with the formulas of PyTorch's `SGD` (Sutskever et al. 2013), dampening 0. */
export function sgd({ momentum = 0, nesterov = false, weightDecay = 0 }: SgdOptions = {}): Optimizer {
  within('sgd momentum', momentum, { low: 0 });
  within('sgd weightDecay', weightDecay, { low: 0 });
  if (nesterov && momentum === 0) throw new UsageError('sgd nesterov: want momentum > 0, got 0');
  const states = momentum === 0 ? [] : ['momentum'];
  return {
    name: 'sgd',
    scalars: [LEARNING_RATE],
    states,
    corrections: () => ({}),
    update(builder, weight, gradient, memory) {
      const inputs = [weight, gradient, LEARNING_RATE, ...memory];
      const outputs = builder.nodes(
        'sgd',
        inputs,
        1 + memory.length,
        { momentum, nesterov, weightDecay },
        `${weight}:sgd`,
      );
      [weight, ...memory].forEach((constant, i) => builder.update(constant, outputs[i]));
    },
  };
}

export interface AdamOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly weightDecay?: number;
}

/** Adam (Kingma and Ba 2015) with bias correction; weight decay is an L2 penalty in the gradient. */
export function adam(options: AdamOptions = {}): Optimizer {
  return adamLike('adam', options, false);
}

/** AdamW (Loshchilov and Hutter 2019): weight decay apart from the gradient. Default weight decay 0.01. */
export function adamW(options: AdamOptions = {}): Optimizer {
  return adamLike('adamW', { weightDecay: 0.01, ...options }, true);
}

function adamLike(name: 'adam' | 'adamW', options: AdamOptions, decoupled: boolean): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  within(`${name} beta1`, beta1, { low: 0, below: 1 });
  within(`${name} beta2`, beta2, { low: 0, below: 1 });
  within(`${name} epsilon`, epsilon, { low: 0, open: true });
  within(`${name} weightDecay`, weightDecay, { low: 0 });
  return {
    name,
    scalars: [LEARNING_RATE, CORRECTION1, CORRECTION2],
    states: ['mean', 'variance'],
    corrections: (step) => ({ [CORRECTION1]: 1 - beta1 ** step, [CORRECTION2]: 1 - beta2 ** step }),
    update(builder, weight, gradient, memory) {
      const inputs = [weight, gradient, LEARNING_RATE, CORRECTION1, CORRECTION2, ...memory];
      const settings = { beta1, beta2, epsilon, weightDecay, decoupled };
      const outputs = builder.nodes('adam', inputs, 3, settings, `${weight}:${name}`);
      [weight, ...memory].forEach((constant, i) => builder.update(constant, outputs[i]));
    },
  };
}

/** A zero state for a weight: of its shape, or of its stored values. */
export function zerosLike(weight: Constant): Constant {
  const shape = weight.encoding === 'dense' ? weight.shape : [weight.values.length];
  const length = weight.encoding === 'dense' ? weight.data.length : weight.values.length;
  return { encoding: 'dense', dtype: 'float32', shape, data: new Float32Array(length) };
}
