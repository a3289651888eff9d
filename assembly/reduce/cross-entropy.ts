// Softmax cross entropy of [rows][columns] logits against one class index per row, averaged over the rows.
import { bytes4, loadPart, storePart } from '../elementwise/lanes';
import { flush } from '../simd';
import { exponentials, logScalar, scale } from './exponentials';
import { largestNumber } from './sums';

/** Element r of int32 (labelBytes 4) or int64 (8) labels, saturated to -1 when it does not fit 31 bits. */
function labelAt(labels: usize, labelBytes: i32, r: i32): i32 {
  if (labelBytes === 4) return load<i32>(labels + bytes4(r));
  const wide = load<i64>(labels + ((<usize>r) << 3));
  return wide < 0 || wide > 0x7fffffff ? -1 : <i32>wide;
}

/**
 * loss[0] = mean of ln(sum(e^x)) - x[label], summed in double precision; probabilities [rows][columns] = softmax.
 * Returns 0, or 1 + the first row whose label is outside [0, columns); the outputs are then incomplete.
 */
export function f32_cross_entropy(
  rows: i32,
  columns: i32,
  labelBytes: i32,
  logits: usize,
  labels: usize,
  loss: usize,
  probabilities: usize,
): i32 {
  const pitch = bytes4(columns);
  let total: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const label = labelAt(labels, labelBytes, r);
    if (<u32>label >= <u32>columns) return 1 + r;
    const own = load<f32>(logits + bytes4(label));
    const shift = largestNumber(columns, logits);
    const sum = exponentials(columns, shift, logits, probabilities);
    scale(columns, 1 / sum, probabilities);
    total += <f64>shift - <f64>own + <f64>logScalar(sum);
    logits += pitch;
    probabilities += pitch;
  }
  store<f32>(loss, <f32>(total / <f64>rows));
  return 0;
}

/**
 * out = (probabilities - [column === label]) dloss / rows; out may be the probabilities. A label out of range, which
 * f32_cross_entropy has refused, counts as no column.
 */
export function f32_cross_entropy_grad(
  rows: i32,
  columns: i32,
  labelBytes: i32,
  dloss: usize,
  probabilities: usize,
  labels: usize,
  out: usize,
): void {
  const weight = load<f32>(dloss) / <f32>rows;
  const splat = f32x4.splat(weight);
  for (let r = 0; r < rows; r++) {
    const label = labelAt(labels, labelBytes, r);
    const inside = <u32>label < <u32>columns;
    const own = inside ? load<f32>(probabilities + bytes4(label)) : 0;
    for (let left = columns; left > 0; left -= 4) {
      if (left >= 4) v128.store(out, flush(f32x4.mul(v128.load(probabilities), splat)));
      else storePart(out, left, flush(f32x4.mul(loadPart(probabilities, left), splat)));
      const step = bytes4(min<i32>(left, 4));
      probabilities += step;
      out += step;
    }
    if (inside) store<f32>(out - bytes4(columns - label), (own - 1) * weight);
  }
}
