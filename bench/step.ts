/** Training steps on one random batch, for whoever times them. */
import { Tensor } from 'lacewing';
import { type StepCost, sgd, Trainer } from 'lacewing/train';
import { denseModel, numbers, prunedModel, SIZES } from './subject.ts';

export const BATCH = 100;

export interface Stepper {
  /** Takes that many steps; microseconds of one. */
  readonly time: (steps: number) => number;
  readonly cost: StepCost;
  readonly dispose: () => void;
}

/** A trainer of the subject by plain SGD; `sparsity` 0 means dense. */
export async function stepper(sparsity: number): Promise<Stepper> {
  const graph = sparsity === 0 ? denseModel() : prunedModel(sparsity);
  const trainer = await Trainer.create(graph, { optimizer: sgd(), learningRate: 1e-4 });
  const batch = {
    inputs: { image: new Tensor('float32', numbers(BATCH * SIZES[0]), [BATCH, SIZES[0]]) },
    targets: new Tensor(
      'int32',
      Int32Array.from({ length: BATCH }, (_, i) => i % SIZES[3]),
    ),
  };
  return {
    time(steps) {
      const start = performance.now();
      for (let i = 0; i < steps; i++) trainer.step(batch);
      return ((performance.now() - start) * 1000) / steps;
    },
    cost: trainer.stepCost(BATCH),
    dispose: () => trainer.dispose(),
  };
}
