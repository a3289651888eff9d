import type { DType } from '../core/dtype.ts';
import { ModelError, UsageError } from '../core/errors.ts';
import { hash32 } from '../core/random.ts';
import type { Constant } from '../formats/constant.ts';
import { densified } from '../formats/densify.ts';
import type { Graph } from '../graph/graph.ts';
import { verifyToRun } from '../ops/verify.ts';
import { DROPOUT_SEED } from '../passes/training-mode.ts';
import { createExecutor } from '../runtime/executor.ts';
import { type LoadedModule, loadModule } from '../runtime/modules.ts';
import { type AnyTensor, Tensor } from '../runtime/tensor.ts';
import { changeMasks, type PrunedMask, statesOf, type Workshop } from './change-masks.ts';
import { checkOptions } from './check-options.ts';
import { type Progress, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { compileGradients, type GradientClip, smoothlyReached } from './compile.ts';
import { type StepCost, stepCost } from './cost.ts';
import { type Batch, batchOf, type Dataset, itemsOf } from './data.ts';
import { logitsOf } from './logits.ts';
import { type LossName, losses, TARGETS } from './losses.ts';
import { asPruned, buildModel, type RecipeBase, remask, type TrainedModel } from './model.ts';
import { LEARNING_RATE, type Optimizer, sgd } from './optimizers.ts';
import { type LearningRate, rateOf } from './schedules.ts';
import { answerName, distillationOf, type TeacherOptions } from './teacher.ts';
import { type TeacherNet, teacherNet } from './teacher-net.ts';
import { firstBad } from './watch.ts';

export interface TrainerOptions {
  /** Default 'crossEntropy': logits against class indices. */
  readonly loss?: LossName;
  /**
   * The output the loss looks at; default the first. Losses of logits look at what goes into a softmax that makes it.
   */
  readonly output?: string;
  /** Element type of class indices; default 'int32'. */
  readonly labels?: 'int32' | 'int64';
  /** Default sgd({ momentum: 0.9 }). */
  readonly optimizer?: Optimizer;
  /** A number, or a function of the step; default 0.01. `fit` may override it. */
  readonly learningRate?: LearningRate;
  readonly clip?: GradientClip;
  /** Distillation: another model says what the outputs should be, beside targets or instead of them. */
  readonly teacher?: TeacherOptions;
  /** Whether batchNorm uses the batch's statistics and moves its own; default 'train'. */
  readonly batchNorm?: 'train' | 'frozen';
  /** Constants to train; default every float32 constant with an axis that the loss depends on. */
  readonly parameters?: readonly string[];
  /** Of shuffling and dropout. Default 0. */
  readonly seed?: number;
  readonly maxMemory?: number;
}

export interface StepResult {
  readonly loss: number;
  readonly learningRate: number;
}

export interface Evaluation {
  /** Mean over all items. */
  readonly loss: number;
  /** Share of wrong classes, for losses that have such a thing. */
  readonly error?: number;
}

const untrained: Progress = {
  step: 0,
  epoch: 0,
  inEpoch: 0,
  lossSum: 0,
  fitStart: 0,
  fitEpoch: 0,
  untilEpoch: 0,
  best: null,
  worse: 0,
};

/** Trains a graph by gradient. Pruned (sparse-encoded) weights train at their stored positions only. */
export class Trainer implements Disposable {
  readonly #recipe: RecipeBase;
  readonly #loaded: LoadedModule;
  readonly #options: TrainerOptions;
  /** Gone once disposed: what it would still tell are the weights it began with. */
  #live: TrainedModel | undefined;
  readonly #teacher: TeacherNet | undefined;
  #rate: (step: number) => number;
  progress: Progress = untrained;

  private constructor(graph: Graph, recipe: RecipeBase, loaded: LoadedModule, options: TrainerOptions) {
    this.#recipe = recipe;
    this.#loaded = loaded;
    this.#options = options;
    this.#rate = rateOf(options.learningRate ?? 0.01);
    const { teacher, maxMemory } = options;
    this.#teacher = teacher?.model && recipe.teacher && teacherNet(teacher.model, recipe.teacher, loaded, maxMemory);
    this.#live = buildModel(graph, recipe, loaded, undefined, undefined, maxMemory);
  }

  get #model(): TrainedModel {
    if (!this.#live) throw new UsageError('this trainer is disposed');
    return this.#live;
  }

  /**
   * @throws ModelError for an unsound graph, UsageError for an option that does not fit it or an op without a gradient
   */
  static async create(graph: Graph, options: TrainerOptions = {}): Promise<Trainer> {
    checkOptions(options);
    verifyToRun(graph);
    const loss = losses[options.loss ?? 'crossEntropy'];
    const output = options.output ?? graph.outputs[0];
    const base = {
      loss,
      output: loss.ofLogits ? logitsOf(graph, output) : output,
      teacher: options.teacher && distillationOf(graph, output, options.teacher),
      labels: (options.labels ?? 'int32') as DType,
      optimizer: options.optimizer ?? sgd({ momentum: 0.9 }),
      clip: options.clip,
      batchNorm: options.batchNorm ?? 'train',
    };
    const parameters = options.parameters ?? trainable(graph, { ...base, parameters: [] });
    return new Trainer(graph, { ...base, parameters }, await loadModule(true), options);
  }

  /** Names of the constants that train. */
  get parameters(): readonly string[] {
    return this.#recipe.parameters;
  }

  /** Names of the values that are compared with a teacher's: what `answers` has, and batches may bring along. */
  get compared(): readonly string[] {
    return this.#recipe.teacher?.comparisons.map(({ value }) => value) ?? [];
  }

  get seed(): number {
    return this.#options.seed ?? 0;
  }

  /** Learning rate from now on; its steps count from the start of the current `fit`. */
  set learningRate(rate: LearningRate) {
    this.#rate = rateOf(rate);
  }

  /**
   * One optimizer step. Weights stay as they were when the loss is not finite.
   * @throws UsageError that names the step and the first tensor that went bad
   */
  step(batch: Batch): StepResult {
    const { executor, training } = this.#model;
    const { step, fitStart } = this.progress;
    const learningRate = this.#rate(step - fitStart);
    const scalars = { [LEARNING_RATE]: learningRate, ...this.#recipe.optimizer.corrections(step + 1) };
    const feeds = this.#feeds(training, batch, scalars);
    let loss = Number.NaN;
    executor.run(training, feeds, (results) => {
      loss = (results[training.outputs[0]].data as Float32Array)[0];
      return Number.isFinite(loss);
    });
    if (!Number.isFinite(loss)) {
      const bad = firstBad(this.#model, feeds);
      throw new UsageError(`training step ${step + 1}: the loss is ${loss}; the first tensor that went bad is ${bad}`);
    }
    this.progress = { ...this.progress, step: step + 1 };
    return { loss, learningRate };
  }

  /** Loss, and share of errors, over a dataset; dropout off, batchNorm by its running statistics. */
  evaluate(data: Dataset, batchSize = 500): Evaluation {
    const { executor, evaluation } = this.#model;
    const items = itemsOf(data);
    if (items === 0) throw new UsageError('evaluate: want at least one item, got none');
    if (!(Number.isInteger(batchSize) && batchSize >= 1))
      throw new UsageError(`evaluate: want batchSize as a whole number from 1, got ${batchSize}`);
    const { loss } = this.#recipe;
    let total = 0;
    let wrong = 0;
    let answers = 0;
    for (let from = 0; from < items; from += batchSize) {
      const rows = Uint32Array.from({ length: Math.min(batchSize, items - from) }, (_, i) => from + i);
      const batch = batchOf(data, rows);
      const results = executor.run(evaluation, this.#feeds(evaluation, batch, {}));
      const [value, output] = evaluation.outputs.map((name) => results[name]);
      total += (value.data as Float32Array)[0] * rows.length;
      if (!batch.targets) continue;
      answers += batch.targets.size;
      if ('errors' in loss)
        wrong += loss.errors(output.data as Float32Array, batch.targets.data as Int32Array, output.dims.at(-1) ?? 1);
    }
    const judged = data.targets && 'errors' in loss;
    return { loss: total / items, ...(judged && { error: wrong / Math.max(1, answers) }) };
  }

  /**
   * The gradient of the loss by each named weight on one batch, in the weight's full shape, pruned places included. Plans a
   * graph of its own when first asked for: training steps do not pay for it.
   */
  gradients(batch: Batch, names: readonly string[] = this.parameters): Map<string, Float32Array> {
    const model = this.graph();
    const { graph, outputs } = compileGradients(
      model,
      { ...this.#recipe, masked: new Set(), states: new Map() },
      names,
    );
    const { maxMemory } = this.#options;
    const scratch = createExecutor(this.#loaded, maxMemory === undefined ? {} : { maxMemory });
    try {
      const results = scratch.run(graph, this.#feeds(graph, batch, {}));
      return new Map(names.map((name, i) => [name, results[outputs[i]].data as Float32Array]));
    } finally {
      scratch.dispose();
    }
  }

  /**
   * What the teacher says to these inputs, to be kept and handed in as `answers` of a batch: where items are seen more than
   * once, that spares running it each time.
   * @throws UsageError for a trainer without a teacher's model
   */
  answers(inputs: Batch['inputs']): Record<string, AnyTensor> {
    if (!this.#teacher) throw new UsageError('answers: want a trainer with a model as its teacher, got none');
    return this.#teacher.answers(inputs);
  }

  /** The model with its weights as they are now, pruned ones in the encoding they were pruned to. */
  graph(): Graph {
    const { graph, pruned } = this.#model;
    const current = this.#model.read();
    const constants = new Map<string, Constant>();
    for (const [name, constant] of graph.constants) {
      const now = current.get(name) ?? constant;
      constants.set(name, asPruned(now, pruned.get(name)));
    }
    return { ...graph, constants };
  }

  /** Current values of a weight, zeros written out. */
  weight(name: string): Float32Array {
    const constant = this.#model.executor.readConstant(name) ?? this.#model.graph.constants.get(name);
    if (!constant) throw new UsageError(`weight "${name}": there is no such constant`);
    return densified(constant).data as Float32Array;
  }

  /** 1 where a pruned weight is kept; undefined for one that is not pruned. */
  mask(name: string): Uint8Array | undefined {
    return this.#model.pruned.get(name)?.keep;
  }

  /**
   * Prunes weights further, or otherwise: 1 keeps, 0 prunes, in the order of the weight's shape. Optimizer state at pruned
   * places is dropped; places that come back start at zero. What did not change is not packed again.
   */
  setMasks(masks: ReadonlyMap<string, PrunedMask>): void {
    this.#live = changeMasks(this.#model, masks, this.#workshop);
  }

  get #workshop(): Workshop {
    return { recipe: this.#recipe, loaded: this.#loaded, maxMemory: this.#options.maxMemory };
  }

  /**
   * Multiply-adds of one step for a batch of this many items: with dense weights, and as the weights are now. Every extent
   * that the model leaves open is taken for the batch.
   */
  stepCost(batchSize: number): StepCost {
    const { training, executor } = this.#model;
    return stepCost(training, executor, batchSize);
  }

  /** Everything needed to go on as if nothing had happened, as bytes. */
  checkpoint(): Uint8Array {
    const { pruned, planned: all } = this.#model;
    const planned = new Map([...all].filter(([name, keep]) => pruned.get(name)?.keep !== keep));
    return writeCheckpoint({ progress: this.progress, constants: this.#model.read(), pruned, planned });
  }

  /**
   * Goes back to a checkpoint of a trainer with the same graph and options.
   * @throws ModelError when the bytes are broken or belong to another model
   */
  restore(bytes: Uint8Array): void {
    const { graph, executor } = this.#model;
    const { progress, constants, pruned, planned } = readCheckpoint(bytes, this.#model.read());
    // First as it was when it was planned, then with what it has lost since: the same kernels, and so the same bits.
    const before = new Map(
      [...pruned].map(([name, weight]) => [name, { ...weight, keep: planned.get(name) ?? weight.keep }]),
    );
    const weights = new Map([...graph.constants].map(([name, constant]) => [name, constants.get(name) ?? constant]));
    const model = buildModel(
      { ...graph, constants: weights },
      this.#recipe,
      this.#loaded,
      constants,
      before,
      this.#options.maxMemory,
    );
    for (const name of planned.keys()) {
      const keep = pruned.get(name)?.keep;
      if (!keep || !remask(model, name, keep, statesOf(this.#recipe, name)))
        throw new ModelError(`checkpoint "${name}": want a mask that what was planned has room for, got another`);
    }
    this.#live = model;
    executor.dispose();
    this.progress = progress;
  }

  /** Gives the memory back. The trainer cannot be used after that; disposing twice does no harm. */
  dispose(): void {
    this.#live?.executor.dispose();
    this.#live = undefined;
    this.#teacher?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #feeds(
    graph: Graph,
    { inputs, targets, answers }: Batch,
    scalars: Readonly<Record<string, number>>,
  ): Record<string, AnyTensor> {
    const feeds: Record<string, AnyTensor> = { ...inputs };
    if (graph.inputs.some(({ name }) => name === TARGETS)) {
      if (!targets) throw new UsageError('batch: want targets, got none');
      feeds[TARGETS] = targets;
    }
    const { teacher } = this.#recipe;
    if (teacher && !answers && !this.#teacher)
      throw new UsageError('batch: want answers, for the teacher is no model that could be run, got none');
    const said = teacher ? (answers ?? this.answers(inputs)) : {};
    for (const { value } of teacher?.comparisons ?? []) {
      if (!said[value])
        throw new UsageError(`batch: want the answer "${value}", got ${Object.keys(said).join(', ') || 'none'}`);
      feeds[answerName(value)] = said[value];
    }
    for (const { name } of graph.inputs) {
      if (Object.hasOwn(scalars, name)) feeds[name] = new Tensor('float32', [scalars[name]], []);
      if (name === DROPOUT_SEED) feeds[name] = new Tensor('int32', [hash32(this.seed, 1, this.progress.step) | 0], []);
    }
    return feeds;
  }
}

/** Every float32 constant with an axis that the loss depends on smoothly. */
function trainable(graph: Graph, recipe: RecipeBase): string[] {
  const candidates = [...graph.constants]
    .filter(([, { dtype, shape }]) => dtype === 'float32' && shape.length > 0)
    .map(([name]) => name);
  return smoothlyReached(graph, { ...recipe, masked: new Set(), states: new Map() }, candidates);
}
