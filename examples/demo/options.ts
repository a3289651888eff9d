import { parseArgs } from 'node:util';
import { UsageError } from 'lacewing';
import { type RecipeName, recipes } from './recipes.ts';

export interface Options {
  readonly model: RecipeName;
  /** Passes over the training images before and after pruning; undefined means the recipe's own. */
  readonly epochs: number | undefined;
  readonly retrainEpochs: number | undefined;
  readonly seed: number;
  /** A few thousand images and one pass: shows that everything works, not how well. */
  readonly quick: boolean;
  /** Patterns to prune copies to; the first copy is the one that is exported to ONNX. */
  readonly patterns: readonly string[];
  readonly out: string;
}

export const usage = `Usage: npm run demo -- [options]

Trains a classifier of handwritten digits, prunes it, retrains it, saves it, loads it again and measures it.

  --model mlp|lenet5|vit   LeNet-300-100 (default), LeNet-5 or a small vision transformer
  --pattern NAME           unstructured, 4x1, 2x1, 2:4, 2:4x4 ...; repeat for several copies (default unstructured and 4x1)
  --epochs N               passes over the training images before pruning
  --retrain-epochs N       passes while and after pruning
  --seed N                 of weights, order and shifts (default 1)
  --quick                  a small part of the images, seconds instead of minutes
  --out FOLDER             where the model files go (default out)
  --help`;

/** Throws UsageError for an option that does not exist or has no sense. Returns undefined when help was asked for. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parsed(args);
  if (values.help) return undefined;
  const { model } = values;
  if (!Object.hasOwn(recipes, model))
    throw new UsageError(`--model: want one of ${Object.keys(recipes).join(', ')}, got "${model}"`);
  return {
    model: model as RecipeName,
    epochs: count('epochs', values.epochs, 1),
    retrainEpochs: count('retrain-epochs', values['retrain-epochs'], 1),
    seed: count('seed', values.seed, 0) ?? 1,
    quick: values.quick,
    patterns: values.pattern,
    out: values.out,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        model: { type: 'string', default: 'mlp' },
        pattern: { type: 'string', multiple: true, default: ['unstructured', '4x1'] },
        epochs: { type: 'string' },
        'retrain-epochs': { type: 'string' },
        seed: { type: 'string' },
        quick: { type: 'boolean', default: false },
        out: { type: 'string', default: 'out' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function count(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least || value > 0xffffffff)
    throw new UsageError(`--${name}: want a whole number from ${least}, got "${text}"`);
  return value;
}
