/** Sequences exist while a file is read; what is taken out of them is as in onnxruntime. */
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';
import { readOnnx } from '../../src/onnx/index.ts';
import { interpret } from '../../src/ops/interpret.ts';
import { array } from './control-models.ts';
import { type HandMade, int, list, model, node, tensor } from './model.ts';
import { runOnnx } from './onnxruntime.ts';

const feeds = new Map([
  ['x', array('float32', [2, 3], [1, 2, 3, 4, 5, 6])],
  ['y', array('float32', [2, 3], [7, 8, 9, 10, 11, 12])],
]);
const inputs = [
  ['x', 'float32', [2, 3]],
  ['y', 'float32', [2, 3]],
] as const;
const index = (name: string, value: number) => tensor(name, 'int64', [], [value]);
const ends = [index('first', 0), index('last', -1), index('two', 2)];

const models: Readonly<Record<string, HandMade>> = {
  'built, changed and read': {
    nodes: [
      node('SequenceEmpty', [], ['s0']),
      node('SequenceInsert', ['s0', 'x'], ['s1']),
      node('SequenceInsert', ['s1', 'y'], ['s2']),
      node('Neg', ['x'], ['minus']),
      node('SequenceInsert', ['s2', 'minus', 'last'], ['s3']),
      node('SequenceErase', ['s3', 'first'], ['s4']),
      node('SequenceAt', ['s4', 'first'], ['a']),
      node('SequenceAt', ['s4', 'last'], ['b']),
      node('SequenceErase', ['s4'], ['s5']),
      node('SequenceLength', ['s5'], ['c']),
    ],
    outputs: ['a', 'b', 'c'],
  },
  'joined, along an axis and a new one': {
    nodes: [
      node('SequenceConstruct', ['x', 'y', 'x'], ['s']),
      node('ConcatFromSequence', ['s'], ['a'], { axis: int(-1) }),
      node('ConcatFromSequence', ['s'], ['b'], { axis: int(1), new_axis: int(1) }),
    ],
    outputs: ['a', 'b'],
  },
  'split into rows': {
    nodes: [
      node('SplitToSequence', ['x'], ['rows'], { axis: int(0), keepdims: int(0) }),
      node('SequenceAt', ['rows', 'last'], ['a']),
      node('SplitToSequence', ['x'], ['columns'], { axis: int(1) }),
      node('SequenceAt', ['columns', 'first'], ['b']),
    ],
    outputs: ['a', 'b'],
  },
  'split by sizes': {
    nodes: [
      node('SplitToSequence', ['x', 'two'], ['pairs'], { axis: int(-1) }),
      node('SequenceAt', ['pairs', 'last'], ['a']),
      node('SplitToSequence', ['y', 'sizes'], ['parts'], { axis: int(1) }),
      node('SequenceAt', ['parts', 'first'], ['b']),
      node('SequenceLength', ['parts'], ['c']),
    ],
    initializers: [list('sizes', [1, 2])],
    outputs: ['a', 'b', 'c'],
  },
};

describe('sequences', () => {
  it.each(Object.entries(models))('%s', async (_, made) => {
    const bytes = model({ inputs, ...made, initializers: [...ends, ...(made.initializers ?? [])] });
    const [want, got] = [await runOnnx(bytes, feeds), interpret(readOnnx(bytes), feeds)];
    for (const [name, { dtype, shape, data }] of want)
      expect(got.get(name)).toMatchObject({ dtype, shape: [...shape], data });
  });

  it('names what is not known in the file, and what is no tensor', () => {
    const problemsOf = (nodes: HandMade['nodes'], outputs: readonly string[]) => {
      try {
        readOnnx(model({ inputs: [...inputs, ['at', 'int64', []], ['z', 'float32', ['n', 2]]], nodes, outputs }));
      } catch (error) {
        if (error instanceof ModelError) return error.problems;
        throw error;
      }
      return [];
    };
    const made = node('SequenceConstruct', ['x', 'y'], ['s']);
    expect(problemsOf([made, node('SequenceAt', ['s', 'at'], ['a'])], ['a'])).toEqual([
      'SequenceAt "SequenceAt.1": the position in a sequence must be a constant, got value "at"',
    ]);
    expect(problemsOf([made, node('Relu', ['s'], ['a'])], ['a'])).toEqual([
      'Relu "Relu.1": want tensors, got the sequence "s"',
    ]);
    expect(problemsOf([made], ['s'])).toEqual(['output "s": want a tensor, got a sequence']);
    expect(problemsOf([node('SequenceLength', ['x'], ['a'])], ['a'])).toEqual([
      'SequenceLength "SequenceLength.0": want input 0 as a sequence, got the tensor "x"',
    ]);
    expect(problemsOf([node('SplitToSequence', ['z'], ['s']), node('SequenceLength', ['s'], ['a'])], ['a'])[0]).toMatch(
      'SplitToSequence "SplitToSequence.0": want a known extent of axis 0 for parts of 1, got an open one',
    );
  });
});
