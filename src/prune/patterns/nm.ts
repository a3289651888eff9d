import { UsageError } from '../../core/errors.ts';
import { nm as format } from '../../formats/nm.ts';
import type { Pattern } from './pattern.ts';

export interface NmOption {
  /** 'N:M', e.g. '2:4'. */
  readonly nm: `${number}:${number}`;
  /** So many consecutive output features share their positions. Default 1. */
  readonly sharedRows?: number;
}

/**
 * Of every `m` consecutive inputs of an output feature at most `n` stay; `sharedRows` consecutive features choose the
 * same ones. The sparsity is 1 - n/m, whatever the scope.
 *
 * Storage always holds n of m: a group that lost more than m - n weights before stores zeros in the places left over.
 */
export function nm(n: number, m: number, sharedRows = 1): Pattern {
  if (![n, m, sharedRows].every(Number.isInteger) || n < 1 || m < n || m > 256 || sharedRows < 1)
    throw new UsageError(
      `N:M: want 1 <= n <= m <= 256 and sharedRows >= 1, got ${n}:${m} with sharedRows ${sharedRows}`,
    );
  return {
    name: sharedRows === 1 ? `${n}:${m}` : `${n}:${m} shared by ${sharedRows} rows`,
    // A unit is one column of `sharedRows` rows.
    units: (rows, columns) => ({
      count: Math.ceil(rows / sharedRows) * columns,
      of: (row, column) => Math.floor(row / sharedRows) * columns + column,
    }),
    fixed: { sparsity: 1 - n / m, select: (scores, _rows, columns) => largestOfGroups(scores, columns, n, m) },
    encode: (data, shape, outputAxis, keep) => format.fromDense(data, shape, outputAxis, keep, { n, m, sharedRows }),
  };
}

/** Keeps the `n` best of every `m` consecutive scores in rows of `columns`; of equal ones the later stay. */
function largestOfGroups(scores: Float64Array, columns: number, n: number, m: number): Uint8Array {
  const keep = new Uint8Array(scores.length);
  for (let row = 0; row < scores.length; row += columns)
    for (let from = row; from < row + columns; from += m) {
      const end = Math.min(from + m, row + columns);
      for (let chosen = 0; chosen < n; chosen++) {
        let best = -1;
        for (let i = from; i < end; i++)
          if (!keep[i] && scores[i] > -Infinity && (best < 0 || scores[i] >= scores[best])) best = i;
        if (best < 0) break;
        keep[best] = 1;
      }
    }
  return keep;
}

export function parseNm(option: unknown): Pattern | undefined {
  const { nm: text, sharedRows = 1 }: { nm?: unknown; sharedRows?: unknown } =
    typeof option === 'object' && option !== null ? option : { nm: option };
  const match = typeof text === 'string' ? /^(\d+):(\d+)$/.exec(text) : null;
  return match ? nm(Number(match[1]), Number(match[2]), Number(sharedRows)) : undefined;
}
