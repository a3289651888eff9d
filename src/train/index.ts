/** Training: masked, sparse, resumable. Public as `lacewing/train`. */
export { condense } from '../passes/condense.ts';
export type { PrunedMask } from './change-masks.ts';
export type { GradientClip } from './compile.ts';
export type { StepCost } from './cost.ts';
export type { Batch, Dataset } from './data.ts';
export {
  applyPruner,
  type EpochReport,
  type FitOptions,
  type FitResult,
  fit,
  type ProgressReport,
  type TrainingData,
} from './fit.ts';
export { type LossName, losses } from './losses.ts';
export { type AdamOptions, adam, adamW, type Optimizer, type SgdOptions, sgd } from './optimizers.ts';
export type {
  CalibrationData,
  ReconstructedLayer,
  Reconstruction,
  ReconstructOptions,
  ReconstructProgress,
  ReconstructReport,
} from './reconstruct/options.ts';
export { reconstruct } from './reconstruct/reconstruct.ts';
export { constant, cosine, type LearningRate, stepDecay, warmUp } from './schedules.ts';
export type { Feature, TeacherOptions } from './teacher.ts';
export { type Evaluation, type StepResult, Trainer, type TrainerOptions } from './trainer.ts';
