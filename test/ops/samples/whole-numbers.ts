/** Whole numbers of every width: they wrap around, division cuts towards zero. Bools, bits, and conversions between types. */
import type { DType } from '../../../src/core/dtype.ts';
import { bools, whole } from './elementwise.ts';
import { floats, type Sample, type SampleInput } from './sample.ts';

const largest = {
  int8: 127,
  uint8: 255,
  int16: 32767,
  uint16: 65535,
  int32: 2 ** 31 - 1,
  uint32: 2 ** 32 - 1,
  int64: 2 ** 50 - 1,
  uint64: 2 ** 50 - 1,
} as const satisfies Partial<Record<DType, number>>;

type Width = keyof typeof largest;
const widths = Object.keys(largest) as Width[];
const isUnsigned = (dtype: DType) => dtype.startsWith('uint');
const isWide = (dtype: DType) => dtype.endsWith('64');

const list = (dtype: DType, data: readonly number[]): SampleInput => ({ dtype, shape: [data.length], data });

/** Operands whose sums, differences and products leave the type, where doubles can hold what comes of it. */
function pair(dtype: Width, op: string): [SampleInput, SampleInput] {
  const most = largest[dtype];
  if (isWide(dtype)) return [list(dtype, [7, 100, 5, 2 ** 40]), list(dtype, [2, 3, 5, 2 ** 10])];
  const [a, b] = [most, most - 1];
  if (op === 'div') return [list(dtype, [a, b, 7, 0]), list(dtype, [2, a, 3, 5])];
  const least = isUnsigned(dtype) ? 0 : -most - 1;
  return [list(dtype, [a, b, least, 3, 100]), list(dtype, [a, 2, 1, 5, 100])];
}

const arithmetic: readonly Sample[] = ['add', 'sub', 'mul', 'div', 'max', 'min'].flatMap((op) =>
  widths.map((dtype): Sample => ({ op, about: `${dtype}, beyond its range`, inputs: pair(dtype, op) })),
);

const powers: readonly Sample[] = [
  { op: 'pow', about: 'int32', inputs: [list('int32', [2, 3, -7, 1]), list('int32', [5, 4, 3, -3])] },
  { op: 'pow', about: 'int64', inputs: [list('int64', [2, 3, -7, 0]), list('int64', [50, 20, 3, 0])] },
  { op: 'pow', about: 'int32 by floats', inputs: [list('int32', [4, 2, 9]), floats([3], { data: [0.5, 2.5, 1] })] },
  { op: 'pow', about: 'float64 by int64', inputs: [list('float64', [1.5, -2, 0.1]), list('int64', [3, -1, 2])] },
];

const signs: readonly Sample[] = ['neg', 'abs', 'sign', 'relu', 'clip', 'shrink'].flatMap((op) =>
  (['int8', 'int32', 'int64'] as const).map((dtype): Sample => {
    const data = isWide(dtype) ? [-9, 0, 4, 9] : [-largest[dtype] - 1, -3, 0, 4, largest[dtype]];
    const attributes = op === 'clip' ? { min: -2, max: 5 } : op === 'shrink' ? { bias: 1, threshold: 3 } : {};
    return { op, about: dtype, inputs: [list(dtype, data)], attributes };
  }),
);

const comparisons: readonly Sample[] = ['equal', 'less', 'greater', 'lessOrEqual', 'greaterOrEqual'].flatMap((op) =>
  (['uint8', 'int32', 'uint64', 'float64'] as const).map(
    (dtype): Sample => ({ op, about: dtype, inputs: [list(dtype, [1, 2, 3]), list(dtype, [2, 2, 2])] }),
  ),
);

const bits: readonly Sample[] = [
  ...['bitwiseAnd', 'bitwiseOr', 'bitwiseXor'].flatMap((op) =>
    widths.map((dtype): Sample => {
      const least = isUnsigned(dtype) ? 0 : isWide(dtype) ? -5 : -largest[dtype] - 1;
      return {
        op,
        about: dtype,
        inputs: [
          { dtype, shape: [4, 1], data: [largest[dtype], least, 12, 85] },
          { dtype, shape: [3], data: [10, 51, largest[dtype] - 4] },
        ],
      };
    }),
  ),
  ...widths
    .filter((dtype) => dtype !== 'uint64')
    .map((dtype): Sample => ({ op: 'bitwiseNot', about: dtype, inputs: [list(dtype, [0, 1, 100, largest[dtype]])] })),
  ...widths.filter(isUnsigned).flatMap((dtype) =>
    (['left', 'right'] as const).map(
      (direction): Sample => ({
        op: 'bitShift',
        about: `${dtype} to the ${direction}`,
        inputs: [list(dtype, [16, 4, 1, 200]), list(dtype, [1, 2, 3, 5])],
        attributes: { direction },
      }),
    ),
  ),
  { op: 'not', about: 'bools', inputs: [bools([3, 5])] },
  { op: 'not', about: 'nothing', inputs: [bools([0])] },
];

const choices: readonly Sample[] = (['uint8', 'int16', 'int32', 'float64', 'bool'] as const).map((dtype) => ({
  op: 'where',
  about: dtype,
  inputs: [bools([3, 2]), { dtype, shape: [2], data: [1, 0] }, { dtype, shape: [3, 1], data: [0, 1, 1] }],
}));

const triangles: readonly Sample[] = [true, false].flatMap((upper) =>
  [-5, -1, 0, 1, 2, 9].flatMap((k): Sample[] => [
    {
      op: 'trilu',
      about: `${upper ? 'upper' : 'lower'} from ${k}`,
      inputs: [floats([3, 4])],
      attributes: { upper, k },
    },
    {
      op: 'trilu',
      about: `${upper ? 'upper' : 'lower'} from ${k}, int64 in a batch`,
      inputs: [{ dtype: 'int64', shape: [2, 3, 2], make: whole(9) }],
      attributes: { upper, k },
    },
  ]),
);

const conversions: readonly Sample[] = [
  ...([...widths, 'float64', 'float16', 'bool'] as const).map(
    (to): Sample => ({
      op: 'cast',
      about: `to ${to}`,
      kinks: true,
      inputs: [floats([8], { data: [0, 1, 2.5, 0.1, 100, 3.999, 7, 1e-7] })],
      attributes: { to },
    }),
  ),
  {
    op: 'cast',
    about: 'to half precision, at its edges',
    kinks: true,
    inputs: [floats([8], { data: [65504, 65519, 65520, -1e9, 5.96e-8, 2 ** -25, 1 + 2 ** -11, 1 + 3 * 2 ** -11] })],
    attributes: { to: 'float16' },
  },
  ...widths.map(
    (dtype): Sample => ({
      op: 'cast',
      about: `from ${dtype}`,
      inputs: [list(dtype, [0, 1, 100])],
      attributes: { to: 'float32' },
    }),
  ),
  {
    op: 'cast',
    about: 'int32 to uint16, wrapped',
    inputs: [list('int32', [-1, 65536, 70000])],
    attributes: { to: 'uint16' },
  },
  { op: 'castLike', about: 'to int32', inputs: [floats([3], { data: [1.9, -1.9, 5] }), list('int32', [0])] },
  { op: 'castLike', about: 'to float32', inputs: [list('int64', [3, -4]), floats([2, 2])] },
];

export const wholeNumberSamples: readonly Sample[] = [
  ...arithmetic,
  ...powers,
  ...signs,
  ...comparisons,
  ...bits,
  ...choices,
  ...triangles,
  ...conversions,
];
