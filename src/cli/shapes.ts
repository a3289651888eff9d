/** Extents of a model's inputs, as the command line gives them. */
import { UsageError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import type { Graph } from '../graph/graph.ts';
import { completeShapes } from '../ops/infer.ts';
import type { NamedShape } from './options.ts';

/**
 * A shape per input: the given ones; for the others named dimensions take what the given ones say, else 1. Throws UsageError
 * for a name that is no input and for extents that do not fit.
 */
export function shapesOf(graph: Graph, given: readonly NamedShape[] = []): Map<string, Shape> {
  const names = graph.inputs.map(({ name }) => name);
  const shapes = new Map<string, Shape>();
  for (const { name, shape } of given) {
    if (!names.includes(name))
      throw new UsageError(`--shape: want an input among ${names.join(', ') || '(none)'}, got "${name}"`);
    shapes.set(name, shape);
  }
  return completeShapes(graph, shapes);
}
