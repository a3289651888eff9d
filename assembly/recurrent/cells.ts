// What recurrent cells do after the products: from the sums of each gate to the next state, for [batch] rows of H units.
// Rows of every operand are its own number of floats apart; what is 0 is not there.
import { bytes4, loadPart, storePart } from '../elementwise/lanes';
import { sigmoid4, tanh4 } from '../elementwise/math';

function take(p: usize, left: i32): v128 {
  return left >= 4 ? v128.load(p) : loadPart(p, left);
}

function put(p: usize, left: i32, v: v128): void {
  if (left >= 4) v128.store(p, v);
  else storePart(p, left, v);
}

/**
 * Sums [i | o | f | g], H floats each:
 *
 *     c = sigmoid(f) c + sigmoid(i) tanh(g)     h = sigmoid(o) tanh(c)
 *
 * oldC 0 stands for zeros, and may be c. h goes to `copy` as well.
 */
export function f32_lstm_cell(
  batch: i32,
  hidden: i32,
  sums: usize,
  sumsRow: i32,
  oldC: usize,
  oldCRow: i32,
  c: usize,
  cRow: i32,
  h: usize,
  hRow: i32,
  copy: usize,
  copyRow: i32,
): void {
  const gate = bytes4(hidden);
  for (let b = 0; b < batch; b++) {
    let at: usize = 0;
    for (let left = hidden; left > 0; left -= 4) {
      const s = sums + at;
      const kept = oldC ? f32x4.mul(sigmoid4(take(s + 2 * gate, left)), take(oldC + at, left)) : f32x4.splat(0);
      const state = f32x4.add(kept, f32x4.mul(sigmoid4(take(s, left)), tanh4(take(s + 3 * gate, left))));
      const out = f32x4.mul(sigmoid4(take(s + gate, left)), tanh4(state));
      put(c + at, left, state);
      put(h + at, left, out);
      if (copy) put(copy + at, left, out);
      at += 16;
    }
    sums += bytes4(sumsRow);
    if (oldC) oldC += bytes4(oldCRow);
    c += bytes4(cRow);
    h += bytes4(hRow);
    if (copy) copy += bytes4(copyRow);
  }
}

/** out = sigmoid(sums) h: the states that a reset gate lets through. */
export function f32_gru_reset(
  batch: i32,
  hidden: i32,
  sums: usize,
  sumsRow: i32,
  h: usize,
  hRow: i32,
  out: usize,
  outRow: i32,
): void {
  for (let b = 0; b < batch; b++) {
    let at: usize = 0;
    for (let left = hidden; left > 0; left -= 4) {
      put(out + at, left, f32x4.mul(sigmoid4(take(sums + at, left)), take(h + at, left)));
      at += 16;
    }
    sums += bytes4(sumsRow);
    h += bytes4(hRow);
    out += bytes4(outRow);
  }
}

/**
 * Sums [z | s | n], H floats each; `mixed`, if any, is what the reset gate s multiplies:
 *
 *     h = (1 - sigmoid(z)) n' + sigmoid(z) oldH     n' = tanh(n + sigmoid(s) mixed)
 *
 * oldH 0 stands for zeros.
 */
export function f32_gru_cell(
  batch: i32,
  hidden: i32,
  sums: usize,
  sumsRow: i32,
  mixed: usize,
  mixedRow: i32,
  oldH: usize,
  oldHRow: i32,
  h: usize,
  hRow: i32,
  copy: usize,
  copyRow: i32,
): void {
  const gate = bytes4(hidden);
  for (let b = 0; b < batch; b++) {
    let at: usize = 0;
    for (let left = hidden; left > 0; left -= 4) {
      const s = sums + at;
      let fresh = take(s + 2 * gate, left);
      if (mixed) fresh = f32x4.add(fresh, f32x4.mul(sigmoid4(take(s + gate, left)), take(mixed + at, left)));
      fresh = tanh4(fresh);
      const update = sigmoid4(take(s, left));
      let out = f32x4.mul(f32x4.sub(f32x4.splat(1), update), fresh);
      if (oldH) out = f32x4.add(out, f32x4.mul(update, take(oldH + at, left)));
      put(h + at, left, out);
      if (copy) put(copy + at, left, out);
      at += 16;
    }
    sums += bytes4(sumsRow);
    if (mixed) mixed += bytes4(mixedRow);
    if (oldH) oldH += bytes4(oldHRow);
    h += bytes4(hRow);
    if (copy) copy += bytes4(copyRow);
  }
}

/** h = tanh(sums) */
export function f32_rnn_cell(
  batch: i32,
  hidden: i32,
  sums: usize,
  sumsRow: i32,
  h: usize,
  hRow: i32,
  copy: usize,
  copyRow: i32,
): void {
  for (let b = 0; b < batch; b++) {
    let at: usize = 0;
    for (let left = hidden; left > 0; left -= 4) {
      const out = tanh4(take(sums + at, left));
      put(h + at, left, out);
      if (copy) put(copy + at, left, out);
      at += 16;
    }
    sums += bytes4(sumsRow);
    h += bytes4(hRow);
    if (copy) copy += bytes4(copyRow);
  }
}
