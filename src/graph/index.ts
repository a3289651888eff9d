/** `lacewing/graph`: write, check and print graphs by hand. */
export { dense, type GraphBuilder, graphBuilder } from './builder.ts';
export type { Graph, GraphInput, Node, Update } from './graph.ts';
export { printGraph } from './print.ts';
