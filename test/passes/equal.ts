/** Runs a pass and holds its graph against the one it came from. */
import { expect } from 'vitest';
import { normal, random } from '../../src/core/random.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { printGraph } from '../../src/graph/print.ts';
import { interpret } from '../../src/ops/interpret.ts';
import type { NdArray } from '../../src/ops/op.ts';
import { verify } from '../../src/ops/verify.ts';

/** Normal values for every input of the graph; named dims become `extent`. */
export function feedsOf(graph: Graph, extent = 3): Map<string, NdArray> {
  const generator = random(11);
  return new Map(
    graph.inputs.map(({ name, dtype, shape: dims }): [string, NdArray] => {
      const shape = dims.map((dim) => (typeof dim === 'number' ? dim : extent));
      const next = () => (dtype === 'float32' ? normal(generator) : Math.floor(3 * Math.abs(normal(generator))));
      return [name, { dtype, shape, data: Float64Array.from({ length: sizeOf(shape) }, next) }];
    }),
  );
}

/** The pass's graph, which must be sound and compute the same outputs and updates; the original must be left alone. */
export function equalAfter(graph: Graph, pass: (graph: Graph) => Graph, tolerance = 1e-5): Graph {
  const before = printGraph(verify(graph));
  const after = verify(pass(graph));
  expect(printGraph(graph)).toBe(before);
  expect(after.inputs).toEqual(graph.inputs);
  expect(after.outputs).toEqual(graph.outputs);
  expect(after.updates).toEqual(graph.updates);
  const feeds = feedsOf(graph);
  const [want, got] = [interpret(graph, feeds), interpret(after, feeds)];
  for (const name of [...graph.outputs, ...graph.updates.map(({ value }) => value)]) {
    const [a, b] = [want.get(name), got.get(name)];
    expect(b?.shape, name).toEqual(a?.shape);
    expect(b?.dtype, name).toBe(a?.dtype);
    a?.data.forEach((value, i) =>
      expect(Math.abs((b?.data[i] ?? Number.NaN) - value), name).toBeLessThanOrEqual(tolerance * (1 + Math.abs(value))),
    );
  }
  return after;
}

/** A dense float32 constant of normal values. */
export function weights(shape: Shape, seed: number) {
  const generator = random(seed);
  const data = Float32Array.from({ length: sizeOf(shape) }, () => normal(generator));
  return { encoding: 'dense', dtype: 'float32', shape, data } as const;
}

/** The graph's text without its constants' and inputs' lines: what golden tests compare. */
export function nodesOf(graph: Graph): string {
  return printGraph(graph)
    .split('\n')
    .filter((line) => line !== '' && !/^( {2}(input|constant) |graph )/.test(line))
    .map((line) => line.trim())
    .join('\n');
}
