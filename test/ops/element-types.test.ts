/** Element types without shapes are those that inference finds with them. */
import { expect, it } from 'vitest';
import { elementTypes } from '../../src/ops/element-types.ts';
import { inferTypes } from '../../src/ops/infer.ts';
import { sampleGraph, samples } from './samples/index.ts';

it.each(samples.map((sample) => [`${sample.op}: ${sample.about}`, sample] as const))('%s', (_, sample) => {
  const { graph, feeds } = sampleGraph(sample);
  const types = inferTypes(graph, new Map([...feeds].map(([name, { shape }]) => [name, shape])));
  const [node] = graph.nodes;
  const found = elementTypes(
    node,
    node.inputs.map((input) => types.get(input)?.dtype),
  );
  expect(found).toEqual(node.outputs.map((output) => types.get(output)?.dtype));
});
