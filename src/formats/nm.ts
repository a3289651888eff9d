/** 'N:M': of every M consecutive columns exactly N positions are stored; groups with fewer kept weights store zeros too. */
import { UsageError } from '../core/errors.ts';
import type { NmConstant } from './constant.ts';
import {
  checkLengths,
  type Format,
  fill,
  keeper,
  maskOf,
  placement,
  scatter,
  shapeProblems,
  strayProblems,
} from './format.ts';

function badNumbers({ n, m, sharedRows }: Pick<NmConstant, 'n' | 'm' | 'sharedRows'>): string | undefined {
  if (![n, m, sharedRows].every(Number.isInteger) || n < 1 || m < n || m > 256 || sharedRows < 1)
    return `want 1 <= n <= m <= 256 and sharedRows >= 1, got n ${n}, m ${m}, sharedRows ${sharedRows}`;
  return undefined;
}

/** The stored positions of one group: those kept in any of its rows, filled up with the lowest free ones. */
function choose(used: Uint8Array, width: number, want: number): number[] {
  const chosen: number[] = [];
  for (let i = 0; i < width; i++) if (used[i]) chosen.push(i);
  for (let i = 0; i < width && chosen.length < want; i++) if (!used[i]) chosen.push(i);
  return chosen.sort((a, b) => a - b);
}

export const nm: Format<NmConstant> = {
  encoding: 'nm',

  fromDense(data, shape, outputAxis, keep, options = {}) {
    checkLengths(data, shape, keep);
    const { n = 2, m = 4, sharedRows = 1 } = options;
    const bad = badNumbers({ n, m, sharedRows });
    if (bad) throw new UsageError(`nm: ${bad}`);
    const { rows, columns, at } = placement(shape, outputAxis);
    const kept = keeper(data, keep);
    const groups = Math.ceil(columns / m);
    const positions = new Uint8Array(Math.ceil(rows / sharedRows) * groups * n);
    for (let first = 0; first < rows; first += sharedRows)
      for (let group = 0; group < groups; group++) {
        const width = Math.min(m, columns - group * m);
        const used = new Uint8Array(width);
        for (let row = first; row < Math.min(rows, first + sharedRows); row++)
          for (let i = 0; i < width; i++) if (kept(at(row, group * m + i))) used[i] = 1;
        const chosen = choose(used, width, Math.min(n, width));
        if (chosen.length > n)
          throw new UsageError(
            `nm: want at most ${n} kept of the ${width} columns from ${group * m} in row ${first}` +
              `${sharedRows > 1 ? ` (and the ${sharedRows - 1} that share its positions)` : ''}, got ${chosen.length}`,
          );
        positions.set(chosen, ((first / sharedRows) * groups + group) * n);
      }
    const values = new Float32Array(rows * groups * n);
    const constant: NmConstant = {
      encoding: 'nm',
      dtype: 'float32',
      shape,
      outputAxis,
      n,
      m,
      sharedRows,
      positions,
      values,
    };
    return fill(constant, data, kept);
  },

  toDense: scatter,

  keep: maskOf,

  verify(constant) {
    const problems = shapeProblems(constant.shape, constant.outputAxis);
    const bad = badNumbers(constant);
    if (bad) problems.push(bad);
    if (problems.length > 0) return problems;
    const { rows, columns } = placement(constant.shape, constant.outputAxis);
    const { n, m, sharedRows, positions, values } = constant;
    const groups = Math.ceil(columns / m);
    const wantPositions = Math.ceil(rows / sharedRows) * groups * n;
    if (positions.length !== wantPositions) problems.push(`want ${wantPositions} positions, got ${positions.length}`);
    if (values.length !== rows * groups * n) problems.push(`want ${rows * groups * n} values, got ${values.length}`);
    if (problems.length > 0) return problems;
    for (let i = 0; i < wantPositions; i += n) {
      const width = Math.min(m, columns - ((i / n) % groups) * m);
      const count = Math.min(n, width);
      for (let j = 0; j < n; j++) {
        const position = positions[i + j];
        if (j >= count ? position !== 0 : position >= width)
          problems.push(`group ${i / n}: position ${position} is outside [0, ${j >= count ? 1 : width})`);
        else if (j > 0 && j < count && position <= positions[i + j - 1])
          problems.push(
            `group ${i / n}: position ${position} follows ${positions[i + j - 1]}, want ascending positions`,
          );
      }
      if (problems.length > 20) return problems;
    }
    return problems.length > 0 ? problems : strayProblems(constant);
  },

  bytes: ({ positions, values }) => positions.byteLength + values.byteLength,

  stored(constant) {
    const { rows, columns } = placement(constant.shape, constant.outputAxis);
    const { n, m } = constant;
    return rows * (Math.floor(columns / m) * n + Math.min(n, columns % m));
  },
};
