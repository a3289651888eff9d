import { UsageError } from '../core/errors.ts';
import type { Graph, Node, Update } from '../graph/graph.ts';
import { attributesOf } from '../ops/call.ts';
import { number, where } from '../ops/op.ts';

/** The graph input that a training step feeds with a new number each time. */
export const DROPOUT_SEED = 'dropout seed';

export interface TrainingModeOptions {
  /** 'train' normalises by the batch and moves the running statistics; 'frozen' uses them as they are. */
  readonly batchNorm: 'train' | 'frozen';
  /** How much of the running statistics a step keeps. Default 0.9. */
  readonly momentum?: number;
}

/**
 * The graph as it runs while training: dropouts drop, each by a sequence of its own under one int32 scalar input
 * `dropout seed` (added only if there is a dropout to feed); batchNorm uses and follows the batch's statistics.
 */
export function trainingMode(graph: Graph, { batchNorm, momentum = 0.9 }: TrainingModeOptions): Graph {
  const taken = new Set([...graph.inputs.map(({ name }) => name), ...graph.constants.keys()]);
  for (const node of graph.nodes) for (const output of node.outputs) taken.add(output);
  const dropouts = graph.nodes.filter(({ op }) => op === 'dropout');
  const idle = new Set(
    dropouts.filter((node) => (node.inputs[1] ?? '') === '' && number(attributesOf(node), 'rate') > 0),
  );
  let salt = Math.max(
    -1,
    ...dropouts.filter((node) => !idle.has(node)).map((node) => number(attributesOf(node), 'salt')),
  );

  const updates: Update[] = [...graph.updates];
  const fresh = (base: string): string => {
    let name = base;
    for (let i = 1; taken.has(name); i++) name = `${base}.${i}`;
    taken.add(name);
    return name;
  };
  const follow = (node: Node): Node => {
    const [mean, variance] = node.inputs.slice(3);
    for (const constant of [mean, variance])
      if (!graph.constants.has(constant) || updates.some((update) => update.constant === constant))
        throw new UsageError(
          `${where(node)}: want running statistics that are a constant of its own, got "${constant}"`,
        );
    const [newMean, newVariance, savedMean, savedInvStd] = ['newMean', 'newVariance', 'savedMean', 'savedInvStd'].map(
      (role) => fresh(`${node.name}:${role}`),
    );
    updates.push({ constant: mean, value: newMean }, { constant: variance, value: newVariance });
    const outputs = [node.outputs[0], newMean, newVariance, savedMean, savedInvStd];
    return { ...node, op: 'batchNormTraining', outputs, attributes: { ...node.attributes, momentum } };
  };

  const nodes = graph.nodes.map((node) => {
    if (idle.has(node)) {
      salt += 1;
      return { ...node, inputs: [node.inputs[0], DROPOUT_SEED], attributes: { ...node.attributes, salt } };
    }
    return node.op === 'batchNorm' && batchNorm === 'train' ? follow(node) : node;
  });
  return { ...graph, inputs: idle.size > 0 ? withSeed(graph, taken) : graph.inputs, nodes, updates };
}

function withSeed({ inputs }: Graph, taken: ReadonlySet<string>): Graph['inputs'] {
  const present = inputs.find(({ name }) => name === DROPOUT_SEED);
  if (present ? present.dtype !== 'int32' || present.shape.length > 0 : taken.has(DROPOUT_SEED))
    throw new UsageError(
      `"${DROPOUT_SEED}": want it as an int32 scalar input or not at all, got another value of this name`,
    );
  return present ? inputs : [...inputs, { name: DROPOUT_SEED, dtype: 'int32', shape: [] }];
}
