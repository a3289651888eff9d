import { describe, expect, it } from 'vitest';
import { graphBuilder } from '../../src/graph/builder.ts';
import { vit } from '../../src/models/index.ts';
import { readOnnx, writeOnnx } from '../../src/onnx/index.ts';
import { removeDead } from '../../src/passes/dead.ts';
import { optimize } from '../../src/passes/optimize.ts';
import { recognizeGelu } from '../../src/passes/recognize-gelu.ts';
import { equalAfter } from './equal.ts';

type Builder = ReturnType<typeof graphBuilder>;
const clean = (graph: Parameters<typeof recognizeGelu>[0]) => removeDead(recognizeGelu(graph));

function modelOf(write: (b: Builder, x: string, scalar: (value: number) => string) => string) {
  const b = graphBuilder('gelu');
  const x = b.input('x', 'float32', ['batch', 3]);
  b.output(write(b, x, (value) => b.scalar(value)));
  return b.build();
}

const onePlusErf = (b: Builder, inner: string) => b.node('add', [b.node('erf', [inner]), b.scalar(1)]);

describe('recognizeGelu', () => {
  it.each([
    [
      'PyTorch',
      (b: Builder, x: string) =>
        b.node('mul', [b.node('mul', [x, onePlusErf(b, b.node('div', [x, b.scalar(Math.SQRT2)]))]), b.scalar(0.5)]),
    ],
    [
      'Keras',
      (b: Builder, x: string) =>
        b.node('mul', [b.node('mul', [b.scalar(0.5), x]), onePlusErf(b, b.node('mul', [x, b.scalar(Math.SQRT1_2)]))]),
    ],
    [
      'Paddle',
      (b: Builder, x: string) =>
        b.node('mul', [
          x,
          b.node('mul', [b.scalar(0.5), onePlusErf(b, b.node('div', [x, b.scalar(Number('1.41421'))]))]),
        ]),
    ],
    [
      'halving by division',
      (b: Builder, x: string) =>
        b.node('div', [b.node('mul', [onePlusErf(b, b.node('mul', [b.scalar(Math.SQRT1_2), x])), x]), b.scalar(2)]),
    ],
  ])('as %s spells it', (_, write) => {
    expect(equalAfter(modelOf(write), clean).nodes.map(({ op }) => op)).toEqual(['gelu']);
  });

  it.each([
    [
      'another factor',
      (b: Builder, x: string) =>
        b.node('mul', [b.node('mul', [x, onePlusErf(b, b.node('div', [x, b.scalar(Math.SQRT2)]))]), b.scalar(0.6)]),
    ],
    [
      'another x',
      (b: Builder, x: string) =>
        b.node('mul', [
          b.node('mul', [b.node('neg', [x]), onePlusErf(b, b.node('div', [x, b.scalar(Math.SQRT2)]))]),
          b.scalar(0.5),
        ]),
    ],
    [
      'another scale',
      (b: Builder, x: string) =>
        b.node('mul', [b.node('mul', [x, onePlusErf(b, b.node('div', [x, b.scalar(1.5)]))]), b.scalar(0.5)]),
    ],
    [
      'the scale divided by x',
      (b: Builder, x: string) =>
        b.node('mul', [b.node('mul', [x, onePlusErf(b, b.node('div', [b.scalar(Math.SQRT2), x]))]), b.scalar(0.5)]),
    ],
  ])('leaves %s alone', (_, write) => {
    expect(equalAfter(modelOf(write), clean).nodes.some(({ op }) => op === 'gelu')).toBe(false);
  });

  it('leaves what others read', () => {
    const b = graphBuilder('shared');
    const x = b.input('x', 'float32', ['batch', 3]);
    const sum = onePlusErf(b, b.node('div', [x, b.scalar(Math.SQRT2)]));
    b.output(b.node('mul', [b.node('mul', [x, sum]), b.scalar(0.5)]), sum);
    expect(equalAfter(b.build(), clean).nodes.some(({ op }) => op === 'gelu')).toBe(false);
  });

  it('restores the vision transformer after a round trip through ONNX', () => {
    const back = optimize(readOnnx(writeOnnx(vit({ seed: 1 }))));
    expect(back.nodes.filter(({ attributes }) => attributes.activation === 'gelu').length).toBe(4);
    expect(back.nodes.some(({ op }) => op === 'erf')).toBe(false);
  });
});
