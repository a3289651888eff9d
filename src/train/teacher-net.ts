/** The teacher at work: a model that never changes, run on the batches of a student. */
import { UsageError } from '../core/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { inferSymbolic } from '../ops/infer.ts';
import { verifyToRun } from '../ops/verify.ts';
import { optimize } from '../passes/optimize.ts';
import { loadEverything } from '../runtime/everything.ts';
import { createExecutor, type Feeds } from '../runtime/executor.ts';
import type { LoadedModule } from '../runtime/modules.ts';
import type { AnyTensor } from '../runtime/tensor.ts';
import type { Distillation } from './teacher.ts';

export interface TeacherNet {
  /** By the student's value what the teacher has in its place. */
  answers(inputs: Feeds): Record<string, AnyTensor>;
  dispose(): void;
}

/** Throws UsageError for a model without a value that is compared, ModelError for one that is unsound. */
export function teacherNet(
  model: Graph,
  { comparisons }: Distillation,
  loaded: LoadedModule,
  maxMemory: number | undefined,
): TeacherNet {
  loadEverything();
  verifyToRun(model);
  const types = inferSymbolic(model);
  for (const { teacher } of comparisons)
    if (types.get(teacher)?.dtype !== 'float32' || model.constants.has(teacher))
      throw new UsageError(
        `teacher feature "${teacher}": want a float32 value of graph "${model.name}", got ${types.get(teacher)?.dtype ?? 'none'}`,
      );
  const graph = optimize({ ...model, outputs: [...new Set(comparisons.map(({ teacher }) => teacher))], updates: [] });
  const executor = createExecutor(loaded, maxMemory === undefined ? {} : { maxMemory });
  return {
    answers(inputs) {
      const results = executor.run(graph, inputs);
      return Object.fromEntries(comparisons.map(({ value, teacher }) => [value, results[teacher]]));
    },
    dispose: () => executor.dispose(),
  };
}
