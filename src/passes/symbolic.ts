import { UsageError } from '../core/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { inferSymbolic, type SymbolicType } from '../ops/infer.ts';

/**
 * The symbolic type of every value, or none at all: inference tries a few extents per symbol, and a graph that admits
 * none of them may still be sound. Passes then leave alone what they cannot prove.
 */
export function symbolicTypes(graph: Graph): ReadonlyMap<string, SymbolicType> {
  try {
    return inferSymbolic(graph);
  } catch (error) {
    if (error instanceof UsageError) return new Map();
    throw error;
  }
}

/** Inference is the dear part of a pass: it waits until somebody asks. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
