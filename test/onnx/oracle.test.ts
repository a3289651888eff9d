/** What we export means the same to onnxruntime as it does to us, and still does once we have read it back. */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { random, uniform } from '../../src/core/random.ts';
import type { Shape } from '../../src/core/shape.ts';
import { dense, graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { printGraph } from '../../src/graph/print.ts';
import { lenet5, mlp, vit } from '../../src/models/index.ts';
import { readOnnx, writeOnnx } from '../../src/onnx/index.ts';
import { exportRules } from '../../src/onnx/rules/table.ts';
import { interpret } from '../../src/ops/interpret.ts';
import type { NdArray } from '../../src/ops/op.ts';
import { distance } from '../kernels/harness.ts';
import { type Sample, sampleGraph, samples } from '../ops/samples/index.ts';
import { runOnnx } from './onnxruntime.ts';

const TOLERANCE = 1e-5;

function expectSame(got: NdArray | undefined, want: NdArray | undefined): void {
  expect(got?.dtype).toBe(want?.dtype);
  expect(got?.shape).toEqual(want?.shape);
  expect(distance(got?.data ?? [], want?.data ?? [])).toBeLessThan(TOLERANCE);
}

/** Whether onnxruntime only complains that it has no kernel for an element type, which it does for many a rare one. */
function lacksKernel({ inputs }: Graph, { message }: Error): boolean {
  const rare = inputs.some(({ dtype }) => dtype !== 'float32');
  return rare && /Could not find an implementation|NOT_IMPLEMENTED|zero point must be a scalar/.test(message);
}

async function expectAgreement(graph: Graph, feeds: ReadonlyMap<string, NdArray>, sparse = false): Promise<void> {
  const bytes = writeOnnx(graph, { sparse });
  const want = interpret(graph, feeds);
  const theirs = await runOnnx(bytes, feeds).catch((error: Error) => {
    if (!lacksKernel(graph, error)) throw error;
  });
  if (theirs) for (const output of graph.outputs) expectSame(theirs.get(output), want.get(output));
  const again = readOnnx(bytes);
  expect(again.outputs).toEqual(graph.outputs);
  expect(again.inputs).toEqual(graph.inputs);
  const read = interpret(again, feeds);
  for (const output of graph.outputs) expectSame(read.get(output), want.get(output));
  // What has once been through ONNX goes through it unchanged, but for the name of the first of the two casts that rounding
  // to half precision is written as.
  const named = (graph: Graph) => printGraph(graph).replaceAll('/Cast/Cast', '/Cast');
  expect(named(readOnnx(writeOnnx(again, { sparse })))).toBe(named(again));
}

/** ONNX does not say what NaN does in these, and onnxruntime lets it vanish where we keep it. */
const undefinedForNaN = new Set(['clip', 'reduceMax', 'reduceMin', 'argMin', 'argMax']);

function withoutNaN(feeds: ReadonlyMap<string, NdArray>): Map<string, NdArray> {
  return new Map(
    [...feeds].map(([name, feed]) => [name, { ...feed, data: feed.data.map((x) => (Number.isNaN(x) ? 0.25 : x)) }]),
  );
}

/** Uses of an op that have no ONNX form although the op has one. */
function refused({ op, inputs, outputs = 1, attributes = {} }: Sample): boolean {
  // These came after opset 17, in which models are written.
  if (op.startsWith('scatter') && ['max', 'min'].includes(attributes.reduction as string)) return true;
  if (op === 'gridSample' && inputs[0]?.shape.length !== 4) return true;
  if (op === 'spaceToDepth' && attributes.mode === 'CRD') return true;
  const wide = op.startsWith('bitwise') && inputs.some((input) => input?.dtype.endsWith('64'));
  return (
    (wide && op !== 'bitwiseNot') ||
    (op === 'dropout' && inputs.length === 2) ||
    (op === 'maxPool' && outputs === 2 && attributes.indices === undefined) ||
    (op === 'batchNormTraining' && outputs === 5) ||
    (op === 'rmsNorm' && outputs === 2)
  );
}

describe('every sample of every op that ONNX has', () => {
  for (const sample of samples) {
    if (!Object.hasOwn(exportRules, sample.op)) continue;
    const { graph, feeds } = sampleGraph(sample);
    const name = `${sample.op}: ${sample.about}`;
    if (refused(sample)) it(`${name} (refused)`, () => expect(() => writeOnnx(graph)).toThrow(UsageError));
    else it(name, () => expectAgreement(graph, undefinedForNaN.has(sample.op) ? withoutNaN(feeds) : feeds));
    if (sample.inputs.some((input) => input?.sparse))
      it(`${name}, as sparse_initializer`, () => expectAgreement(graph, feeds, true));
  }
});

function image(name: string, shape: Shape): Map<string, NdArray> {
  const generator = random(5);
  const size = shape.reduce((product, extent) => product * extent, 1);
  return new Map([
    [name, { dtype: 'float32', shape, data: Float64Array.from({ length: size }, () => uniform(generator)) }],
  ]);
}

describe('outputs that no node makes', () => {
  const builder = graphBuilder('passing on');
  const x = builder.input('x', 'float32', ['n', 2]);
  const w = builder.constant('w', dense([2], Float32Array.of(3, 4)));
  builder.output(x, w, builder.node('add', [x, w]));
  it('an input and a constant', () => expectAgreement(builder.build(), image('x', [3, 2])));
});

describe('whole networks', () => {
  it('a multilayer perceptron', () => expectAgreement(mlp([20, 15, 10]), image('image', [3, 20])));
  it('LeNet-5', () => expectAgreement(lenet5(), image('image', [2, 1, 28, 28])));
  it('a vision transformer', () =>
    expectAgreement(vit({ image: 12, patch: 4, width: 16, layers: 2, heads: 2 }), image('image', [2, 1, 12, 12])));
});
