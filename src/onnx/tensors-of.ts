/** Every tensor of a decoded graph: its own, those of its nodes, and those of the graphs in attributes. */
import { MAX_DEPTH } from '../ops/verify-bodies.ts';
import { GraphProto, type TensorProto } from './messages.ts';
import { readMessage } from './wire.ts';

type Part = Pick<GraphProto, 'initializer' | 'sparseInitializer' | 'node'>;

export function tensorsOf(graph: Part): TensorProto[] {
  return graphsOf(graph).flatMap(({ initializer, sparseInitializer, node }) => {
    const attributes = node.flatMap(({ attribute }) => attribute);
    const sparse = [...sparseInitializer, ...attributes.flatMap(({ sparseTensor }) => sparseTensor ?? [])];
    return [
      ...initializer,
      ...sparse.flatMap(({ values, indices }) => [values ?? [], indices ?? []].flat()),
      ...attributes.flatMap(({ t }) => t ?? []),
    ];
  });
}

/** The graph and those in attributes of its nodes, as deep as they are read. */
export function graphsOf(graph: Part, depth = 0): Part[] {
  if (depth === MAX_DEPTH) return [graph];
  const inner = graph.node.flatMap(({ attribute }) =>
    attribute.flatMap(({ g }) => (g ? [readMessage(GraphProto, g)] : [])),
  );
  return [graph, ...inner.flatMap((each) => graphsOf(each, depth + 1))];
}
