import { allocate } from '../../src/core/dtype.ts';
import { UsageError } from '../../src/core/errors.ts';
import { sizeOf } from '../../src/core/shape.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { completeShapes } from '../../src/ops/infer.ts';
import { type AnyTensor, Tensor } from '../../src/runtime/tensor.ts';

const MOST_ELEMENTS = 1e7;

/** Zeros for every input, open extents as 1. Throws UsageError where that would be much. */
export function zeros(graph: Graph): Record<string, AnyTensor> {
  const shapes = completeShapes(graph, new Map());
  return Object.fromEntries(
    graph.inputs.map(({ name, dtype }) => {
      const shape = shapes.get(name) ?? [];
      const size = sizeOf(shape);
      if (size > MOST_ELEMENTS)
        throw new UsageError(`input "${name}": want at most ${MOST_ELEMENTS} elements, got ${size}`);
      return [name, new Tensor(dtype as 'float32', allocate(dtype, size) as Float32Array, shape)];
    }),
  );
}
