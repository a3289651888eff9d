/** What rows do after a product: against the reference, and with the bits of the same functions run one by one. */
import { describe, expect, it } from 'vitest';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import { kernelsFor } from '../../src/kernels/registry.ts';
import { activationAttributes, activations } from '../../src/ops/activation.ts';
import { ops } from '../../src/ops/table.ts';
import { builds, distance, expectSame, gaussian, place } from './harness.ts';
import { type Input, type Node, requestOf, run } from './run-match.ts';
import { encodings, weight } from './weights.ts';

const names = ['none', ...Object.keys(activations)];
const clipped = { min: -0.4, max: 1.1 };

const dense = (...shape: number[]): Input => ({ shape, data: gaussian(sizeOf(shape) + 1, sizeOf(shape)) });

/** f of every number, by the kernel that is the activation's own. */
function apply(build: string, name: string, x: Float32Array): Float32Array {
  if (name === 'none') return x;
  const { op, attributes } = activations[name];
  const own = name === 'clip' ? clipped : attributes;
  const node = { op: op.name, attributes: own, inputs: [{ shape: [x.length], data: x }], outputs: [[x.length]] };
  const kernel = kernelsFor(op.name).find((row) => typeof row.match(requestOf(node)) !== 'string');
  if (!kernel) throw new Error(`no kernel for ${name}`);
  return run(build, kernel, node)[0];
}

/** Every row that takes the product, with each activation, with and without a residual on either side. */
function each(build: string, node: Node): void {
  const residual = dense(...node.outputs[0]);
  const add = (x: Float32Array) => x.map((value, i) => value + (residual.data as Float32Array)[i]);
  for (const kernel of kernelsFor(node.op)) {
    if (typeof kernel.match(requestOf(node)) === 'string') continue;
    const plain = run(build, kernel, node)[0];
    for (const activation of names) {
      const attributes = { ...node.attributes, ...clipped, activation };
      const alone = run(build, kernel, { ...node, attributes })[0];
      expectSame(alone, apply(build, activation, plain), `${kernel.name}, ${activation}`);
      const inputs = [node.inputs[0], node.inputs[1], node.inputs[2], residual];
      const behind = run(build, kernel, { ...node, inputs, attributes: { ...attributes, activationFirst: true } })[0];
      expectSame(behind, add(alone), `${kernel.name}, ${activation}, residual`);
      const before = run(build, kernel, { ...node, inputs, attributes })[0];
      expectSame(before, apply(build, activation, add(plain)), `${kernel.name}, residual, ${activation}`);
    }
  }
}

it('names every activation of the ops', () => {
  expect(activationAttributes.activation.oneOf).toEqual(names);
  expect(names.slice(1).every((name) => ops.get(activations[name].op.name) === activations[name].op)).toBe(true);
});

describe.each(builds)('the bits of one node after another, %s build', (build) => {
  it.each([
    [1, 7, 37],
    [3, 5, 40],
    [13, 9, 21],
    [90, 1030, 24],
    [257, 3, 19],
  ])('matmul [%i, %i] x [n = %i], dense', (m, k, n) => {
    each(build, { op: 'matmul', inputs: [dense(m, k), dense(k, n), dense(n)], outputs: [[m, n]] });
  });

  it.each<[Shape, Shape, Shape]>([
    [
      [4, 3, 5],
      [4, 5, 6],
      [4, 3, 6],
    ],
    [
      [2, 1, 3, 5],
      [1, 3, 5, 6],
      [2, 3, 3, 6],
    ],
    [
      [2, 0, 5],
      [5, 4],
      [2, 0, 4],
    ],
  ])('matmul %j x %j', (a, b, out) => {
    each(build, { op: 'matmul', inputs: [dense(...a), dense(...b)], outputs: [out] });
  });

  it.each(encodings)('matmul by $name', (encoding) => {
    for (const t of [1, 3, 8, 35]) {
      const constant = { shape: [33, 19], constant: weight([33, 19], 1, encoding, 0.3) };
      const node = { op: 'matmul', inputs: [dense(t, 33), constant, dense(19)], outputs: [[t, 19]] };
      each(build, node);
      each(build, { ...node, wanted: 'rows' });
    }
  });

  it.each<[string, Input, number, Shape]>([
    ['3x3', dense(5, 4, 3, 3), 1, [2, 5, 9, 10]],
    ['grouped', dense(6, 2, 3, 3), 2, [2, 6, 9, 10]],
    ['depthwise', dense(8, 1, 3, 3), 4, [2, 8, 9, 10]],
    ['csr', { shape: [5, 4, 3, 3], constant: weight([5, 4, 3, 3], 0, encodings[0], 0.4) }, 1, [2, 5, 9, 10]],
  ])('conv2d, %s', (_, filter, group, out) => {
    const inputs = [dense(2, 4, 11, 12), filter, dense(filter.shape[0])];
    each(build, { op: 'conv2d', attributes: { group }, inputs, outputs: [out] });
  });
});

describe.each(builds)('f32_epilogue, %s build', (build) => {
  it('leaves what lies between the rows alone, and keeps NaN and infinities', () => {
    const [rows, n, row] = [5, 7, 11];
    const out = gaussian(1, rows * row);
    out.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    const residual = gaussian(2, rows * row);
    const bench = place(build, [residual, out], 4);
    bench.exports.f32_epilogue(rows, n, row, 1, bench.at[0], 0, -0.5, 0.5, bench.at[1]);
    bench.release();
    const clip = (x: number) => Math.min(Math.max(x, -0.5), 0.5);
    const want = out.map((x, i) => (i % row < n ? clip(x) + residual[i] : x));
    expect(distance(bench.read(1, out), want)).toBeLessThan(1e-6);
  });
});

it('a residual of another shape is refused', () => {
  const constant = weight([4, 6], 1, encodings[0], 0.5);
  for (const b of [dense(4, 6), { shape: [4, 6], constant }])
    for (const kernel of kernelsFor('matmul')) {
      const request = requestOf({
        op: 'matmul',
        inputs: [dense(20, 4), b, undefined, dense(1, 6)],
        outputs: [[20, 6]],
      });
      const answer = kernel.match(request);
      expect(typeof answer).toBe('string');
    }
});
