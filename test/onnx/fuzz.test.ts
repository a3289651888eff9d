/** Thousands of damaged files: each is read, or refused with a ModelError, and nothing else. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';
import { formats } from '../../src/formats/table.ts';
import { graphBuilder } from '../../src/graph/builder.ts';
import { mlp, vit } from '../../src/models/index.ts';
import { readOnnx, writeOnnx } from '../../src/onnx/index.ts';
import { ModelProto } from '../../src/onnx/messages.ts';
import { exportRules } from '../../src/onnx/rules/table.ts';
import { readMessage } from '../../src/onnx/wire.ts';
import { writeMessage } from '../../src/onnx/wire-writer.ts';
import { damage } from '../damage.ts';
import { sampleGraph, samples } from '../ops/samples/index.ts';
import { float, int, ints, list, model, node, tensor, text } from './model.ts';

function sparseModel(): Uint8Array {
  const builder = graphBuilder('sparse');
  const weight = formats.csr.fromDense(
    Float32Array.from({ length: 48 }, (_, i) => (i % 5 === 0 ? i : 0)),
    [6, 8],
    1,
  );
  builder.output(builder.node('matmul', [builder.input('x', 'float32', ['n', 6]), builder.constant('w', weight)]));
  return writeOnnx(builder.build(), { sparse: true });
}

function oldModel(): Uint8Array {
  return model({
    opset: 11,
    nodes: [
      node('Constant', [], ['w'], {
        value: { t: { dataType: 1, dims: [2, 3, 3, 3], floatData: new Array(54).fill(0.5) }, type: 4 },
      }),
      node('Conv', ['x', 'w'], ['a'], { auto_pad: text('SAME_UPPER'), strides: ints([2, 2]) }),
      node('Clip', ['a', 'lo', 'hi'], ['b']),
      node('Squeeze', ['b'], ['c'], { axes: ints([0]) }),
      node('Slice', ['c', 'starts', 'ends'], ['d']),
      node('Softmax', ['d'], ['e'], { axis: int(1) }),
      node('Gemm', ['e', 'm', 'bias'], ['f'], { alpha: float(2), transB: int(1) }),
    ],
    inputs: [['x', 'float32', [1, 3, 8, 8]]],
    outputs: ['e'],
    initializers: [
      tensor('lo', 'float32', [], [0]),
      tensor('hi', 'float32', [], [6]),
      list('starts', [0]),
      list('ends', [1]),
      tensor('m', 'float32', [3, 4], new Array(12).fill(1)),
      { name: 'bias', dataType: 10, dims: [3], int32Data: [1, 2, 3] },
    ],
  });
}

const files = [
  sparseModel(),
  oldModel(),
  writeOnnx(mlp([5, 4, 3])),
  writeOnnx(vit({ image: 4, patch: 2, width: 4, layers: 1, heads: 2, mlpRatio: 1, classes: 2 })),
  ...samples
    .filter(({ op }) => Object.hasOwn(exportRules, op))
    .flatMap((sample) => {
      try {
        return [writeOnnx(sampleGraph(sample).graph)];
      } catch {
        return [];
      }
    }),
];

/** Reads the file; true when it is refused. Anything but a ModelError is a failure. */
function refuses(bytes: Uint8Array): boolean {
  try {
    readOnnx(bytes);
    return false;
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return true;
  }
}

const file = fc.noBias(fc.nat(files.length - 1)).map((which) => files[which]);

it('reads or refuses 5000 damaged files', { timeout: 25_000 }, () => {
  let refused = 0;
  const property = fc.property(file, damage, (bytes, harm) => {
    if (refuses(harm(bytes))) refused++;
  });
  fc.assert(property, { numRuns: 5000, seed: 20 });
  expect(refused).toBeGreaterThan(3000);
  expect(refused).toBeLessThan(5000);
});

/** Every number and every name inside a message, as a place to write to. */
function leavesOf(message: object): (readonly [holder: Record<string, unknown>, key: string])[] {
  return Object.entries(message).flatMap(([key, value]) => {
    if (value === undefined || (value instanceof Uint8Array && key === 'rawData')) return [];
    if (typeof value === 'object' && value !== null) return leavesOf(value);
    return [[message as Record<string, unknown>, key] as const];
  });
}

const numbers = [
  0,
  1,
  2,
  3,
  7,
  13,
  255,
  -1,
  -2,
  -3,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  -(2 ** 53),
  0.5,
  Number.NaN,
];

it('reads or refuses 5000 sound files that say other things', { timeout: 25_000 }, () => {
  let refused = 0;
  const pick = fc.noBias(fc.nat(2 ** 31));
  const property = fc.property(file, pick, pick, pick, (bytes, where, what, from) => {
    const twisted = readMessage(ModelProto, bytes);
    const leaves = leavesOf(twisted);
    const [holder, key] = leaves[where % leaves.length];
    const value = holder[key];
    const number = numbers[what % numbers.length];
    if (typeof value === 'string') {
      const [other, otherKey] = leaves[from % leaves.length];
      holder[key] = String(other[otherKey]);
    } else if (typeof value === 'bigint') holder[key] = BigInt(Math.trunc(number || 0));
    else holder[key] = key === 'f' ? number : Math.trunc(number || 0);
    if (refuses(writeMessage(ModelProto, twisted))) refused++;
  });
  fc.assert(property, { numRuns: 5000, seed: 21 });
  expect(refused).toBeGreaterThan(2000);
  expect(refused).toBeLessThan(5000);
});
