/** Softmax, its logarithm and their gradients along any axis, and the losses. */
import { leading, normalizeAxis, sameShape, sizeOf } from '../core/shape.ts';
import { type Addresses, type Call, isPlain, type Kernel, type Match, type Operand, type Request } from './kernel.ts';
import { arithmetic, numberOf, readRows, traffic, wanted } from './match.ts';
import { along } from './split.ts';
import { axisToEnd, type Geometry, reversed, tableOf } from './strides.ts';

interface Row {
  readonly op: string;
  readonly kernel: string;
  /** x; or dy and y. */
  readonly inputs: 1 | 2;
  readonly nanoseconds: number;
}

const rows: readonly Row[] = [
  { op: 'softmax', kernel: 'f32_softmax', inputs: 1, nanoseconds: 1.2 },
  { op: 'logSoftmax', kernel: 'f32_log_softmax', inputs: 1, nanoseconds: 1.6 },
  { op: 'softmaxGrad', kernel: 'f32_softmax_grad', inputs: 2, nanoseconds: 0.5 },
  { op: 'logSoftmaxGrad', kernel: 'f32_log_softmax_grad', inputs: 2, nanoseconds: 1.2 },
];

/** The kernels want the axis last: otherwise the operands move to scratch, are worked on there, and the result moves back. */
function acrossRows(
  kernel: string,
  columns: number,
  nanoseconds: number,
  shape: readonly number[],
  axis: number,
  operands: number,
): Match {
  const n = sizeOf(shape);
  const rows = n / columns;
  const aside = axisToEnd(shape, axis);
  const { table, offsets } = tableOf([aside, reversed(aside)]);
  const copy = (geometry: Geometry, tableAt: number, from: number, to: number): Call => ({
    kernel: 'copy_strided_4',
    args: [geometry.dims.length, tableAt, from, to],
  });
  const calls = (at: Addresses): Call[] => {
    const moved = at.reads.map((_, i) => at.scratch + i * n * 4);
    return [
      ...at.reads.map((read, i) => copy(aside, at.table + offsets[0], read, moved[i])),
      { kernel, args: [rows, columns, ...moved, moved[0]] },
      copy(reversed(aside), at.table + offsets[1], moved[0], at.writes[0]),
    ];
  };
  return {
    reads: readRows(...new Array(operands).keys()),
    writes: ['rows'],
    microseconds: arithmetic(n, nanoseconds) + (operands + 1) * traffic(8 * n),
    scratchBytes: operands * n * 4,
    table,
    inPlace: [...new Array(operands).keys()],
    calls,
  };
}

function rowwise({ op, kernel, inputs: operands, nanoseconds }: Row): Kernel {
  const match = ({ inputs, attributes }: Request): Match | string => {
    const used = inputs.slice(0, operands);
    const [first] = used;
    if (!isPlain(first) || !used.every((x) => isPlain(x) && sameShape(x.shape, first.shape)))
      return wanted('plain float32 operands of one shape', inputs);
    const { shape } = first;
    const axis = normalizeAxis(numberOf(attributes, 'axis', -1), shape.length);
    const n = sizeOf(shape);
    const columns = shape[axis];
    const reads = readRows(...used.keys());
    const inPlace = [...used.keys()];
    if (n === 0) return { reads, writes: ['rows'], microseconds: 0, calls: () => [] };
    if (sizeOf(shape.slice(axis + 1)) !== 1) return acrossRows(kernel, columns, nanoseconds, shape, axis, operands);
    return along(
      { reads, writes: ['rows'], microseconds: arithmetic(n, nanoseconds), inPlace },
      {
        extent: n / columns,
        unit: 1,
        calls: (at, first, count) => {
          const skipped = first * columns * 4;
          return [
            { kernel, args: [count, columns, ...at.reads.map((read) => read + skipped), at.writes[0] + skipped] },
          ];
        },
      },
    );
  };
  return { name: kernel, exports: [kernel, 'copy_strided_4'], op, match };
}

function isLabels(operand: Operand | undefined): operand is Operand {
  return isPlain(operand, 'int32') || isPlain(operand, 'int64');
}

const labelBytes = (labels: Operand) => (labels.dtype === 'int64' ? 8 : 4);

const crossEntropy: Kernel = {
  name: 'f32_cross_entropy',
  exports: ['f32_cross_entropy'],
  op: 'crossEntropy',
  match({ inputs, outputs }) {
    const [logits, labels] = inputs;
    if (!isPlain(logits) || !isLabels(labels) || logits.shape.length === 0)
      return wanted('plain float32 logits [..., classes] and int32 or int64 labels', inputs);
    const columns = logits.shape[logits.shape.length - 1];
    const rows = leading(logits.shape, 1);
    const kept = outputs.length > 1;
    return {
      reads: readRows(0, 1),
      writes: outputs.map(() => 'rows'),
      microseconds: arithmetic(rows * columns, 1.2),
      ...(kept ? {} : { scratchBytes: rows * columns * 4 }),
      calls: (at) => [
        {
          kernel: 'f32_cross_entropy',
          args: [rows, columns, labelBytes(labels), ...at.reads, at.writes[0], kept ? at.writes[1] : at.scratch],
        },
      ],
      failure: (status) => `want labels in [0, ${columns}), got another at position ${status - 1}`,
    };
  },
};

const crossEntropyGrad: Kernel = {
  name: 'f32_cross_entropy_grad',
  exports: ['f32_cross_entropy_grad'],
  op: 'crossEntropyGrad',
  match({ inputs }) {
    const [dloss, probabilities, labels] = inputs;
    if (!isPlain(dloss) || !isPlain(probabilities) || !isLabels(labels))
      return wanted('plain float32 dloss and probabilities [..., classes] and int32 or int64 labels', inputs);
    const columns = probabilities.shape[probabilities.shape.length - 1];
    const rows = leading(probabilities.shape, 1);
    return {
      reads: readRows(0, 1, 2),
      writes: ['rows'],
      microseconds: traffic(8 * rows * columns),
      inPlace: [1],
      calls: (at) =>
        rows * columns === 0
          ? []
          : [
              {
                kernel: 'f32_cross_entropy_grad',
                args: [rows, columns, labelBytes(labels), ...at.reads, at.writes[0]],
              },
            ],
    };
  },
};

const mse: Kernel = {
  name: 'f32_mse',
  exports: ['f32_mse'],
  op: 'mse',
  match({ inputs }) {
    const [a, b] = inputs;
    if (!isPlain(a) || !isPlain(b) || !sameShape(a.shape, b.shape))
      return wanted('two plain float32 operands of one shape', inputs);
    const n = sizeOf(a.shape);
    return {
      reads: readRows(0, 1),
      writes: ['rows'],
      microseconds: traffic(8 * n),
      calls: (at) => [{ kernel: 'f32_mse', args: [n, ...at.reads, at.writes[0]] }],
    };
  },
};

export const softmax: readonly Kernel[] = [...rows.map(rowwise), crossEntropy, crossEntropyGrad, mse];
