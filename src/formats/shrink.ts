import type { BsrConstant, CsrConstant } from './constant.ts';

/** A pattern that lost entries, and which of the old stored values are left, in order. */
export interface Shrunk {
  readonly constant: CsrConstant | BsrConstant;
  readonly kept: Uint32Array;
}

/**
 * Drops the stored values whose `keep` is 0. Costs what is stored, not what the dense weight would: this is how a mask
 * changes in the middle of training. A block stays if any of its values does.
 */
export function shrink(constant: CsrConstant | BsrConstant, keep: Uint8Array): Shrunk {
  const area = constant.encoding === 'bsr' ? constant.block[0] * constant.block[1] : 1;
  const { rowPointers, columns, values } = constant;
  const newPointers = new Uint32Array(rowPointers.length);
  const newColumns = new Uint32Array(columns.length);
  const kept = new Uint32Array(values.length);
  let entries = 0;
  for (let row = 0; row + 1 < rowPointers.length; row++) {
    for (let i = rowPointers[row]; i < rowPointers[row + 1]; i++) {
      let stays = keep[i * area];
      for (let j = 1; j < area; j++) stays |= keep[i * area + j];
      if (!stays) continue;
      newColumns[entries] = columns[i];
      for (let j = 0; j < area; j++) kept[entries * area + j] = i * area + j;
      entries++;
    }
    newPointers[row + 1] = entries;
  }
  const left = kept.subarray(0, entries * area);
  const newValues = new Float32Array(left.length);
  for (let i = 0; i < left.length; i++) newValues[i] = values[left[i]];
  const shrunk = { ...constant, rowPointers: newPointers, columns: newColumns.slice(0, entries), values: newValues };
  return { constant: shrunk, kept: left };
}
