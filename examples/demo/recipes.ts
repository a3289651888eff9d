/** How each model is trained and pruned: chosen for the best error per second, not for the best error. */
import type { Graph } from 'lacewing';
import { lenet5, mlp, vit } from 'lacewing/models';
import { adam, adamW, type Optimizer } from 'lacewing/train';

export interface Recipe {
  readonly title: string;
  readonly build: (seed: number) => Graph;
  /** Extents of one image as the model takes it. */
  readonly item: readonly number[];
  readonly optimizer: () => Optimizer;
  readonly batchSize: number;
  /** Largest step of the cosine schedule before and after pruning. */
  readonly rate: number;
  readonly retrainRate: number;
  readonly epochs: number;
  readonly retrainEpochs: number;
  /** Images move by up to this many pixels while training. */
  readonly shift: number;
  /** Fraction of zeros among the weights of matrix products and convolutions. */
  readonly sparsity: number;
  /** How many images a quick run takes. */
  readonly quick: { readonly train: number; readonly test: number };
}

export const recipes = {
  mlp: {
    title: 'LeNet-300-100',
    build: (seed) => mlp([784, 300, 100, 10], { seed }),
    item: [784],
    optimizer: () => adam(),
    batchSize: 64,
    rate: 2e-3,
    retrainRate: 2e-3,
    epochs: 8,
    retrainEpochs: 8,
    shift: 1,
    sparsity: 0.95,
    quick: { train: 3000, test: 1000 },
  },
  lenet5: {
    title: 'LeNet-5 (20-50-500)',
    build: (seed) => lenet5({ seed }),
    item: [1, 28, 28],
    optimizer: () => adam(),
    batchSize: 64,
    rate: 2e-3,
    retrainRate: 2e-3,
    epochs: 3,
    retrainEpochs: 3,
    shift: 1,
    sparsity: 0.95,
    quick: { train: 2000, test: 500 },
  },
  vit: {
    title: 'vision transformer (patch 7, 4 layers, width 64)',
    build: (seed) => vit({ patch: 7, layers: 4, width: 64, seed }),
    item: [1, 28, 28],
    optimizer: () => adamW(),
    batchSize: 64,
    rate: 1e-3,
    retrainRate: 1e-3,
    epochs: 3,
    retrainEpochs: 3,
    shift: 0,
    sparsity: 0.8,
    quick: { train: 1000, test: 300 },
  },
} as const satisfies Record<string, Recipe>;

export type RecipeName = keyof typeof recipes;
