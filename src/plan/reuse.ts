/** When an output may be written where something else lies that nobody needs any more. */
import type { Node } from '../graph/graph.ts';
import type { Layout, Match } from '../kernels/kernel.ts';
import { opOf } from '../ops/call.ts';
import type { Buffer } from './plan.ts';
import type { Planning } from './planning.ts';
import { homeLayout } from './values.ts';

/**
 * The buffer of a constant, for output `i` of a node if that is its new value: where the op allows it, nobody reads the
 * old one later, and the results are there already, so that a caller may look at them before anything is written.
 */
export function overUpdated(
  planning: Planning,
  node: Node,
  i: number,
  layout: Layout,
  index: number,
): Buffer | undefined {
  const { values, updated, lastResult } = planning;
  const constant = updated.get(node.outputs[i]);
  if (constant === undefined) return undefined;
  const value = values.get(constant);
  const reader = node.inputs.indexOf(constant);
  const safe = reader < 0 || reader === opOf(node).overwrites?.[i];
  if (!safe || index <= lastResult || layout !== homeLayout(value)) return undefined;
  const buffer = values.materialize(value, layout);
  return lastRead(planning, buffer) > index ? undefined : buffer;
}

/** The buffer of an input that dies at this node, for its first output. */
export function overInput(
  planning: Planning,
  match: Match,
  reads: readonly Buffer[],
  bytes: number,
  index: number,
): Buffer | undefined {
  const { inPlace = [] } = match;
  return inPlace
    .map((at) => reads[at])
    .find((buffer) => {
      const readElsewhere = reads.some((other, at) => other === buffer && !inPlace.includes(at));
      return (
        buffer.place === 'arena' && buffer.bytes === bytes && !readElsewhere && lastRead(planning, buffer) <= index
      );
    });
}

/** The last node that reads the buffer, by its own name or through a view. */
function lastRead({ values, uses }: Planning, buffer: Buffer): number {
  return Math.max(-1, ...values.holders(buffer).map((name) => uses.get(name) ?? -1));
}
