import { describe, expect, it } from 'vitest';
import { graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { removeDead } from '../../src/passes/dead.ts';
import { optimize } from '../../src/passes/optimize.ts';
import { recognizeSwish } from '../../src/passes/recognize-swish.ts';
import { equalAfter } from './equal.ts';

type Builder = ReturnType<typeof graphBuilder>;
type Write = (b: Builder, x: string) => string;
const clean = (graph: Graph) => removeDead(recognizeSwish(graph));

function modelOf(write: Write) {
  const b = graphBuilder('gates');
  b.output(write(b, b.input('x', 'float32', ['batch', 3])));
  return b.build();
}

const ramp: Write = (b, x) => b.node('clip', [b.node('add', [x, b.scalar(3)])], { min: 0, max: 6 });
const sixth = { alpha: 0.16666667, beta: 0.5 };

describe('recognizeSwish', () => {
  it.each<[string, Write, string]>([
    ['x times its sigmoid', (b, x) => b.node('mul', [x, b.node('sigmoid', [x])]), 'swish'],
    ['its sigmoid times x', (b, x) => b.node('mul', [b.node('sigmoid', [x]), x]), 'swish'],
    [
      'a scaled sigmoid',
      (b, x) => b.node('mul', [x, b.node('sigmoid', [b.node('mul', [b.scalar(1.702), x])])]),
      'swish',
    ],
    ['a hard sigmoid by its ramp', (b, x) => b.node('div', [ramp(b, x), b.scalar(6)]), 'hardSigmoid'],
    ['x times a hard sigmoid', (b, x) => b.node('mul', [x, b.node('hardSigmoid', [x], sixth)]), 'hardSwish'],
    ['x times a ramp, over 6', (b, x) => b.node('div', [b.node('mul', [x, ramp(b, x)]), b.scalar(6)]), 'hardSwish'],
    ['x times a ramp over 6', (b, x) => b.node('mul', [x, b.node('div', [ramp(b, x), b.scalar(6)])]), 'hardSwish'],
    [
      'x times a ramp, times a sixth',
      (b, x) => b.node('mul', [b.scalar(1 / 6), b.node('mul', [ramp(b, x), x])]),
      'hardSwish',
    ],
  ])('as %s', (_, write, op) => {
    expect(equalAfter(modelOf(write), clean).nodes.map((node) => node.op)).toEqual([op]);
  });

  it.each<[string, Write]>([
    ['another slope', (b, x) => b.node('mul', [x, b.node('hardSigmoid', [x])])],
    ['another x', (b, x) => b.node('mul', [b.node('neg', [x]), b.node('sigmoid', [x])])],
    [
      'a ramp that ends elsewhere',
      (b, x) => b.node('div', [b.node('clip', [b.node('add', [x, b.scalar(3)])], { min: 0, max: 5 }), b.scalar(6)]),
    ],
    ['six over a ramp', (b, x) => b.node('div', [b.scalar(6), ramp(b, x)])],
  ])('leaves alone %s', (_, write) => {
    const graph = modelOf(write);
    expect(recognizeSwish(graph)).toBe(graph);
  });

  it('keeps a gate that others read', () => {
    const b = graphBuilder('two readers');
    const x = b.input('x', 'float32', ['batch', 3]);
    const gate = b.node('sigmoid', [x]);
    b.output(b.node('mul', [x, gate]), b.node('neg', [gate]));
    expect(
      equalAfter(b.build(), optimize)
        .nodes.map(({ op }) => op)
        .sort(),
    ).toEqual(['neg', 'sigmoid', 'swish']);
  });
});
