import type { Attributes } from '../../src/core/attributes.ts';
import { interpret } from '../../src/ops/interpret.ts';
import type { NdArray } from '../../src/ops/op.ts';
import { type SampleInput, sampleGraph } from './samples/sample.ts';

/** Runs one node by its reference and returns its outputs. Inputs without data are seeded by op and shapes. */
export function run(
  op: string,
  inputs: readonly (SampleInput | undefined)[],
  attributes: Attributes = {},
  outputs = 1,
): NdArray[] {
  const { graph, feeds } = sampleGraph({ op, about: 'one run', inputs, attributes, outputs });
  const values = interpret(graph, feeds);
  return graph.outputs.map((name) => values.get(name) as NdArray);
}

/** The first output as plain numbers. */
export function numbersOf(...args: Parameters<typeof run>): number[] {
  return [...run(...args)[0].data];
}

/** 0, 1, 2, ... */
export function counting(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
