/** Work cut into ranges gives the bits of the whole, whatever the number of ranges and their order. */
import { describe, expect, it } from 'vitest';
import type { Attributes } from '../../src/core/attributes.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import type { Addresses, Call, Kernel, Match } from '../../src/kernels/kernel.ts';
import { conversions, layoutBytes } from '../../src/kernels/layouts.ts';
import { kernelsFor } from '../../src/kernels/registry.ts';
import { finest, rangesOf } from '../../src/kernels/split.ts';
import { samples } from '../ops/samples/index.ts';
import { gaussian } from './harness.ts';
import { convert, type Input, type Node, requestOf, run } from './run-match.ts';
import { runRow, requestOf as sampleRequest } from './run-row.ts';
import { encodings, weight } from './weights.ts';

const BUILD = 'simd';

/** The calls of the ranges, the last range first. */
function inRanges({ split, calls }: Match, parts: number): (at: Addresses) => readonly Call[] {
  if (!split) return calls;
  return (at) =>
    rangesOf(split, parts)
      .reverse()
      .flatMap(({ first, count }) => split.calls(at, first, count));
}

/** The row with its work cut. */
function cut(kernel: Kernel, parts: number): Kernel {
  return {
    ...kernel,
    match(request) {
      const match = kernel.match(request);
      return typeof match === 'string' ? match : { ...match, calls: inRanges(match, parts) };
    },
  };
}

/** Index of the first byte that differs, or -1. */
function firstDifference(got: ArrayBufferView, want: ArrayBufferView): number {
  const [a, b] = [got, want].map(
    ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  );
  return a.length === b.length ? a.findIndex((byte, i) => byte !== b[i]) : Math.min(a.length, b.length);
}

describe('ranges', () => {
  it.each([
    [10, 4, 3, ['0+4', '4+4', '8+2']],
    [10, 1, 4, ['0+2', '2+3', '5+2', '7+3']],
    [3, 4, 9, ['0+3']],
    [0, 4, 2, []],
  ])('%i in units of %i for %i', (extent, unit, parts, want) => {
    expect(rangesOf({ extent, unit }, parts).map(({ first, count }) => `${first}+${count}`)).toEqual(want);
  });

  it('prefers the first axis that is long enough', () => {
    const axis = (extent: number) => ({ extent, unit: 1, calls: () => [] });
    expect(finest([axis(2), axis(9), axis(100)]).extent).toBe(9);
    expect(finest([axis(2), axis(3), axis(1)]).extent).toBe(3);
  });
});

describe('every sample of every op', () => {
  it.each(samples.map((sample) => [`${sample.op}: ${sample.about}`, sample] as const))('%s', (_, sample) => {
    const { request } = sampleRequest(sample);
    for (const kernel of kernelsFor(sample.op)) {
      const match = kernel.match(request);
      if (typeof match === 'string' || !match.split) continue;
      // The status of a range would count from its own start.
      expect(match.failure).toBeUndefined();
      // Packed operands: see the matrix products below.
      if (match.reads.some(({ layout }) => layout !== 'rows')) continue;
      for (const takeOver of [undefined, ...(match.inPlace ?? [])]) {
        const options = takeOver === undefined ? {} : { takeOver };
        const whole = runRow(kernel, request, BUILD, options);
        for (const parts of [2, 3, 100]) {
          const cutUp = runRow(cut(kernel, parts), request, BUILD, options);
          if (typeof whole === 'string' || typeof cutUp === 'string') throw new Error('a row that matched does not');
          cutUp.outputs.forEach((output, i) => {
            expect(firstDifference(output, whole.outputs[i])).toBe(-1);
          });
        }
      }
    }
  });
});

/** All rows of the op that take the node, whole against cut; returns how many had a split. */
function compare(node: Node): number {
  let found = 0;
  for (const kernel of kernelsFor(node.op)) {
    const match = kernel.match(requestOf(node));
    if (typeof match === 'string' || !match.split) continue;
    found++;
    const whole = run(BUILD, kernel, node);
    for (const parts of [2, 3, 4, 7])
      run(BUILD, cut(kernel, parts), node).forEach((output, i) => {
        expect(firstDifference(output, whole[i]), `${kernel.name} in ${parts}`).toBe(-1);
      });
  }
  return found;
}

const dense = (...shape: number[]): Input => ({ shape, data: gaussian(sizeOf(shape) + 1, sizeOf(shape)) });

function product(a: Input, b: Input, bias: Input | undefined, attributes: Attributes, out: Shape): Node {
  return { op: 'matmul', attributes, inputs: bias ? [a, b, bias] : [a, b], outputs: [out] };
}

describe('matrix products', () => {
  it.each([
    [1, 7, 300],
    [1, 40, 97],
    [2, 33, 64],
    [5, 33, 17],
    [6, 5, 7],
    [29, 70, 6],
    [33, 1600, 9],
    [70, 20, 200],
    [130, 3, 8],
  ])('[%i, %i] x [%i, n], dense', (m, k, n) => {
    const bias = dense(n);
    for (const [a, b, attributes] of [
      [dense(m, k), dense(k, n), { activation: 'relu' }],
      [dense(m, k), dense(n, k), { transposeB: true }],
      [dense(k, m), dense(k, n), { transposeA: true }],
    ] as const)
      expect(compare(product(a, b, bias, attributes, [m, n]))).toBeGreaterThan(0);
  });

  it('stacks of matrices', () => {
    for (const [a, b, out] of [
      [
        [11, 5, 6],
        [11, 6, 9],
        [11, 5, 9],
      ],
      [
        [2, 3, 5, 6],
        [2, 3, 6, 40],
        [2, 3, 5, 40],
      ],
      [
        [2, 1, 17, 6],
        [1, 3, 6, 9],
        [2, 3, 17, 9],
      ],
      [
        [9, 4, 8],
        [8, 10],
        [9, 4, 10],
      ],
    ])
      expect(compare(product(dense(...a), dense(...b), undefined, {}, out))).toBe(1);
  });

  it.each(encodings)('sparse weights, $name', (encoding) => {
    let found = 0;
    for (const [k, n] of [
      [33, 61],
      [24, 80],
    ])
      for (const t of [1, 2, 7, 8, 16, 17, 130]) {
        const forward = { shape: [k, n], constant: weight([k, n], 1, encoding, 0.4) };
        const node = product(dense(t, k), forward, dense(n), { activation: 'relu' }, [t, n]);
        found += compare(node) + compare({ ...node, wanted: 'rows' });
        found += compare(product(dense(t, n), forward, undefined, { transposeB: true }, [t, k]));
      }
    expect(found).toBeGreaterThan(0);
  });
});

/** The node with a residual, which is added behind or before the activation. */
function withResidual(node: Node, activation: string, activationFirst: boolean): Node {
  const inputs = [node.inputs[0], node.inputs[1], node.inputs[2], dense(...node.outputs[0])];
  return { ...node, inputs, attributes: { ...node.attributes, activation, activationFirst } };
}

describe('epilogues', () => {
  it.each([
    [1, 40, 97],
    [5, 33, 17],
    [70, 20, 200],
    [300, 9, 330],
    [1041, 3, 70],
  ])('[%i, %i] x [%i, n], dense', (m, k, n) => {
    const node = product(dense(m, k), dense(k, n), dense(n), {}, [m, n]);
    expect(compare(withResidual(node, 'gelu', true))).toBe(1);
    expect(compare(withResidual(node, 'relu', false))).toBe(1);
  });

  it('stacks of matrices', () => {
    const node = product(dense(2, 3, 5, 6), dense(2, 3, 6, 40), undefined, {}, [2, 3, 5, 40]);
    expect(compare(withResidual(node, 'sigmoid', false))).toBe(1);
  });

  it.each(encodings)('sparse weights, $name', (encoding) => {
    for (const t of [1, 8, 17, 130]) {
      const weights = { shape: [33, 61], constant: weight([33, 61], 1, encoding, 0.4) };
      const node = withResidual(product(dense(t, 33), weights, dense(61), {}, [t, 61]), 'hardSwish', true);
      expect(compare(node)).toBeGreaterThan(0);
      expect(compare({ ...node, inputs: node.inputs.slice(0, 3) })).toBeGreaterThan(0);
    }
  });
});

describe('convolutions', () => {
  const image = dense(3, 6, 40, 41);
  const cases: readonly (readonly [string, Input, Attributes, Shape])[] = [
    ['3x3', dense(10, 6, 3, 3), { pads: [1, 1, 1, 1] }, [3, 10, 40, 41]],
    ['1x1', dense(9, 6, 1, 1), {}, [3, 9, 40, 41]],
    ['grouped', dense(6, 3, 3, 3), { group: 2, strides: [2, 2] }, [3, 6, 19, 20]],
    ['depthwise', dense(12, 1, 3, 3), { group: 6, pads: [1, 1, 1, 1] }, [3, 12, 40, 41]],
  ];
  it.each(cases)('%s, dense', (_, filter, attributes, out) => {
    const bias = dense(filter.shape[0]);
    const node = { op: 'conv2d', attributes, inputs: [image, filter, bias], outputs: [out] };
    expect(compare(node)).toBeGreaterThan(0);
    expect(compare(withResidual(node, 'gelu', false))).toBeGreaterThan(0);
  });

  it.each(encodings.slice(0, 3))('$name', (encoding) => {
    const filter = { shape: [10, 6, 3, 3], constant: weight([10, 6, 3, 3], 0, encoding, 0.4) };
    const node = { op: 'conv2d', attributes: {}, inputs: [image, filter, dense(10)], outputs: [[3, 10, 38, 39]] };
    expect(compare(node)).toBeGreaterThan(0);
  });

  it('one image: depthwise by channels', () => {
    const inputs = [dense(1, 9, 12, 13), dense(18, 1, 3, 3), dense(18)];
    expect(compare({ op: 'conv2d', attributes: { group: 9 }, inputs, outputs: [[1, 18, 10, 11]] })).toBeGreaterThan(0);
  });
});

describe('strided work', () => {
  it.each<readonly [string, Attributes, readonly Input[], Shape]>([
    ['add', {}, [dense(130, 7, 33), dense(33)], [130, 7, 33]],
    ['sub', {}, [dense(5000), dense(5000)], [5000]],
    ['mul', {}, [dense(40, 1, 9), dense(21, 1)], [40, 21, 9]],
    ['div', {}, [dense(1), dense(3, 777)], [3, 777]],
    ['transpose', { perm: [2, 0, 1] }, [dense(20, 71, 9)], [9, 20, 71]],
    ['transpose', { perm: [1, 0] }, [dense(150, 203)], [203, 150]],
    ['concat', { axis: 1 }, [dense(30, 4, 50), dense(30, 9, 50)], [30, 13, 50]],
    ['slice', { starts: [99, 1], axes: [0, 1], steps: [-2, 3], ends: [-1000, 60] }, [dense(100, 60)], [50, 20]],
    ['expand', {}, [dense(1, 300)], [70, 300]],
  ])('%s %j', (op, attributes, inputs, out) => {
    expect(compare({ op, attributes, inputs, outputs: [out] })).toBeGreaterThan(0);
  });
});

describe('layouts', () => {
  it.each(conversions.filter(({ from }) => from === 'rows' || from.startsWith('panels')))('$from to $to', (row) => {
    for (const [t, k] of [
      [37, 13],
      [130, 5],
      [4, 9],
    ]) {
      const operand = { dtype: 'float32', shape: [t, k], layout: row.from } as const;
      const match = row.match(operand);
      if (typeof match === 'string' || !match.split) continue;
      const input = row.from === 'rows' ? dense(t, k) : { shape: [t, k] };
      const numbers = gaussian(3, layoutBytes(row.from, operand) / 4);
      const whole = convert(BUILD, input, row.from, row.to, numbers);
      for (const parts of [2, 5]) {
        const cutUp = convert(BUILD, input, row.from, row.to, numbers, (found) => inRanges(found, parts));
        expect(firstDifference(cutUp, whole)).toBe(-1);
      }
    }
  });
});
