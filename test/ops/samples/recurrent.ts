/** LSTM, GRU and RNN, each in every direction and with every optional operand. */
import type { AttributeValue } from '../../../src/core/attributes.ts';
import { floats, type Sample, type SampleInput } from './sample.ts';

const gates = { lstm: 4, gru: 3, rnn: 1 } as const;
type Name = keyof typeof gates;

interface Sizes {
  readonly steps?: number;
  readonly batch?: number;
  readonly inputs?: number;
  readonly hidden?: number;
}

interface Extra extends Sizes {
  readonly bias?: boolean;
  readonly lengths?: readonly number[];
  readonly states?: boolean;
  readonly peepholes?: boolean;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly outputs?: number;
}

const weight = { constant: true, make: undefined } as const;

function sample(op: Name, about: string, extra: Extra = {}): Sample {
  const { steps = 4, batch = 2, inputs = 3, hidden = 5, attributes = {}, outputs = op === 'lstm' ? 3 : 2 } = extra;
  const directions = attributes.direction === 'bidirectional' ? 2 : 1;
  const first = attributes.batchFirst === true;
  const rows = gates[op] * hidden;
  const state = floats(first ? [batch, directions, hidden] : [directions, batch, hidden]);
  const constant = (shape: readonly number[]): SampleInput => {
    const { make: _, ...rest } = weight;
    return floats(shape, rest);
  };
  const operands = [
    floats(first ? [batch, steps, inputs] : [steps, batch, inputs]),
    constant([directions, rows, inputs]),
    constant([directions, rows, hidden]),
    extra.bias ? constant([directions, 2 * rows]) : undefined,
    extra.lengths ? ({ dtype: 'int32', shape: [batch], data: extra.lengths } as const) : undefined,
    extra.states ? state : undefined,
    ...(op === 'lstm' ? [extra.states ? state : undefined] : []),
    ...(extra.peepholes ? [constant([directions, 3 * hidden])] : []),
  ];
  const last = operands.findLastIndex((operand) => operand !== undefined);
  return { op, about, inputs: operands.slice(0, last + 1), attributes, outputs };
}

const common = (op: Name): Sample[] => [
  sample(op, 'plain'),
  sample(op, 'wide and one sequence', { batch: 1, hidden: 8, inputs: 7, bias: true, states: true }),
  sample(op, 'one step', { steps: 1, batch: 3, hidden: 16, inputs: 5, bias: true, states: true }),
  sample(op, 'backwards, bias', { bias: true, attributes: { direction: 'reverse' } }),
  sample(op, 'both ways, states', { bias: true, states: true, attributes: { direction: 'bidirectional' } }),
  sample(op, 'both ways, wide', {
    hidden: 8,
    batch: 3,
    bias: true,
    states: true,
    attributes: { direction: 'bidirectional' },
  }),
  sample(op, 'lengths', { lengths: [4, 2], bias: true, states: true, attributes: { direction: 'bidirectional' } }),
  sample(op, 'a length of 0', { lengths: [0, 3], states: true, attributes: { direction: 'reverse' } }),
  sample(op, 'clip', { bias: true, attributes: { clip: 0.3 } }),
  sample(op, 'y alone', { outputs: 1 }),
];

/** onnxruntime has no layout 1. */
export const batchFirst: readonly Sample[] = (['lstm', 'gru', 'rnn'] as const).flatMap((op) => [
  sample(op, 'batch first', { bias: true, states: true, attributes: { batchFirst: true, direction: 'bidirectional' } }),
  sample(op, 'batch first, wide', { hidden: 8, steps: 3, bias: true, states: true, attributes: { batchFirst: true } }),
]);

export const recurrentSamples: readonly Sample[] = [
  ...(['lstm', 'gru', 'rnn'] as const).flatMap(common),
  ...batchFirst,
  sample('lstm', 'peepholes', { bias: true, peepholes: true, states: true }),
  sample('lstm', 'one gate for input and forget', { bias: true, attributes: { inputForget: true } }),
  sample('lstm', 'other functions', {
    bias: true,
    attributes: { activations: 'HardSigmoid,Softsign,LeakyRelu', activationAlpha: [0.3, 0.1], activationBeta: [0.4] },
  }),
  sample('gru', 'linear before reset', { bias: true, states: true, attributes: { linearBeforeReset: true } }),
  sample('gru', 'linear before reset, wide', {
    hidden: 8,
    bias: true,
    states: true,
    attributes: { linearBeforeReset: true, direction: 'bidirectional' },
  }),
  sample('rnn', 'other functions both ways', {
    bias: true,
    attributes: {
      activations: 'Relu,Affine',
      activationAlpha: [0.5],
      activationBeta: [0.1],
      direction: 'bidirectional',
    },
  }),
];
