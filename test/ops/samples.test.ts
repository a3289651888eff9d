/** The samples themselves: every op has some, each is sound, and references keep to what `infer` says. */
import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../src/core/shape.ts';
import { inferTypes } from '../../src/ops/infer.ts';
import { interpret } from '../../src/ops/interpret.ts';
import { ops } from '../../src/ops/table.ts';
import { problemsOf } from '../../src/ops/verify.ts';
import { sampleGraph, samples } from './samples/index.ts';

describe('samples', () => {
  it('exist for every op', () => {
    // Those that run graphs of their own have whole models instead: test/onnx/control-models.ts.
    const sampled = new Set([...samples.map(({ op }) => op), 'if', 'loop', 'scan']);
    expect([...ops.keys()].filter((op) => !sampled.has(op))).toEqual([]);
  });

  it('say what they are about, each once per op', () => {
    const names = samples.map(({ op, about }) => `${op}: ${about}`);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it.each(samples.map((sample) => [`${sample.op}: ${sample.about}`, sample] as const))('%s', (_, sample) => {
    const { graph, feeds } = sampleGraph(sample);
    expect(problemsOf(graph)).toEqual([]);
    const types = inferTypes(graph, new Map([...feeds].map(([name, { shape }]) => [name, shape])));
    const values = interpret(graph, feeds);
    for (const output of graph.outputs) {
      const { dtype, shape, stored } = types.get(output) ?? expect.fail(`no type for ${output}`);
      const value = values.get(output);
      expect(value?.dtype).toBe(dtype);
      expect(value?.shape).toEqual(shape);
      expect(value?.data.length).toBe(stored ?? sizeOf(shape));
    }
  });

  const shapeOnly = samples.filter(({ op }) => ops.get(op)?.shapeOnly?.length);
  it.each(shapeOnly.map((sample) => [`${sample.op}: ${sample.about}`, sample] as const))(
    '%s reads shapes alone',
    (_, sample) => {
      const { graph, feeds } = sampleGraph(sample);
      const before = interpret(graph, feeds);
      const [node] = graph.nodes;
      for (const i of ops.get(sample.op)?.shapeOnly ?? []) {
        const feed = feeds.get(node.inputs[i]);
        if (feed) feeds.set(node.inputs[i], { ...feed, data: feed.data.map(() => Number.NaN) });
      }
      const after = interpret(graph, feeds);
      for (const output of graph.outputs) expect(after.get(output)?.data).toEqual(before.get(output)?.data);
    },
  );
});
