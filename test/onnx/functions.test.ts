/** Functions of a model are written out where they are called, as onnxruntime has it. */
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';
import { readOnnx, writeOnnx } from '../../src/onnx/index.ts';
import type { AttributeDraft, FunctionDraft, NodeDraft } from '../../src/onnx/messages.ts';
import { interpret } from '../../src/ops/interpret.ts';
import { array } from './control-models.ts';
import { attribute, body, float, type HandMade, int, ints, model, node, tensor } from './model.ts';
import { runOnnx } from './onnxruntime.ts';

const own = { domain: 'own' };
/** An attribute of a node that is the function's attribute `from`. */
const referring = (name: string, from: string, type: number): AttributeDraft => ({ name, refAttrName: from, type });
const withAttributes = (made: NodeDraft, ...more: readonly AttributeDraft[]): NodeDraft => ({
  ...made,
  attribute: [...(made.attribute ?? []), ...more],
});

const opsetImport = [
  { domain: '', version: 17 },
  { domain: 'own', version: 1 },
];

/** leaky(x) + weight, or + 1 where there is no weight. */
const leaky: FunctionDraft = {
  name: 'Leaky',
  ...own,
  input: ['x', 'weight'],
  output: ['y'],
  attribute: ['shift'],
  attributeProto: [attribute('slope', float(0.25))],
  node: [
    withAttributes(node('LeakyRelu', ['x'], ['t']), referring('alpha', 'slope', 1)),
    withAttributes(node('Constant', [], ['c']), referring('value_float', 'shift', 1)),
    node('Add', ['t', 'c'], ['u']),
    node('Mul', ['u', 'weight'], ['y']),
  ],
  opsetImport,
};

/** Calls another twice. */
const twice: FunctionDraft = {
  name: 'Twice',
  ...own,
  input: ['x', 'w'],
  output: ['y', 'same'],
  node: [
    node('Identity', ['x'], ['same']),
    node('Leaky', ['x', 'w'], ['t'], { shift: float(1) }, own),
    node('Leaky', ['t', 'w'], ['y'], { shift: float(2), slope: float(0.5) }, own),
  ],
  opsetImport,
};

const inputs = [
  ['x', 'float32', [3]],
  ['w', 'float32', [3]],
] as const;
const feeds = new Map([
  ['x', array('float32', [3], [-4, 0.5, 2])],
  ['w', array('float32', [3], [1, -2, 3])],
]);

const models: Readonly<Record<string, HandMade>> = {
  'attributes, given and by default': {
    nodes: [node('Leaky', ['x', 'w'], ['a'], { shift: float(3) }, own), node('Neg', ['a'], ['y'])],
    outputs: ['y'],
    functions: [leaky],
  },
  'functions in functions, called more than once': {
    nodes: [
      node('Twice', ['x', 'w'], ['a', 'b'], {}, own),
      node('Twice', ['a', 'b'], ['c', ''], {}, own),
      node('Add', ['c', 'b'], ['y']),
    ],
    outputs: ['y', 'a'],
    functions: [leaky, twice],
  },
  'a graph in a function, and a call in a graph': {
    nodes: [
      node('ReduceSum', ['x'], ['sum'], { keepdims: int(0) }),
      node('Greater', ['zero', 'sum'], ['down']),
      node('If', ['down'], ['y'], {
        then_branch: body('yes', { nodes: [node('Pick', ['x', 'w'], ['v'], {}, own)], outputs: ['v'] }),
        else_branch: body('no', { nodes: [node('Neg', ['w'], ['v'])], outputs: ['v'] }),
      }),
    ],
    initializers: [tensor('zero', 'float32', [], [0])],
    outputs: ['y'],
    functions: [
      {
        name: 'Pick',
        ...own,
        input: ['a', 'b'],
        output: ['r'],
        node: [
          node('Sub', ['a', 'b'], ['v']),
          node('ReduceMax', ['v'], ['most'], { keepdims: int(0) }),
          node('Cast', ['most'], ['any'], { to: int(9) }),
          node('If', ['any'], ['r'], {
            then_branch: body('inner', { nodes: [node('Add', ['v', 'a'], ['x'])], outputs: ['x'] }),
            else_branch: body('other', { nodes: [node('Identity', ['b'], ['x'])], outputs: ['x'] }),
          }),
        ],
        opsetImport,
      },
    ],
  },
};

/** Plain doubles of what has no branches; those with branches are compared by their export alone. */
describe('functions', () => {
  it.each(Object.entries(models).filter(([name]) => !name.startsWith('a graph')))('%s', async (_, made) => {
    const bytes = model({ inputs, ...made });
    const want = await runOnnx(bytes, feeds);
    const got = interpret(readOnnx(bytes), feeds);
    for (const [name, { data }] of want) expect(got.get(name)?.data.map(Math.fround)).toEqual(data);
  });

  it.each(Object.entries(models))('%s: exported without them', async (_, made) => {
    const bytes = model({ inputs, ...made });
    expect(await runOnnx(writeOnnx(readOnnx(bytes)), feeds)).toEqual(await runOnnx(bytes, feeds));
  });

  it('may pass an input on, which onnxruntime does not take', () => {
    const made: HandMade = {
      nodes: [node('Pass', ['x', 'w'], ['a', 'b'], {}, own), node('Sub', ['a', 'b'], ['y'])],
      outputs: ['y', 'b'],
      functions: [{ name: 'Pass', ...own, input: ['p', 'q'], output: ['q', 'p'], node: [], opsetImport }],
    };
    const values = interpret(readOnnx(model({ inputs, ...made })), feeds);
    expect(values.get('y')?.data).toEqual(Float64Array.of(5, -2.5, 1));
    expect(values.get('b')?.data).toEqual(feeds.get('x')?.data);
  });

  it('mean ops by the opsets that they import', () => {
    const old: FunctionDraft = {
      name: 'Old',
      ...own,
      input: ['x'],
      output: ['y'],
      node: [node('ReduceSum', ['x'], ['y'], { axes: ints([0]), keepdims: int(0) })],
      opsetImport: [{ domain: '', version: 11 }],
    };
    const bytes = model({ inputs, nodes: [node('Old', ['x'], ['y'], {}, own)], outputs: ['y'], functions: [old] });
    expect(interpret(readOnnx(bytes), feeds).get('y')?.data).toEqual(Float64Array.of(-1.5));
  });

  it('are named in what is wrong with them', () => {
    const problemsOf = (call: NodeDraft, ...functions: readonly FunctionDraft[]) => {
      try {
        readOnnx(model({ inputs, nodes: [call], outputs: ['y'], functions }));
      } catch (error) {
        if (error instanceof ModelError) return error.problems.filter((problem) => !problem.includes('made nowhere'));
        throw error;
      }
      return [];
    };
    const call = (name: string, more = {}) => node(name, ['x'], ['y'], more, { ...own, name: 'call' });
    const base = { ...own, input: ['x'], output: ['y'], opsetImport };
    const inner = { ...base, name: 'F', node: [node('Frobnicate', ['x'], ['y'])] };
    expect(problemsOf(call('F'), inner)).toEqual([
      'Frobnicate "call/Frobnicate.0": the op Frobnicate is not supported',
    ]);
    expect(problemsOf(call('F', { a: int(1) }), inner)).toEqual([
      'own.F "call": attribute a is not one of the function\'s: none',
    ]);
    expect(problemsOf(call('F'), inner, inner)).toContain('model: the function own.F is given twice');
    const itself = { ...base, name: 'F', node: [node('F', ['x'], ['y'], {}, own)] };
    expect(problemsOf(call('F'), itself)).toEqual(['own.F "call/F.0": the function calls itself']);
    expect(problemsOf(call('F'), { ...inner, input: [] })[0]).toBe(
      'own.F "call": want at most 0 inputs and 1 outputs, got 1 and 1',
    );
    const future = { ...inner, opsetImport: [{ domain: '', version: 99 }] };
    expect(problemsOf(call('F'), future)).toEqual(['own.F "call": want opset 1 to 21 of ai.onnx, got 99']);
  });

  it('that double with every level are refused before they fill the memory', { timeout: 5000 }, () => {
    const levels = Array.from({ length: 16 }, (_, i): FunctionDraft => {
      const op = i === 0 ? 'Neg' : `F${i - 1}`;
      const more = i === 0 ? {} : own;
      const nodes = Array.from({ length: 8 }, (_, k) =>
        node(op, [k === 0 ? 'x' : `t${k - 1}`], [k === 7 ? 'y' : `t${k}`], {}, more),
      );
      return { name: `F${i}`, ...own, input: ['x'], output: ['y'], node: nodes, opsetImport };
    });
    const bytes = model({ inputs, nodes: [node('F15', ['x'], ['y'], {}, own)], outputs: ['y'], functions: levels });
    expect(() => readOnnx(bytes)).toThrow(/want at most \d+ nodes with functions written out/);
  });
});
