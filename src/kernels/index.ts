/** Gathering by index and its gradient, conversion between element types, and dropout. */
import { bytesPerElement, type DType } from '../core/dtype.ts';
import { normalizeAxis, type Shape, sizeOf } from '../core/shape.ts';
import { type Call, isPlain, type Kernel, type Match, type Operand } from './kernel.ts';
import { arithmetic, numberOf, readRows, traffic, wanted } from './match.ts';

function isIndices(operand: Operand | undefined): operand is Operand {
  return isPlain(operand, 'int32') || isPlain(operand, 'int64');
}

/** Arguments of a gather up to the index size: data [outer][extent][inner]. */
function around(data: Shape, axis: number, indices: Operand): readonly number[] {
  return [
    sizeOf(data.slice(0, axis)),
    data[axis],
    sizeOf(data.slice(axis + 1)),
    sizeOf(indices.shape),
    bytesPerElement(indices.dtype),
  ];
}

/** Words the status of a gather over an axis of that extent. */
function outOfRange(extent: number): (status: number) => string {
  return (status) =>
    `want indices in [${-extent}, ${extent - 1}], got another at position ${status - 1} of the indices`;
}

const gather = ([1, 4, 8] as const).map((bytes): Kernel => {
  const kernel = `gather_${bytes}`;
  return {
    name: kernel,
    exports: [kernel],
    op: 'gather',
    match({ inputs, attributes, outputs }) {
      const [data, indices] = inputs;
      const { dtype } = outputs[0];
      if (!isPlain(data, dtype) || bytesPerElement(dtype) !== bytes || !isIndices(indices))
        return wanted(`plain data of ${bytes}-byte elements and int32 or int64 indices`, inputs);
      const axis = normalizeAxis(numberOf(attributes, 'axis', 0), data.shape.length);
      const sizes = around(data.shape, axis, indices);
      return {
        reads: readRows(0, 1),
        writes: ['rows'],
        microseconds: traffic(2 * bytes * sizeOf(outputs[0].shape)) + arithmetic(sizes[0] * sizes[3], 3),
        calls: (at) => [{ kernel, args: [...sizes, ...at.reads, at.writes[0]] }],
        failure: outOfRange(data.shape[axis]),
      };
    },
  };
});

const gatherGrad: Kernel = {
  name: 'f32_gather_grad',
  exports: ['f32_gather_grad'],
  op: 'gatherGrad',
  match({ inputs, attributes, outputs }) {
    const [dy, indices] = inputs;
    if (!isPlain(dy) || !isIndices(indices)) return wanted('plain float32 dy and int32 or int64 indices', inputs);
    const data = outputs[0].shape;
    const axis = normalizeAxis(numberOf(attributes, 'axis', 0), data.length);
    const sizes = around(data, axis, indices);
    return {
      reads: readRows(0, 1),
      writes: ['rows'],
      microseconds: traffic(4 * sizeOf(data) + 12 * sizeOf(dy.shape)),
      calls: (at) => [{ kernel: 'f32_gather_grad', args: [...sizes, ...at.reads, at.writes[0]] }],
      failure: outOfRange(data[axis]),
    };
  },
};

/** A conversion in one export. */
interface Conversion {
  readonly kernel: string;
  readonly from: DType;
  readonly to: DType;
}

const conversions: readonly Conversion[] = [
  { kernel: 'cast_f32_i32', from: 'float32', to: 'int32' },
  { kernel: 'cast_f32_i64', from: 'float32', to: 'int64' },
  { kernel: 'cast_f32_bool', from: 'float32', to: 'bool' },
  { kernel: 'cast_i32_f32', from: 'int32', to: 'float32' },
  { kernel: 'cast_i32_i64', from: 'int32', to: 'int64' },
  { kernel: 'cast_i64_f32', from: 'int64', to: 'float32' },
  { kernel: 'cast_i64_i32', from: 'int64', to: 'int32' },
  { kernel: 'cast_bool_f32', from: 'bool', to: 'float32' },
];

function cast({ kernel, from, to }: Conversion): Kernel {
  return {
    name: kernel,
    exports: [kernel],
    op: 'cast',
    match({ inputs, outputs, attributes }) {
      const [x] = inputs;
      if (attributes.to === 'float16') return 'it does not round to half precision';
      if (!isPlain(x, from) || outputs[0].dtype !== to) return wanted(`${from} to ${to}`, [x, outputs[0]]);
      const n = sizeOf(x.shape);
      return {
        reads: readRows(0),
        writes: ['rows'],
        microseconds: traffic((bytesPerElement(from) + bytesPerElement(to)) * n),
        calls: (at) => [{ kernel, args: [n, at.reads[0], at.writes[0]] }],
      };
    },
  };
}

/** Between bool and whole numbers float32 serves as the step between: 0 and not 0 survive it, and so do 0 and 1. */
function castInTwo(first: Conversion, second: Conversion): Kernel {
  return {
    name: second.kernel,
    exports: [first.kernel, second.kernel],
    op: 'cast',
    match({ inputs, outputs }) {
      const [x] = inputs;
      if (!isPlain(x, first.from) || outputs[0].dtype !== second.to)
        return wanted(`${first.from} to ${second.to}`, [x, outputs[0]]);
      const n = sizeOf(x.shape);
      return {
        reads: readRows(0),
        writes: ['rows'],
        microseconds: 2 * traffic(12 * n),
        scratchBytes: 4 * n,
        calls: (at) => [
          { kernel: first.kernel, args: [n, at.reads[0], at.scratch] },
          { kernel: second.kernel, args: [n, at.scratch, at.writes[0]] },
        ],
      };
    },
  };
}

const find = (from: DType, to: DType) => conversions.find((row) => row.from === from && row.to === to) as Conversion;

const wholeNumbers = ['int32', 'int64'] as const;

const throughFloats = wholeNumbers.flatMap((dtype) => [
  castInTwo(find('bool', 'float32'), find('float32', dtype)),
  castInTwo(find(dtype, 'float32'), find('float32', 'bool')),
]);

/** A cast to the type it already has. */
const castToItself = ([1, 4, 8] as const).map((bytes): Kernel => {
  const kernel = `copy_strided_${bytes}`;
  return {
    name: kernel,
    exports: [kernel],
    op: 'cast',
    match({ inputs, outputs, attributes }) {
      const [x] = inputs;
      const { dtype } = outputs[0];
      if (attributes.to === 'float16') return 'it does not round to half precision';
      if (!isPlain(x, dtype) || bytesPerElement(dtype) !== bytes)
        return wanted(`${bytes}-byte elements that keep their type`, [x, outputs[0]]);
      return flat(kernel, x, bytes);
    },
  };
});

/** Half precision is a float32 whose last bits are rounded off. */
const half: Kernel = {
  name: 'f32_half',
  exports: ['f32_half'],
  op: 'cast',
  match({ inputs: [x], attributes }) {
    if (!isPlain(x) || attributes.to !== 'float16') return wanted('float32 to half precision', [x]);
    const n = sizeOf(x.shape);
    return {
      reads: readRows(0),
      writes: ['rows'],
      microseconds: traffic(8 * n),
      inPlace: [0],
      calls: (at) => [{ kernel: 'f32_half', args: [n, at.reads[0], at.writes[0]] }],
    };
  },
};

/** A plain copy, which vanishes when the result takes the operand's place. */
function flat(kernel: string, x: Operand, bytes: number): Match {
  const n = sizeOf(x.shape);
  return {
    reads: readRows(0),
    writes: ['rows'],
    microseconds: traffic(2 * bytes * n),
    table: Int32Array.of(n, 1, 1),
    inPlace: [0],
    calls: (at): Call[] =>
      n === 0 || at.reads[0] === at.writes[0] ? [] : [{ kernel, args: [1, at.table, at.reads[0], at.writes[0]] }],
  };
}

const dropout: Kernel = {
  name: 'f32_dropout',
  exports: ['f32_dropout', 'copy_strided_4'],
  op: 'dropout',
  match({ inputs, outputs, attributes }) {
    const [x, seed] = inputs;
    if (!isPlain(x)) return wanted('a plain float32 operand', inputs);
    if (outputs.length > 1) return 'it makes no mask';
    if (!seed) return flat('copy_strided_4', x, 4);
    if (!isPlain(seed, 'int32')) return wanted('an int32 scalar as seed', [seed]);
    const n = sizeOf(x.shape);
    const rate = numberOf(attributes, 'rate', 0.5);
    const salt = numberOf(attributes, 'salt', 0);
    return {
      reads: readRows(0, 1),
      writes: ['rows'],
      microseconds: arithmetic(n, 0.8),
      inPlace: [0],
      calls: (at) => [{ kernel: 'f32_dropout', args: [n, rate, at.reads[1], salt, at.reads[0], at.writes[0]] }],
    };
  },
};

export const index: readonly Kernel[] = [
  ...gather,
  gatherGrad,
  ...conversions.map(cast),
  ...throughFloats,
  ...castToItself,
  half,
  dropout,
];
