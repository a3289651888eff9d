/**
 * Every gradient rule against central differences, in doubles, on every sample: the loss is a sum of all float outputs
 * with random weights, and each float input in turn is the parameter.
 */
import { describe, expect, it } from 'vitest';
import { normal, random } from '../../src/core/random.ts';
import { sizeOf } from '../../src/core/shape.ts';
import { STICK_OUT, storedPositions } from '../../src/formats/positions.ts';
import { dense, graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { constantArray, interpret } from '../../src/ops/interpret.ts';
import type { NdArray } from '../../src/ops/op.ts';
import { ops } from '../../src/ops/table.ts';
import { problemsOf } from '../../src/ops/verify.ts';
import { type Differentiated, differentiate } from '../../src/passes/differentiate.ts';
import { type Sample, sampleGraph, samples } from './samples/index.ts';

const STEP = 1e-4;
const TOLERANCE = 1e-5;

type Feeds = ReadonlyMap<string, NdArray>;

/** Outputs that a loss may depend on, for the ops whose gradient flows through some of them only. */
const through: Readonly<Record<string, readonly number[]>> = {
  layerNorm: [0],
  batchNormTraining: [0],
  rmsNorm: [0],
};

/** The sample's graph with a scalar `loss` behind it; undefined where no output is a float. */
function withLoss(sample: Sample): { graph: Graph; feeds: Feeds; loss: string } | undefined {
  const { graph, feeds } = sampleGraph(sample);
  const values = interpret(graph, feeds);
  const builder = graphBuilder(graph.name, graph);
  const generator = random(77);
  const terms: string[] = [];
  graph.outputs.forEach((output, i) => {
    const { dtype, shape } = values.get(output) as NdArray;
    if (dtype !== 'float32' || through[sample.op]?.includes(i) === false) return;
    const weights = Float32Array.from({ length: sizeOf(shape) }, () => normal(generator));
    const weighted = builder.node('mul', [output, builder.constant(`weights${i}`, dense(shape, weights))]);
    terms.push(builder.node('reduceSum', [weighted], { keepDims: false }));
  });
  if (terms.length === 0) return undefined;
  const loss = terms.reduce((sum, term) => builder.node('add', [sum, term]));
  return { graph: builder.build(), feeds, loss };
}

/** The graph with its constant `name`, if it is one, as an input, so that doubles can be fed for it. */
function asInput(graph: Graph, feeds: Feeds, name: string): { graph: Graph; feeds: Feeds } {
  const constant = graph.constants.get(name);
  if (!constant) return { graph, feeds };
  const { dtype, shape, data } = constantArray(constant);
  const constants = new Map(graph.constants);
  constants.delete(name);
  return {
    graph: { ...graph, inputs: [...graph.inputs, { name, dtype, shape }], constants },
    feeds: new Map(feeds).set(name, { dtype, shape, data }),
  };
}

/** The slope of the loss by every element of a value, by central differences. */
function numeric(whole: Graph, given: Feeds, loss: string, name: string): Float64Array {
  const { graph, feeds } = asInput(whole, given, name);
  const at = feeds.get(name) as NdArray;
  const lossAt = (index: number, move: number) => {
    const data = at.data.slice();
    data[index] += move;
    return (interpret(graph, new Map(feeds).set(name, { ...at, data })).get(loss) as NdArray).data[0];
  };
  return at.data.map((_, i) => (lossAt(i, STEP) - lossAt(i, -STEP)) / (2 * STEP));
}

/** undefined where the loss does not depend on the parameter. */
function attempt(graph: Graph, loss: string, name: string, whole: boolean): Differentiated | undefined {
  try {
    return differentiate(graph, { loss, parameters: [name], dense: whole ? [name] : [] });
  } catch (error) {
    if (error instanceof Error && error.message.includes('that it does not depend on')) return undefined;
    throw error;
  }
}

function expectClose(got: ArrayLike<number>, want: ArrayLike<number>): void {
  expect(got.length).toBe(want.length);
  for (let i = 0; i < want.length; i++) {
    if (Number.isNaN(got[i]) && Number.isNaN(want[i])) continue;
    const error = Math.abs(got[i] - want[i]) / (1 + Math.abs(want[i]));
    if (!(error < TOLERANCE)) expect.fail(`element ${i}: got ${got[i]}, want ${want[i]}`);
  }
}

function check(sample: Sample): void {
  const prepared = withLoss(sample);
  if (!prepared) return;
  const { graph, feeds, loss } = prepared;
  const [node] = graph.nodes;
  const values = interpret(graph, feeds);
  for (const name of new Set(node.inputs)) {
    const value = values.get(name);
    if (value?.dtype !== 'float32') continue;
    const slopes = numeric(graph, feeds, loss, name);
    const constant = graph.constants.get(name);
    const sparse = constant?.encoding === 'dense' ? undefined : constant;
    for (const whole of sparse ? [false, true] : [false]) {
      const found = attempt(graph, loss, name, whole);
      if (!found) {
        expectClose(new Float64Array(slopes.length), slopes);
        continue;
      }
      expect(problemsOf(found.graph)).toEqual([]);
      const results = interpret(found.graph, feeds);
      const gradient = results.get(found.gradients.get(name) as string) as NdArray;
      if (!sparse) {
        expect(gradient.shape).toEqual(value.shape);
        expectClose(gradient.data, slopes);
        continue;
      }
      const stored = Float64Array.from(storedPositions(sparse), (at) => (at === STICK_OUT ? 0 : slopes[at]));
      expect(gradient.shape).toEqual([stored.length]);
      expectClose(gradient.data, stored);
      if (whole) expectClose((results.get(found.denseGradients.get(name) as string) as NdArray).data, slopes);
    }
  }
}

describe('gradients', () => {
  const checked = samples.filter(({ op, kinks }) => ops.get(op)?.gradient && !kinks);
  it.each(checked.map((sample) => [`${sample.op}: ${sample.about}`, sample] as const))('%s', (_, sample) => {
    check(sample);
  });
});
