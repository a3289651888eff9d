/** Losses: what a training graph gets appended to a model's output. */
import type { DType } from '../core/dtype.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { SymbolicType } from '../ops/infer.ts';

/** The graph input that holds what the output should be. */
export const TARGETS = 'train:targets';

export interface Loss {
  readonly name: string;
  /** Whether it is a loss of logits, not of what a softmax makes of them. */
  readonly ofLogits?: boolean;
  /** Type of the targets for an output. */
  readonly targets: (output: SymbolicType, labels: DType) => SymbolicType;
  /** Adds the loss, one number, the mean over the batch; returns its value. */
  readonly emit: (builder: GraphBuilder, output: string) => string;
  /** Share of wrong answers, where the loss has such a thing. */
  readonly errors?: (output: Float32Array, targets: ArrayLike<number | bigint>, classes: number) => number;
}

/** Softmax cross entropy of logits [..., classes] against class indices [...] (int32 or int64). */
const crossEntropy: Loss = {
  name: 'crossEntropy',
  ofLogits: true,
  targets: (output, labels) => ({ dtype: labels, shape: output.shape.slice(0, -1) }),
  emit: (builder, output) => builder.nodes('crossEntropy', [output, TARGETS], 2, {}, 'loss')[0],
  errors(output, targets, classes) {
    let wrong = 0;
    for (let row = 0; row < targets.length; row++) {
      let best = 0;
      for (let i = 1; i < classes; i++) if (output[row * classes + i] > output[row * classes + best]) best = i;
      if (best !== Number(targets[row])) wrong++;
    }
    return wrong;
  },
};

/** Mean squared error against targets of the output's shape (float32). */
const mse: Loss = {
  name: 'mse',
  targets: (output) => ({ dtype: 'float32', shape: output.shape }),
  emit: (builder, output) => builder.node('mse', [output, TARGETS], {}, 'loss'),
};

export const losses = { crossEntropy, mse } as const satisfies Record<string, Loss>;
export type LossName = keyof typeof losses;
