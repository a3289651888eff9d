/**
 * LSTM, GRU and RNN of float32 with the usual functions. The inputs of all steps are multiplied at once; then each step is a
 * product of the states, added to the sums, and a cell:
 *
 *     sums [steps · batch, gates] = x w^T + wBias
 *     step t:   sums[t] += h r^T + rBias     h, c = cell(sums[t], c)     h goes to y[t], where the next step reads it
 */
import { gemmCost } from './cost.ts';
import { unbounded } from './epilogue.ts';
import { gemmCall } from './gemm.ts';
import { type Addresses, type Call, isPlain, type Kernel, type Match, type Request } from './kernel.ts';
import { arithmetic, flagOf, listOf, numberOf, textOf, wanted } from './match.ts';

/** The rows of one operand: where the first is, and how many floats on the next. */
interface Rows {
  readonly at: number;
  readonly row: number;
}

const NONE: Rows = { at: 0, row: 0 };

interface Sizes {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly directions: number;
  readonly first: boolean;
}

/** One step of one direction, as a cell sees it. */
interface Moment {
  readonly sums: Rows;
  /** The states before, after, and where they are to be as well; NONE for zeros, or nowhere. */
  readonly old: Rows;
  readonly h: Rows;
  readonly copy: Rows;
  readonly oldC: Rows;
  readonly c: Rows;
  /** [batch, H] of working memory. */
  readonly spare: Rows;
  /** target (+)= states r^T + rBias, for the rows of r from `from` on. */
  readonly product: (states: Rows, from: number, count: number, target: Rows, accumulate: boolean) => Call;
}

interface Cell {
  readonly op: string;
  readonly name: string;
  readonly exports: readonly string[];
  readonly gates: number;
  readonly functions: readonly string[];
  /** Why the cell cannot do it. */
  readonly lacks?: (request: Request, sizes: Sizes) => string | undefined;
  readonly step: (request: Request, sizes: Sizes, moment: Moment) => Call[];
}

const pair = ({ at, row }: Rows) => [at, row];

const lstmCell: Cell = {
  op: 'lstm',
  name: 'f32_lstm_cell',
  exports: ['f32_gemm_4x8'],
  gates: 4,
  functions: ['sigmoid', 'tanh', 'tanh'],
  lacks: ({ attributes, inputs }) =>
    inputs[7] || flagOf(attributes, 'inputForget', false) ? 'wants gates without peepholes or inputForget' : undefined,
  step: (_, { batch, hidden }, { sums, old, h, copy, oldC, c, product }) => [
    product(old, 0, 4 * hidden, sums, true),
    { kernel: 'f32_lstm_cell', args: [batch, hidden, ...[sums, oldC, c, h, copy].flatMap(pair)] },
  ],
};

const gruCell: Cell = {
  op: 'gru',
  name: 'f32_gru_cell',
  exports: ['f32_gemm_4x8', 'f32_gru_reset'],
  gates: 3,
  functions: ['sigmoid', 'tanh'],
  // The rows of the last gate must begin with a panel of 8.
  lacks: (_, { hidden }) => (hidden % 4 === 0 ? undefined : 'wants a multiple of 4 hidden units'),
  step({ attributes }, { batch, hidden }, { sums, old, h, copy, spare, product }) {
    const part = (gate: number): Rows => ({ ...sums, at: sums.at + gate * hidden * 4 });
    const gates = product(old, 0, 2 * hidden, sums, true);
    const cell = (mixed: Rows): Call => ({
      kernel: 'f32_gru_cell',
      args: [batch, hidden, ...[sums, mixed, old, h, copy].flatMap(pair)],
    });
    if (flagOf(attributes, 'linearBeforeReset', false))
      return [gates, product(old, 2 * hidden, hidden, spare, false), cell(spare)];
    if (old.at === 0) return [gates, product(NONE, 2 * hidden, hidden, part(2), true), cell(NONE)];
    const reset = { kernel: 'f32_gru_reset', args: [batch, hidden, ...[part(1), old, spare].flatMap(pair)] };
    return [gates, reset, product(spare, 2 * hidden, hidden, part(2), true), cell(NONE)];
  },
};

const rnnCell: Cell = {
  op: 'rnn',
  name: 'f32_rnn_cell',
  exports: ['f32_gemm_4x8'],
  gates: 1,
  functions: ['tanh'],
  step: (_, { batch, hidden }, { sums, old, h, copy, product }) => [
    product(old, 0, hidden, sums, true),
    { kernel: 'f32_rnn_cell', args: [batch, hidden, ...[sums, h, copy].flatMap(pair)] },
  ],
};

function sizesOf({ attributes, inputs, outputs }: Request): Sizes {
  const first = flagOf(attributes, 'batchFirst', false);
  const x = inputs[0]?.shape ?? [];
  const [batch, steps] = first ? x : [x[1], x[0]];
  return {
    steps,
    batch,
    inputs: x[2],
    hidden: outputs[0].shape[3],
    directions: outputs[0].shape[2 - Number(!first)],
    first,
  };
}

/** Why the node is not of the usual kind. */
function unusual({ attributes, inputs }: Request, cell: Cell, { directions }: Sizes): string | undefined {
  if (!inputs.every((input, i) => input === undefined || i === 4 || isPlain(input)))
    return wanted('plain float32 operands', inputs);
  if (inputs[4]) return 'wants sequences of one length';
  if (numberOf(attributes, 'clip', Number.POSITIVE_INFINITY) !== Number.POSITIVE_INFINITY) return 'wants no clip';
  const told = textOf(attributes, 'activations', '').toLowerCase();
  const usual = Array.from({ length: directions }, () => cell.functions).flat();
  listOf(attributes, 'activationAlpha', []);
  listOf(attributes, 'activationBeta', []);
  return told === '' || told === usual.join() ? undefined : `wants the functions ${usual.join(', ')}`;
}

const panels = (rows: number) => Math.ceil(rows / 8) * 8;

function match(request: Request, cell: Cell): Match | string {
  const sizes = sizesOf(request);
  const why = unusual(request, cell, sizes) ?? cell.lacks?.(request, sizes);
  if (why !== undefined) return why;
  const { attributes, inputs: operands, outputs } = request;
  const { steps, batch, inputs, hidden, directions, first } = sizes;
  const rows = cell.gates * hidden;
  const optional = [3, 5, 6].filter((input) => operands[input]);
  const reads = [
    { input: 0, layout: 'rows' },
    { input: 1, layout: 'columns8t' },
    { input: 2, layout: 'columns8t' },
    ...optional.map((input) => ({ input, layout: 'rows' })),
  ];
  const kind = textOf(attributes, 'direction', 'forward');
  const sumsFloats = steps * batch * rows;
  // States lie as [D, B, H] or [B, D, H].
  const state = (base: number, d: number): Rows =>
    base === 0 ? NONE : { at: base + d * hidden * (first ? 1 : batch) * 4, row: hidden * (first ? directions : 1) };

  function along(at: Addresses, d: number): Call[] {
    const read = (input: number) => {
      const place = reads.findIndex((one) => one.input === input);
      return place < 0 ? 0 : at.reads[place];
    };
    const bias = read(3) && read(3) + d * 2 * rows * 4;
    const sums = at.scratch;
    const spare: Rows = { at: sums + sumsFloats * 4, row: hidden };
    const ownC: Rows = { at: spare.at + batch * hidden * 4, row: hidden };
    const c = outputs.length > 2 ? state(at.writes[2], d) : ownC;
    const hLast = outputs.length > 1 ? state(at.writes[1], d) : NONE;
    const projection = gemmCall({
      ...{ m: steps * batch, n: rows, k: inputs, bounds: unbounded },
      a: read(0),
      aStrides: [0, inputs, 1],
      b: read(1) + d * panels(rows) * inputs * 4,
      biasColumns: bias,
      c: sums,
      cRow: rows,
    });
    const product: Moment['product'] = (states, from, count, target, accumulate) =>
      gemmCall({
        // Without states there is the bias alone.
        ...{ m: batch, n: count, k: states.at === 0 ? 0 : hidden, bounds: unbounded, accumulate },
        a: states.at,
        aStrides: [0, states.row, 1],
        b: read(2) + (d * panels(rows) + from) * hidden * 4,
        biasColumns: bias && bias + (rows + from) * 4,
        c: target.at,
        cRow: target.row,
      });
    const calls = [projection];
    let old = state(read(5), d);
    let oldC = state(read(6), d);
    for (let s = 0; s < steps; s++) {
      const t = kind === 'reverse' || d === 1 ? steps - 1 - s : s;
      const h: Rows = first
        ? { at: at.writes[0] + (t * directions + d) * hidden * 4, row: steps * directions * hidden }
        : { at: at.writes[0] + (t * directions + d) * batch * hidden * 4, row: hidden };
      const own: Rows = first
        ? { at: sums + t * rows * 4, row: steps * rows }
        : { at: sums + t * batch * rows * 4, row: rows };
      const copy = s === steps - 1 ? hLast : NONE;
      calls.push(...cell.step(request, sizes, { sums: own, old, h, copy, oldC, c, spare, product }));
      [old, oldC] = [h, c];
    }
    return calls;
  }

  if (steps === 0) return 'wants at least one step';
  const perStep = gemmCost(1, batch, rows, hidden) + arithmetic(batch * rows, 2);
  return {
    reads,
    writes: outputs.map(() => 'rows'),
    microseconds: directions * (gemmCost(1, steps * batch, rows, inputs) + steps * perStep),
    scratchBytes: (sumsFloats + 2 * batch * hidden) * 4,
    calls: (at) => Array.from({ length: directions }, (_, d) => along(at, d)).flat(),
  };
}

export const recurrentKernels: readonly Kernel[] = [lstmCell, gruCell, rnnCell].map((cell) => ({
  name: cell.name,
  exports: [cell.name, ...cell.exports],
  op: cell.op,
  match: (request) => match(request, cell),
}));
