/** The products with dense operands as ops of the kernel table. */
import type { Resident } from './resident.ts';
import { planWorks, runPlanned, type Work } from './step.ts';

/**
 * S [r, k] · D [k, t] → [r, t], all row-major: the 1x1 convolution of an image whose channels are the rows of D, since
 * an image lies in memory as [channels][pixels]. A single column is as well a row that Sᵀ multiplies.
 */
export function sparseTimesDense(where: string, operand: Resident, dense: Float32Array, t: number): Float32Array {
  const [rows, depth] = operand.matrix.constant.shape;
  if (rows * t * depth === 0) return new Float32Array(rows * t);
  const planned = operand.plan(`S·D ${t}`, () => {
    const image = { shape: [1, depth, 1, t], layout: 'rows' as const };
    const row = { shape: [1, depth], layout: 'rows' as const };
    const convolution: Work = { op: 'conv2d', attributes: {}, inputs: [image, 'filter'], output: [1, rows, 1, t] };
    const product: Work = {
      ...{ op: 'matmul', attributes: { transposeA: false, transposeB: true } },
      ...{ inputs: [row, 'matrix'], output: [1, rows] },
    };
    return planWorks(operand, t === 1 ? [convolution, product] : [convolution]);
  });
  return runPlanned(where, operand, planned, [dense]);
}

/** D [t, k] · S [k, c] → [t, c], all row-major. */
export function denseTimesSparse(where: string, dense: Float32Array, t: number, operand: Resident): Float32Array {
  const [depth, columns] = operand.matrix.constant.shape;
  if (columns * t * depth === 0) return new Float32Array(columns * t);
  const planned = operand.plan(`D·S ${t}`, () => {
    const rows = { shape: [t, depth], layout: 'rows' as const };
    const attributes = { transposeA: false, transposeB: false };
    return planWorks(operand, [{ op: 'matmul', attributes, inputs: [rows, 'matrix'], output: [t, columns] }]);
  });
  return runPlanned(where, operand, planned, [dense]);
}

/**
 * The values, in the order of the pattern's own, of A [r, t] · B [t, c] at its stored positions; 0 for what sticks out. It
 * is the gradient of a weight with this pattern, for which Aᵀ and B are what goes in and comes back, or the reverse:
 *
 *     stored by rows       x = B  [t, c]    dy = Aᵀ [t, r]
 *     stored by columns    x = Aᵀ [t, r]    dy = B  [t, c]
 */
export function sampledProduct(
  where: string,
  operand: Resident,
  a: Float32Array,
  b: Float32Array,
  t: number,
): Float32Array {
  const { layout, constant } = operand.matrix;
  const [rows, columns] = constant.shape;
  const stored = constant.values.length;
  if (stored === 0 || t === 0) return new Float32Array(stored);
  const byColumns = layout === 'csc';
  const planned = operand.plan(`A·B ${t}`, () => {
    const left = { shape: [t, rows], layout: 'planes' as const };
    const right = { shape: [t, columns], layout: 'rows' as const };
    const attributes = { outputAxis: constant.outputAxis };
    const inputs = [...(byColumns ? [left, right] : [right, left]), 'matrix' as const];
    return planWorks(operand, [{ op: 'sddmm', attributes, inputs, output: [stored] }]);
  });
  return runPlanned(where, operand, planned, byColumns ? [a, b] : [b, a]);
}
