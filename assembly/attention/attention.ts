// Scaled dot-product attention, one head after the other, a block of queries at a time:
//
//     keys of the head    K [t][d]  →  panels [ceil(t / 8)][d][8]        values  V [t][e]  →  panels [ceil(e / 8)][t][8]
//
//     S = scale · Q Kᵀ      [rows][t], rows few enough that they stay near
//     P = e^(S + mask - greatest of the row), and the sum of each row
//     Y = P V / sum         straight into the tokens of the result
//
// Q, K, V and Y are read and written where they lie: a token's heads side by side, tokens any distance apart. Nothing is
// transposed but the panels, and the scores never leave the block.
import { bytes4 } from '../elementwise/lanes';
import { f32_pack_columns_8 } from '../layout/panels';
import { expExcess, rowGreatest } from './softmax';
import { rows_by_panel } from './tiles';

/** Rows of a block: whole tiles, of which a panel serves many, in about so many bytes of scores. */
const ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 48 : 32;
const BLOCK_BYTES: i32 = 65536;

/** Floats that a row of scores takes. */
function pitchOf(keys: i32): i32 {
  return (keys + 7) & ~7;
}

/** src/kernels/attention.ts knows the most that this is. */
function blockOf(queries: i32, keys: i32): i32 {
  const fitting = BLOCK_BYTES / (pitchOf(max<i32>(keys, 1)) << 2);
  return min<i32>(queries, fitting >= ROWS ? ROWS : max<i32>(12, (fitting / 12) * 12));
}

/**
 * Heads first .. first + count of [items][heads]. Strides are in floats: an operand's item (a sequence of the batch) and its
 * token; heads of q and k are `size` apart, those of v and out valueSize. mask is 0 or the address of what is added to the
 * scores, with a stride per item, head and query, and 0 or 1 per key. With causal != 0 query i sees the keys j <= i.
 */
export function f32_attention(
  first: i32,
  count: i32,
  heads: i32,
  queries: i32,
  keys: i32,
  size: i32,
  valueSize: i32,
  scale: f32,
  causal: i32,
  q: usize,
  qItem: i32,
  qToken: i32,
  k: usize,
  kItem: i32,
  kToken: i32,
  v: usize,
  vItem: i32,
  vToken: i32,
  mask: usize,
  maskItem: i32,
  maskHead: i32,
  maskQuery: i32,
  maskKey: i32,
  out: usize,
  outItem: i32,
  outToken: i32,
  scratch: usize,
): void {
  const pitch = pitchOf(keys);
  const pitchBytes = bytes4(pitch),
    keyPanel = (<usize>size) << 5,
    valuePanel = (<usize>keys) << 5;
  const block = blockOf(queries, keys);
  const keyPanels = scratch,
    valuePanels = keyPanels + bytes4(pitch * size),
    scores = valuePanels + bytes4(pitchOf(valueSize) * keys),
    scales = scores + bytes4(block * pitch),
    sums = scales + bytes4(block);
  for (let i = 0; i < block; i++) store<f32>(scales + bytes4(i), scale);

  for (let pair = first; pair < first + count; pair++) {
    const item = pair / heads,
      head = pair % heads;
    const qHead = q + bytes4(item * qItem + head * size),
      kHead = k + bytes4(item * kItem + head * size),
      vHead = v + bytes4(item * vItem + head * valueSize),
      outHead = out + bytes4(item * outItem + head * valueSize);
    f32_pack_columns_8(1, size, keys, kHead, 0, 1, kToken, keyPanels);
    f32_pack_columns_8(1, keys, valueSize, vHead, 0, vToken, 1, valuePanels);
    for (let top = 0; top < queries; top += block) {
      const rows = min<i32>(block, queries - top);
      const seen = causal ? min<i32>(keys, top + rows) : keys;
      const qRows = qHead + bytes4(top * qToken);
      for (let j = 0; j < seen; j += 8) {
        const panel = keyPanels + <usize>(j >> 3) * keyPanel;
        rows_by_panel(rows, size, qRows, bytes4(qToken), 4, panel, scales, 8, scores + bytes4(j), pitchBytes);
      }
      for (let i = 0; i < rows; i++) {
        const row = scores + <usize>i * pitchBytes;
        const own = causal ? min<i32>(keys, top + i + 1) : keys;
        const added = mask ? mask + bytes4(item * maskItem + head * maskHead + (top + i) * maskQuery) : 0;
        const sum = expExcess(own, rowGreatest(own, row, added, maskKey), row);
        store<f32>(sums + bytes4(i), own > 0 ? 1 / sum : 0);
        for (let j = own; j < seen; j++) store<f32>(row + bytes4(j), 0);
      }
      const outRows = outHead + bytes4(top * outToken);
      for (let j = 0; j < valueSize; j += 8) {
        const panel = valuePanels + <usize>(j >> 3) * valuePanel;
        const columns = min<i32>(8, valueSize - j);
        rows_by_panel(rows, seen, scores, pitchBytes, 4, panel, sums, columns, outRows + bytes4(j), bytes4(outToken));
      }
    }
  }
}
