/** Matrix products and gradients of sparse weights. */
import type { Shape } from '../../../src/core/shape.ts';
import { whole } from './elementwise.ts';
import { floats, type Sample, sparse } from './sample.ts';

const constant = { constant: true } as const;

const matmul: readonly Sample[] = [
  { op: 'matmul', about: 'odd extents', inputs: [floats([7, 9]), floats([9, 5])] },
  {
    op: 'matmul',
    about: 'one row, bias and relu',
    inputs: [floats([1, 13]), floats([13, 6], constant), floats([6])],
    attributes: { activation: 'relu' },
  },
  {
    op: 'matmul',
    about: 'clip with one bound',
    inputs: [floats([3, 4]), floats([4, 5])],
    attributes: { activation: 'clip', max: 0.5 },
  },
  {
    op: 'matmul',
    about: 'clip with two bounds',
    inputs: [floats([3, 4]), floats([4, 5])],
    attributes: { activation: 'clip', min: -0.7, max: 0.9 },
  },
  {
    op: 'matmul',
    about: 'transposed weight under leading axes',
    inputs: [floats([2, 3, 4]), floats([5, 4], constant), floats([5], constant)],
    attributes: { transposeB: true },
  },
  { op: 'matmul', about: 'weight under leading axes', inputs: [floats([2, 3, 2, 4]), floats([4, 5], constant)] },
  {
    op: 'matmul',
    about: 'both transposed',
    inputs: [floats([4, 3]), floats([5, 4])],
    attributes: { transposeA: true, transposeB: true },
  },
  { op: 'matmul', about: 'batches that broadcast', inputs: [floats([3, 1, 2, 4]), floats([2, 4, 3])] },
  {
    op: 'matmul',
    about: 'batches that broadcast, transposed',
    inputs: [floats([2, 4, 3]), floats([3, 1, 5, 4])],
    attributes: { transposeA: true, transposeB: true },
  },
  { op: 'matmul', about: 'matrix by batch', inputs: [floats([3, 4]), floats([2, 4, 5])] },
  {
    op: 'matmul',
    about: 'residual, then clip',
    inputs: [floats([3, 4]), floats([4, 5], constant), floats([5]), floats([3, 5])],
    attributes: { activation: 'clip', min: -0.7, max: 0.9 },
  },
  {
    op: 'matmul',
    about: 'relu, then a residual without a bias',
    inputs: [floats([2, 3, 4]), floats([4, 5]), undefined, floats([2, 3, 5])],
    attributes: { activation: 'relu', activationFirst: true },
  },
  {
    op: 'matmul',
    about: 'csr weight, gelu, then a residual',
    inputs: [floats([9, 11]), sparse([11, 7], 'csr', 1), floats([7], constant), floats([9, 7])],
    attributes: { activation: 'gelu', activationFirst: true },
  },
  {
    op: 'matmul',
    about: 'csr weight, one row, residual, then tanh',
    inputs: [floats([1, 11]), sparse([11, 7], 'csr', 1), undefined, floats([1, 7])],
    attributes: { activation: 'tanh' },
  },
  ...(['gelu', 'geluTanh', 'hardSwish', 'sigmoid', 'tanh'] as const).map(
    (activation): Sample => ({
      op: 'matmul',
      about: activation,
      inputs: [floats([3, 4]), floats([4, 5])],
      attributes: { activation },
    }),
  ),
  { op: 'matmul', about: 'nothing to sum', inputs: [floats([2, 0]), floats([0, 3])] },
  { op: 'matmul', about: 'no rows', inputs: [floats([0, 4]), floats([4, 3])] },
  { op: 'matmul', about: 'csr weight', inputs: [floats([2, 3, 11]), sparse([11, 7], 'csr', 1), floats([7], constant)] },
  {
    op: 'matmul',
    about: 'csr weight, transposed, relu',
    inputs: [floats([5, 11]), sparse([7, 11], 'csr', 0)],
    attributes: { transposeB: true, activation: 'relu' },
  },
  { op: 'matmul', about: 'ragged 4x1 blocks', inputs: [floats([9, 10]), sparse([10, 6], 'bsr', 1, { block: [4, 1] })] },
  { op: 'matmul', about: 'ragged 2x3 blocks', inputs: [floats([3, 10]), sparse([10, 5], 'bsr', 1, { block: [2, 3] })] },
  { op: 'matmul', about: 'ragged 2:4', inputs: [floats([3, 9]), sparse([9, 5], 'nm', 1, { n: 2, m: 4 })] },
];

const sddmm: readonly Sample[] = [
  { op: 'sddmm', about: 'csr', inputs: [floats([6, 11]), floats([6, 7]), sparse([11, 7], 'csr', 1)] },
  {
    op: 'sddmm',
    about: 'csr of a transposed weight',
    inputs: [floats([2, 3, 11]), floats([2, 3, 7]), sparse([7, 11], 'csr', 0)],
    attributes: { outputAxis: 0 },
  },
  {
    op: 'sddmm',
    about: 'ragged 4x1 blocks',
    inputs: [floats([5, 10]), floats([5, 6]), sparse([10, 6], 'bsr', 1, { block: [4, 1] })],
  },
  {
    op: 'sddmm',
    about: 'ragged 2x3 blocks',
    inputs: [floats([5, 10]), floats([5, 5]), sparse([5, 10], 'bsr', 0, { block: [2, 3] })],
  },
  {
    op: 'sddmm',
    about: 'ragged 3:4 shared by 2 rows',
    inputs: [floats([4, 9]), floats([4, 5]), sparse([9, 5], 'nm', 1, { n: 3, m: 4, sharedRows: 2 })],
  },
  { op: 'sddmm', about: 'no rows', inputs: [floats([0, 4]), floats([0, 3]), sparse([4, 3], 'csr', 1)] },
  { op: 'sample', about: 'csr', inputs: [floats([6, 5]), sparse([6, 5], 'csr', 1)] },
  {
    op: 'sample',
    about: 'filter in ragged blocks',
    inputs: [floats([5, 2, 3, 1]), sparse([5, 2, 3, 1], 'bsr', 0, { block: [2, 4] })],
  },
];

const integers = (dtype: 'int32' | 'int64', shape: Shape) => ({ dtype, shape, make: whole(9) }) as const;

const einsum = (equation: string, ...shapes: readonly Shape[]): Sample => ({
  op: 'einsum',
  about: equation,
  inputs: shapes.map((shape) => floats(shape)),
  attributes: { equation },
});

const others: readonly Sample[] = [
  { op: 'matmul', about: 'int32', inputs: [integers('int32', [3, 4]), integers('int32', [4, 5])] },
  { op: 'matmul', about: 'int64 batches', inputs: [integers('int64', [2, 3, 4]), integers('int64', [4, 5])] },
  {
    op: 'matmul',
    about: 'float64',
    inputs: [
      { dtype: 'float64', shape: [3, 4] },
      { dtype: 'float64', shape: [4, 5] },
    ],
  },
  einsum('ij,jk->ik', [3, 4], [4, 5]),
  einsum('ij->ji', [3, 4]),
  einsum('ij->', [3, 4]),
  einsum('ii->i', [4, 4]),
  einsum('...ii->...i', [2, 3, 3]),
  einsum('i,i', [5], [5]),
  einsum('i,j->ij', [5], [3]),
  einsum('bij , bjk', [2, 3, 4], [2, 4, 5]),
  einsum('...ij,...jk->...ik', [2, 5, 3, 4], [2, 5, 4, 2]),
  einsum('bhid,bhjd->bhij', [2, 3, 4, 5], [2, 3, 6, 5]),
  einsum('bhid,hdo->bio', [2, 3, 4, 5], [3, 5, 6]),
  einsum('bsd,dhk->bshk', [2, 3, 4], [4, 5, 6]),
  einsum('ab,bc,cd->ad', [2, 3], [3, 4], [4, 5]),
  einsum('iji,jk->ki', [3, 4, 3], [4, 2]),
  einsum('abc,cd->da', [2, 3, 4], [4, 5]),
  { op: 'det', about: 'matrices', inputs: [floats([2, 3, 4, 4])] },
  { op: 'det', about: 'one number', inputs: [floats([1, 1])] },
  { op: 'det', about: 'a zero pivot', inputs: [floats([3, 3], { data: [0, 2, 1, 1, 0, 3, 4, 5, 0] })] },
  { op: 'det', about: 'a singular one', inputs: [floats([2, 2], { data: [1, 2, 2, 4] })] },
];

export const productSamples: readonly Sample[] = [...matmul, ...sddmm, ...others];
