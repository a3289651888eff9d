import { UsageError } from '../core/errors.ts';
import type { Node } from '../graph/graph.ts';
import { where } from './op.ts';

/** The numbers that decide a node's shapes are not known yet: they follow from what a run computes. */
export class UnknownNumbersError extends UsageError {
  /** The value whose numbers are wanted. */
  readonly value: string;

  constructor(node: Node, what: string, value: string) {
    super(`${where(node)}: ${what} follows from value "${value}", whose numbers are known only while running`);
    this.value = value;
  }
}
