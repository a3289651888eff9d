import { UsageError } from '../../core/errors.ts';
import { bsr } from '../../formats/bsr.ts';
import type { Pattern } from './pattern.ts';

export interface BlockOption {
  /** Output features by inputs, e.g. [4, 1]. */
  readonly block: readonly [rows: number, columns: number];
}

/**
 * Blocks of `height` output features by `width` inputs live and die together, stored as bsr. Blocks at a ragged edge
 * are smaller but count as one: the asked sparsity is met exactly in blocks.
 */
export function block(height: number, width: number): Pattern {
  if (![height, width].every((extent) => Number.isInteger(extent) && extent >= 1))
    throw new UsageError(`block: want two extents >= 1, got [${height}, ${width}]`);
  return {
    name: `block ${height}x${width}`,
    units(rows, columns) {
      const across = Math.ceil(columns / width);
      return {
        count: Math.ceil(rows / height) * across,
        of: (row, column) => Math.floor(row / height) * across + Math.floor(column / width),
      };
    },
    encode: (data, shape, outputAxis, keep) => bsr.fromDense(data, shape, outputAxis, keep, { block: [height, width] }),
  };
}

export function parseBlock(option: unknown): Pattern | undefined {
  if (typeof option !== 'object' || option === null || !('block' in option)) return undefined;
  const { block: extents } = option;
  if (!Array.isArray(extents) || extents.length !== 2)
    throw new UsageError(`block: want [output features, inputs], got ${JSON.stringify(extents)}`);
  return block(extents[0], extents[1]);
}
