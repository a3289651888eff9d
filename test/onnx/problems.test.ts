/** What is wrong with a model, or not supported, is said all at once, each with the node's name. */
import { describe, expect, it } from 'vitest';
import { ModelError, UsageError } from '../../src/core/errors.ts';
import { graphBuilder } from '../../src/graph/builder.ts';
import { readOnnx, writeOnnx } from '../../src/onnx/index.ts';
import { ModelProto, type TensorDraft } from '../../src/onnx/messages.ts';
import { writeMessage } from '../../src/onnx/wire-writer.ts';
import { body, draft, float, type HandMade, int, ints, list, model, node, tensor, text } from './model.ts';

function problemsOf(made: HandMade): readonly string[] {
  try {
    readOnnx(model(made));
  } catch (error) {
    if (error instanceof ModelError) return error.problems;
    throw error;
  }
  return [];
}

const x = ['x', 'float32', ['n', 4]] as const;

/** The problems of one node over x. */
function problemsOfNode(...args: Parameters<typeof node>): readonly string[] {
  return problemsOf({ nodes: [node(...args)], inputs: [x], outputs: [args[2][0]] });
}

describe('problems of a model', () => {
  it('lists everything that is not supported', () => {
    const problems = problemsOf({
      nodes: [
        node('TfIdfVectorizer', ['x'], ['a'], {}, { name: 'words' }),
        node('Optional', ['a'], ['b']),
        node('Relu', ['b'], ['c'], { slope: float(1) }, { name: 'act' }),
        node('Frobnicate', ['c'], ['d'], {}, { name: 'own', domain: 'my.ops' }),
        node('Gelu', ['d'], ['e'], {}, { name: 'late' }),
        node('MaxPool', ['e'], ['f'], { kernel_shape: ints([3]), auto_pad: text('SAME') }, { name: 'pool' }),
        node('Cast', ['f'], ['g'], { to: int(8) }, { name: 'cast' }),
        node('LSTM', ['g'], ['h'], {}, { name: 'memory' }),
        node('ReduceSum', ['h'], ['i'], { axes: ints([1]) }, { name: 'old' }),
      ],
      inputs: [x],
      outputs: ['i'],
    });
    expect(problems).toEqual([
      'TfIdfVectorizer "words": the op TfIdfVectorizer is not supported',
      'Optional "Optional.1": the op Optional is not supported',
      'Relu "act": attribute slope (float) is not supported; known are none',
      'my.ops.Frobnicate "own": the op my.ops.Frobnicate is not supported',
      'Gelu "late": Gelu came with opset 20, the model uses 17',
      'MaxPool "pool": want auto_pad among NOTSET, VALID, SAME_UPPER, SAME_LOWER, got SAME',
      'Cast "cast", attribute to: want an element type among float, float16, double, int8, int16, int32, int64, uint8, uint16, uint32, uint64, bool, got string',
      'LSTM "memory": want 3 to 8 inputs, got (g)',
      'ReduceSum "old": want axes as an input from opset 13 on, got an attribute',
    ]);
  });

  it('sorts nodes, and names a cycle', () => {
    const nodes = [node('Neg', ['b'], ['c']), node('Abs', ['x'], ['a']), node('Exp', ['a'], ['b'])];
    const graph = readOnnx(model({ nodes, inputs: [x], outputs: ['c'] }));
    expect(graph.nodes.map(({ name }) => name)).toEqual(['Abs.1', 'Exp.2', 'Neg.0']);
    const cyclic = [node('Add', ['x', 'b'], ['a']), node('Exp', ['a'], ['b'])];
    expect(problemsOf({ nodes: cyclic, inputs: [x], outputs: ['b'] })).toEqual([
      'the graph has a cycle through or before Add "Add.0", Exp "Exp.1"',
    ]);
  });

  it('names values that are made nowhere or twice', () => {
    const nodes = [node('Add', ['x', 'nowhere'], ['a']), node('Abs', ['x'], ['a']), node('Abs', ['a'], ['x'])];
    expect(problemsOf({ nodes, inputs: [x], outputs: ['a', 'gone'] })).toEqual([
      'Abs "Abs.1": its output "a" is made elsewhere too',
      'Abs "Abs.2": its output "x" is made elsewhere too',
      'Add "Add.0": its input "nowhere" is made nowhere',
      'output "gone" is made nowhere',
    ]);
  });

  it('refuses other versions', () => {
    const made = { nodes: [node('Abs', ['x'], ['y'])], inputs: [x], outputs: ['y'] };
    expect(problemsOf({ ...made, opset: 22 })).toEqual(['model: want opset 1 to 21 of ai.onnx, got 22']);
    expect(problemsOf({ ...made, opset: 5 })).toEqual(['Abs "Abs.0": want opset 6 or later for Abs, the model uses 5']);
    const old = writeMessage(ModelProto, { ...draft(made), irVersion: 2 });
    expect(() => readOnnx(old)).toThrow('model: want IR version 3 to 13, got 2');
    expect(() => readOnnx(new Uint8Array())).toThrow('want an ONNX model with a graph, got none');
  });

  it('checks shapes that are all known', () => {
    const made = { nodes: [node('MatMul', ['x', 'w'], ['y'], {}, { name: 'fc' })], outputs: ['y'] };
    const w = tensor('w', 'float32', [3, 2], [1, 2, 3, 4, 5, 6]);
    expect(problemsOf({ ...made, inputs: [['x', 'float32', [2, 4]]], initializers: [w] })).toEqual([
      'matmul "fc": want [..., m, k] x [..., k, n], got [2, 4] x [3, 2]',
    ]);
  });

  it('refuses what attributes and inputs may not say', () => {
    const pool = { kernel_shape: ints([2, 2]) };
    for (const [problems, message] of [
      [
        problemsOfNode('Softmax', ['x'], ['y'], { axis: float(1) }),
        'Softmax "Softmax.0": want attribute axis as int, got float',
      ],
      [problemsOfNode('Relu', ['x', 'x'], ['y']), 'Relu "Relu.0": want 1 inputs, got (x, x)'],
      [problemsOfNode('Add', ['x', ''], ['y']), 'Add "Add.0": want 2 inputs, got (x)'],
      [problemsOfNode('Concat', ['x'], ['y']), 'Concat "Concat.0": want attribute axis, got none'],
      [
        problemsOfNode('Pad', ['x', 'x'], ['y'], { mode: text('mirror') }),
        'Pad "Pad.0": want a mode among constant, reflect, edge, wrap, got mirror',
      ],
      [
        problemsOfNode('MaxPool', ['x'], ['y', 'indices'], { ...pool, storage_order: int(2) }),
        'MaxPool "MaxPool.0": want storage_order 0 or 1, got 2',
      ],
      [
        problemsOfNode('MaxPool', ['x'], ['y'], { ...pool, strides: ints([1]) }),
        'MaxPool "MaxPool.0": want 2 strides, got [1]',
      ],
      [
        problemsOfNode('LayerNormalization', ['x', 'x'], ['y'], { stash_type: int(11) }),
        'LayerNormalization "LayerNormalization.0": want stash_type 1 (float), got 11',
      ],
    ] as const)
      expect(problems).toEqual([message]);
  });

  it('refuses tensors it cannot read', () => {
    const cases: readonly (readonly [TensorDraft, string])[] = [
      [{ name: 'w', dataType: 16, dims: [1], rawData: new Uint8Array(2) }, 'got bfloat16'],
      [
        { name: 'w', dataType: 1, dims: [2], rawData: new Uint8Array(7) },
        'want 8 bytes of raw data for float [2], got 7',
      ],
      [{ name: 'w', dataType: 1, dims: [2], floatData: [1] }, 'want 2 values for float [2], got 1'],
      [
        { name: 'w', dataType: 1, dims: [1], floatData: [1], rawData: new Uint8Array(4) },
        'want raw or typed data, got both',
      ],
      [{ name: 'w', dataType: 1, dims: [-1], floatData: [1] }, 'want extents >= 0'],
      [{ name: 'w', dataType: 1, dims: [2 ** 20, 2 ** 20] }, 'with at most 2147483647 elements'],
      [{ name: 'w', dataType: 1, dims: [1, 1, 1, 1, 1, 1, 1, 1, 1], floatData: [1] }, 'want rank <= 8, got 9'],
      [
        { name: 'w', dataType: 1, dims: [1], dataLocation: 1, externalData: [{ key: 'location', value: 'w.bin' }] },
        'external data in "w.bin": want a way to read it (the option external), got none',
      ],
      [{ dataType: 1, dims: [1], floatData: [1] }, 'want a name, got none'],
    ];
    for (const [initializer, message] of cases) {
      const problems = problemsOf({
        nodes: [node('Abs', ['x'], ['y'])],
        inputs: [x],
        outputs: ['y'],
        initializers: [initializer],
      });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(message);
    }
  });

  it('names the graph in an attribute whose parts are wrong, level by level', () => {
    const broken = body('inner', { nodes: [node('Frobnicate', ['x'], ['b'])], outputs: ['b', 'c'] });
    const fine = body('fine', { nodes: [node('Neg', ['x'], ['b'])], outputs: ['b'] });
    const nested = node('If', ['x'], ['b'], { then_branch: broken, else_branch: fine }, { name: 'deep' });
    const outer = body('outer', { nodes: [nested], outputs: ['b'] });
    expect(problemsOfNode('If', ['x'], ['y'], { then_branch: outer, else_branch: fine }, { name: 'high' })).toEqual([
      'If "high", graph "outer": If "deep", graph "inner": output "c" is made nowhere',
      'If "high", graph "outer": If "deep", graph "inner": Frobnicate "Frobnicate.0": the op Frobnicate is not supported',
      'If "high", graph "outer": If "deep": want 1 outputs of each branch, got 2',
    ]);
    expect(problemsOfNode('If', ['x'], ['y'], { then_branch: fine })).toEqual([
      'If "If.0": want attribute else_branch, got none',
    ]);
    expect(problemsOfNode('Loop', ['', '', 'x'], ['y'], { body: fine })).toEqual([
      'Loop "Loop.0": want a body with 3 inputs, got 0',
    ]);
  });

  it('bounds how deep graphs lie in each other', () => {
    const leaf = body('leaf', { nodes: [node('Neg', ['x'], ['b'])], outputs: ['b'] });
    let graph = leaf;
    for (let i = 0; i < 20; i++)
      graph = body(`level ${i}`, {
        nodes: [node('If', ['x'], ['b'], { then_branch: graph, else_branch: leaf })],
        outputs: ['b'],
      });
    expect(problemsOfNode('If', ['x'], ['y'], { then_branch: graph, else_branch: leaf })[0]).toMatch(
      'graphs in attributes: want at most 16 levels, got more',
    );
  });
});

describe('inputs', () => {
  const nodes = [node('Add', ['x', 'w'], ['y'])];

  it('leaves out those that are initializers', () => {
    const inputs = [
      ['x', 'float32', ['n', 2]],
      ['w', 'float32', [2]],
    ] as const;
    const graph = readOnnx(
      model({ nodes, inputs, outputs: ['y'], initializers: [tensor('w', 'float32', [2], [1, 2])] }),
    );
    expect(graph.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['n', 2] }]);
  });

  it('names open extents and fixes named ones', () => {
    const bytes = model({
      nodes,
      inputs: [
        ['x', 'float32', ['n', -1, '']],
        ['w', 'float32', ['n', 1, 'x.2']],
      ],
      outputs: ['y'],
    });
    expect(readOnnx(bytes).inputs.map(({ shape }) => shape)).toEqual([
      ['n', 'x.1', "x.2'"],
      ['n', 1, 'x.2'],
    ]);
    expect(readOnnx(bytes, { dims: { n: 3 } }).inputs[0].shape).toEqual([3, 'x.1', "x.2'"]);
    expect(() => readOnnx(bytes, { dims: { m: 3 } })).toThrow(UsageError);
    expect(() => readOnnx(bytes, { dims: { n: -3 } })).toThrow(UsageError);
  });
});

describe('tensors', () => {
  it('reads every storage', () => {
    const half = [0x3c00, 0xc000, 0x0001, 0x7c00, 0x7bff];
    const cases: readonly (readonly [TensorDraft, string, readonly (number | bigint)[]])[] = [
      [{ dataType: 1, dims: [2], floatData: [1.5, -2] }, 'float32', [1.5, -2]],
      [{ dataType: 11, dims: [2], doubleData: [1.5, 1e300] }, 'float64', [1.5, 1e300]],
      [{ dataType: 10, dims: [5], int32Data: half }, 'float32', [1, -2, 2 ** -24, Number.POSITIVE_INFINITY, 65504]],
      [{ dataType: 10, dims: [2], rawData: Uint8Array.of(0, 0x3c, 0, 0xc0) }, 'float32', [1, -2]],
      [{ dataType: 11, dims: [1], rawData: new Uint8Array(Float64Array.of(0.1).buffer) }, 'float64', [0.1]],
      [{ dataType: 4, dims: [2], int32Data: [0, 65535] }, 'uint16', [0, 65535]],
      [{ dataType: 5, dims: [2], int32Data: [-32768, 7] }, 'int16', [-32768, 7]],
      [{ dataType: 12, dims: [2], uint64Data: [0, 4294967295] }, 'uint32', [0, 4294967295]],
      [{ dataType: 13, dims: [1], uint64Data: [2n ** 64n - 1n] }, 'uint64', [2n ** 64n - 1n]],
      [{ dataType: 6, dims: [2], int32Data: [7, -7] }, 'int32', [7, -7]],
      [{ dataType: 7, dims: [2], int64Data: [2n ** 62n + 1n, -(2n ** 63n)] }, 'int64', [2n ** 62n + 1n, -(2n ** 63n)]],
      [{ dataType: 9, dims: [3], int32Data: [0, 1, 5] }, 'bool', [0, 1, 1]],
      [{ dataType: 9, dims: [3], rawData: Uint8Array.of(0, 2, 1) }, 'bool', [0, 1, 1]],
      [{ dataType: 2, dims: [2], int32Data: [0, 255] }, 'uint8', [0, 255]],
      [{ dataType: 3, dims: [2], int32Data: [-128, 127] }, 'int8', [-128, 127]],
      [{ dataType: 1, dims: [0, 3] }, 'float32', []],
    ];
    for (const [initializer, dtype, numbers] of cases) {
      const bytes = model({ nodes: [], outputs: ['w'], initializers: [{ name: 'w', ...initializer }] });
      const w = readOnnx(bytes).constants.get('w');
      expect(w?.dtype).toBe(dtype);
      expect(w?.encoding === 'dense' && [...w.data]).toEqual(numbers);
    }
  });

  it('cuts integers beyond 2^53, the way ONNX says "to the end"', () => {
    const ends: TensorDraft = { name: 'ends', dataType: 7, dims: [1], int64Data: [2n ** 63n - 1n] };
    const graph = readOnnx(
      model({
        nodes: [node('Slice', ['x', 'starts', 'ends'], ['y'])],
        inputs: [x],
        outputs: ['y'],
        initializers: [list('starts', [1]), ends],
      }),
    );
    expect(graph.nodes[0].attributes.ends).toEqual([Number.MAX_SAFE_INTEGER]);
    expect(graph.constants.size).toBe(0);
  });
});

describe('writing', () => {
  it('names every node that has no counterpart', () => {
    const builder = graphBuilder('training');
    const a = builder.input('a', 'float32', [2]);
    builder.output(builder.node('reluGrad', [a, a], {}, 'back'), builder.node('mse', [a, a], {}, 'loss'));
    const write = () => writeOnnx(builder.build());
    expect(write).toThrow(UsageError);
    expect(write).toThrow(
      'reluGrad "back": the op has no ONNX counterpart\nmse "loss": the op has no ONNX counterpart',
    );
  });

  it('refuses updates and outputs that come twice', () => {
    const builder = graphBuilder('updates');
    const a = builder.constant('a', { encoding: 'dense', dtype: 'float32', shape: [1], data: Float32Array.of(1) });
    const b = builder.node('neg', [a]);
    builder.output(b);
    const graph = builder.build();
    expect(() => writeOnnx({ ...graph, updates: [{ constant: a, value: b }] })).toThrow('without updates');
    expect(() => writeOnnx({ ...graph, outputs: [b, b] })).toThrow('every output once');
  });

  it('keeps symbolic extents as names', () => {
    const builder = graphBuilder('symbols');
    const a = builder.input('a', 'float32', ['batch', 3]);
    builder.output(builder.node('transpose', [a]));
    const { inputs } = readOnnx(writeOnnx(builder.build()));
    expect(inputs).toEqual([{ name: 'a', dtype: 'float32', shape: ['batch', 3] }]);
  });
});
