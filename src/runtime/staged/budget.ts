/** What one run may spend on control flow: a loop that never ends must end, and must not fill the memory before. */
import { UsageError } from '../../core/errors.ts';
import type { Node } from '../../graph/graph.ts';
import { where } from '../../ops/op.ts';
import type { AnyTensor } from '../tensor.ts';

/** Passes through bodies of loops in one run, nested ones counted too. */
export const MAX_PASSES = 2 ** 18;

/** Where a session has no cap on its memory. */
const MAX_BYTES = 2 ** 31;

export interface Budget {
  /** Throws UsageError when there have been too many passes; `more` are to come at least. */
  pass(node: Node, more?: number): void;
  /** Returns how many bytes are held with these tensors. Throws UsageError past the cap. */
  hold(node: Node, held: number, tensors: readonly AnyTensor[]): number;
}

export function createBudget(maxBytes = MAX_BYTES): Budget {
  let passes = 0;
  return {
    pass(node, more = 1) {
      if (passes + more > MAX_PASSES)
        throw new UsageError(`${where(node)}: want at most ${MAX_PASSES} passes through loops in one run, got more`);
      passes++;
    },
    hold(node, held, tensors) {
      const bytes = tensors.reduce((sum, { data }) => sum + data.byteLength, held);
      if (bytes > maxBytes)
        throw new UsageError(`${where(node)}: want at most ${maxBytes} bytes of what is scanned, got more`);
      return bytes;
    },
  };
}
