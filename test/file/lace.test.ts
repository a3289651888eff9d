import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attributes } from '../../src/core/attributes.ts';
import { dtypes, fromDoubles } from '../../src/core/dtype.ts';
import { ModelError } from '../../src/core/errors.ts';
import { random, uniform } from '../../src/core/random.ts';
import { detectFormat, readLace, readSafetensors, writeLace, writeSafetensors } from '../../src/file/index.ts';
import { decodePositions, encodePositions } from '../../src/file/positions.ts';
import type { Constant } from '../../src/formats/constant.ts';
import { type FormatOptions, placement } from '../../src/formats/format.ts';
import { bytesOf, formats } from '../../src/formats/table.ts';
import { dense, graphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { lenet5, mlp, vit } from '../../src/models/index.ts';
import { writeOnnx } from '../../src/onnx/index.ts';
import { sampleGraph, samples } from '../ops/samples/index.ts';

/** A graph of constants that are outputs. */
function holding(...constants: readonly (readonly [string, Constant])[]): Graph {
  return {
    name: 'held',
    inputs: [],
    outputs: constants.map(([name]) => name),
    constants: new Map(constants),
    nodes: [],
    updates: [],
  };
}

/** Reads what it writes, writes the same bytes again, and gives the graph back with every order kept. */
function expectRoundTrip(graph: Graph): void {
  const bytes = writeLace(graph);
  const read = readLace(bytes);
  expect(read).toEqual(graph);
  expect([...read.constants.keys()]).toEqual([...graph.constants.keys()]);
  // Not by toEqual, which takes seconds for a megabyte.
  expect(Buffer.compare(writeLace(read), bytes)).toBe(0);
}

/** A weight with this fraction of zeros, row and column patterns as the encoding wants them. */
function pruned(
  shape: readonly number[],
  outputAxis: number,
  sparsity: number,
  encoding: 'csr' | 'bsr' | 'nm' = 'csr',
  options: FormatOptions = {},
) {
  const generator = random(9);
  const { rows, columns, at } = placement(shape, outputAxis);
  const data = new Float32Array(rows * columns);
  const { block = [1, 1], n = 2, m = 4 } = options;
  const blocks = Float64Array.from({ length: Math.ceil(rows / block[0]) * Math.ceil(columns / block[1]) }, () =>
    uniform(generator),
  );
  const across = Math.ceil(columns / block[1]);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const kept =
        encoding === 'nm'
          ? (column + row) % m < n
          : blocks[Math.floor(row / block[0]) * across + Math.floor(column / block[1])] >= sparsity;
      if (kept) data[at(row, column)] = uniform(generator) - 0.5;
    }
  return formats[encoding].fromDense(data, shape, outputAxis, undefined, options);
}

describe('round trips', () => {
  it('whole networks', () => {
    for (const graph of [mlp([20, 15, 10]), vit({ width: 16, layers: 1, heads: 2 })]) expectRoundTrip(graph);
  });

  it('a convolutional network, to the byte', () => {
    const bytes = writeLace(lenet5());
    expect(Buffer.compare(writeLace(readLace(bytes)), bytes)).toBe(0);
  });

  it('every sample of every op', () => {
    for (const sample of samples) expectRoundTrip(sampleGraph(sample).graph);
  });

  it('dense constants of every type', () => {
    for (const dtype of dtypes) {
      const data = fromDoubles(dtype, [0, 1, 1, 0, 1, 0]);
      expectRoundTrip(
        holding(['c', { encoding: 'dense', dtype, shape: [2, 3], data }], ['one', dense([1], Float32Array.of(7))]),
      );
    }
  });

  it('every bit of a number', () => {
    const bits = Uint32Array.of(0x7fc00001, 0xffffffff, 0x80000000, 0x00000001, 0x7f800000, 0xff800000);
    const graph = holding(['w', dense([6], new Float32Array(bits.buffer))]);
    const read = readLace(writeLace(graph)).constants.get('w');
    expect(read?.encoding === 'dense' && new Uint32Array(read.data.buffer)).toEqual(bits);
    const values = new Float32Array(bits.buffer);
    const csr: Constant = {
      encoding: 'csr',
      dtype: 'float32',
      shape: [2, 3],
      outputAxis: 0,
      rowPointers: Uint32Array.of(0, 3, 6),
      columns: Uint32Array.of(0, 1, 2, 0, 1, 2),
      values,
    };
    const again = readLace(writeLace(holding(['w', csr]))).constants.get('w');
    expect(again?.encoding === 'csr' && new Uint32Array(again.values.buffer)).toEqual(bits);
  });

  it('sparse constants at every density, ragged and empty', () => {
    for (const shape of [
      [13, 7],
      [1, 40],
      [40, 1],
      [0, 5],
      [5, 0],
      [6, 3, 2, 2],
    ])
      for (const sparsity of [0, 0.3, 0.9, 0.99, 1])
        for (const outputAxis of [0, 1]) {
          const block = (height: number, width: number) =>
            pruned(shape, outputAxis, sparsity, 'bsr', { block: [height, width] });
          expectRoundTrip(
            holding(['csr', pruned(shape, outputAxis, sparsity)], ['4x1', block(4, 1)], ['2x3', block(2, 3)]),
          );
        }
  });

  it('N:M constants', () => {
    for (const [n, m] of [
      [1, 1],
      [2, 4],
      [1, 5],
      [4, 16],
      [3, 256],
    ])
      for (const shape of [
        [13, 7],
        [0, 5],
        [5, 0],
        [300, 2],
      ])
        for (const sharedRows of [1, 4])
          expectRoundTrip(
            holding(['nm', pruned(shape, 0, 0, 'nm', sharedRows > 1 ? { n: m, m, sharedRows } : { n, m })]),
          );
  });

  it('names of every kind', () => {
    const names = ['10', '2', '__metadata__', '__proto__', 'a', 'a.positions', "a.positions'", 'é"\\'];
    expectRoundTrip(holding(...names.map((name) => [name, pruned([8, 8], 0, 0.9)] as const)));
  });

  it('attributes that JSON does not know', () => {
    const builder = graphBuilder('numbers');
    const x = builder.input('x', 'float32', ['n']);
    const attributes: Attributes = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
    builder.output(builder.node('clip', [x], attributes), builder.node('clip', [x], { min: -0, max: Number.NaN }));
    const graph = builder.build();
    expectRoundTrip(graph);
    expect(Object.is(readLace(writeLace(graph)).nodes[1].attributes.min, -0)).toBe(true);
  });

  it('updates', () => {
    const builder = graphBuilder('counter');
    const step = builder.constant('step', dense([], Float32Array.of(0)));
    const next = builder.node('add', [step, builder.scalar(1)]);
    builder.update(step, next);
    builder.output(next);
    expectRoundTrip(builder.build());
  });
});

describe('size', () => {
  const layers = [
    [784, 300],
    [300, 100],
    [100, 10],
  ];

  function fraction(sparsity: number, ...rest: [('csr' | 'bsr')?, FormatOptions?]): number {
    const base = mlp([784, 300, 100, 10]);
    const constants = new Map(base.constants);
    layers.forEach((shape, i) => constants.set(`fc${i + 1}.weight`, pruned(shape, 1, sparsity, ...rest)));
    return writeLace({ ...base, constants }).length / writeLace(base).length;
  }

  it('is that of the values and little more', () => {
    expect(fraction(0.9)).toBeLessThan(0.122);
    expect(fraction(0.95)).toBeLessThan(0.066);
    expect(fraction(0.99)).toBeLessThan(0.02);
    expect(fraction(0.9, 'bsr', { block: [4, 1] })).toBeLessThan(0.112);
    expect(fraction(0.5)).toBeLessThan(0.54);
  });

  it('of 2:4 positions is a sixteenth of the dense bytes', () => {
    const weight = pruned([64, 64], 0, 0, 'nm', { n: 2, m: 4 });
    const positions = readSafetensors(writeLace(holding(['w', weight]))).tensors.get('w.positions');
    expect(positions?.bytes.length).toBe((64 * 64 * 4) / 32);
    expect(bytesOf(weight)).toBeGreaterThan(64 * 64 * 2);
  });
});

describe('positions', () => {
  it('come back, whatever they are', () => {
    const property = fc.property(fc.uniqueArray(fc.nat(5000), { maxLength: 300 }), fc.nat(3), (list, gap) => {
      const positions = Uint32Array.from(list).sort();
      const size = (positions.at(-1) ?? -1) + 1 + gap;
      const { bytes, ...coding } = encodePositions(positions, size);
      expect(decodePositions(coding, bytes, size, positions.length, 'test')).toEqual(positions);
      expect(bytes.length).toBeLessThanOrEqual(Math.ceil(size / 8));
    });
    fc.assert(property, { numRuns: 300, seed: 4 });
  });

  it('may lie near the end of the largest matrix', () => {
    const positions = Uint32Array.of(0, 2 ** 31 - 3, 2 ** 31 - 2);
    const { bytes, ...coding } = encodePositions(positions, 2 ** 31 - 1);
    expect(decodePositions(coding, bytes, 2 ** 31 - 1, 3, 'test')).toEqual(positions);
  });

  it('are refused when there are more, fewer or others', () => {
    const rice = { coding: 'rice', k: 1 } as const;
    const mask = { coding: 'bitmask' } as const;
    for (const [coding, bytes, size, count, message] of [
      [rice, [0xff], 100, 1, 'want more than 1 bytes'],
      [rice, [0b0000_0111], 6, 1, 'positions below 6, got 6'],
      [rice, [0b0000_0100], 100, 1, 'to end at bit 2'],
      [rice, [0, 0], 100, 1, 'to end at bit 2'],
      [mask, [1], 9, 1, 'want 2 bytes of bitmask, got 1'],
      [mask, [3], 8, 1, 'one more at 1'],
      [mask, [0b1000_0000], 7, 1, 'one more at 7'],
      [mask, [1], 8, 2, 'want 2 positions, got 1'],
    ] as const)
      expect(() => decodePositions(coding, Uint8Array.from(bytes), size, count, 'test')).toThrow(message);
  });
});

describe('refusals', () => {
  const weight = pruned([12, 20], 1, 0.9);
  const builder = graphBuilder('small');
  const x = builder.input('x', 'float32', ['n', 12]);
  builder.output(builder.node('matmul', [x, builder.constant('w', weight)], {}, 'fc'));
  const bytes = writeLace(builder.build());

  /** The file with other metadata or another graph. */
  function altered(
    change: (graph: Record<string, unknown> & { constants: Record<string, unknown>[] }) => void,
    more = {},
  ): Uint8Array {
    const { tensors, metadata } = readSafetensors(bytes);
    const graph = JSON.parse(metadata.graph);
    change(graph);
    return writeSafetensors(tensors, { ...metadata, graph: JSON.stringify(graph), ...more });
  }

  it('says which kind of file it is', () => {
    expect(detectFormat(bytes)).toBe('lace');
    expect(detectFormat(writeOnnx(mlp([3, 2])))).toBe('onnx');
    for (const other of [
      new Uint8Array(),
      Uint8Array.of(0x50, 0x4b, 3, 4),
      new TextEncoder().encode('{"a": 1, "b": 2}'),
    ])
      expect(() => detectFormat(other)).toThrow(/want ONNX or .lace, got /);
  });

  for (const [about, file, message] of [
    [
      'a newer version',
      altered(() => {}, { version: '2' }),
      'metadata.version: the file is of version 2, this Lacewing reads up to 1',
    ],
    ['a version that is none', altered(() => {}, { version: 'x' }), 'metadata.version: want "1", got x'],
    ['another format', altered(() => {}, { format: 'pt' }), 'metadata.format: want "lace", got pt'],
    ['a plain safetensors file', writeSafetensors(new Map()), 'metadata.format: want "lace", got none'],
    ['no graph', writeSafetensors(new Map(), { format: 'lace', version: '1' }), 'metadata.graph: want JSON'],
    ['a graph that is no object', altered(() => {}, { graph: '[]' }), 'graph: want an object, got []'],
    [
      'a field it does not know',
      altered((g) => (g.more = 1)),
      'graph: want fields among name, inputs, outputs, nodes, updates, constants, got more',
    ],
    ['a missing field', altered((g) => delete g.nodes), 'graph: want field nodes, got none'],
    [
      'an unknown op',
      altered((g) => (g.nodes = [{ op: 'no', name: 'n', inputs: [], outputs: [], attributes: [] }])),
      'no "n": there is no such op',
    ],
    ['an unsound graph', altered((g) => (g.outputs = ['nowhere'])), 'output "nowhere" is made nowhere'],
    [
      'an attribute of another kind',
      altered(
        (g) => (g.nodes = [{ op: 'relu', name: 'n', inputs: ['x'], outputs: ['y'], attributes: [['a', { b: 1 }]] }]),
      ),
      'graph.nodes[0].attributes[0]: want fields among float, got b',
    ],
    [
      'an attribute given twice',
      altered(
        (g) =>
          (g.nodes = [
            {
              op: 'clip',
              name: 'n',
              inputs: ['x'],
              outputs: ['y'],
              attributes: [
                ['min', 1],
                ['min', 2],
              ],
            },
          ]),
      ),
      'want every name once',
    ],
    [
      'a fractional extent',
      altered((g) => (g.inputs = [{ name: 'x', dtype: 'float32', shape: [1.5] }])),
      'graph.inputs[0].shape[0]: want a whole number in [0, 2147483647], got 1.5',
    ],
    [
      'an unknown type',
      altered((g) => (g.inputs = [{ name: 'x', dtype: 'float8', shape: [] }])),
      'graph.inputs[0].dtype: want float32 or',
    ],
    [
      'a tensor used twice',
      altered((g) => g.constants.push({ name: 'v', encoding: 'dense', tensor: 'w' })),
      'tensor "w": want a tensor that is used once, got another use',
    ],
    [
      'a tensor that is not there',
      altered((g) => (g.constants[0].tensor = 'v')),
      'tensor "v": want a tensor that is used once, got none',
    ],
    ['a tensor that nobody uses', altered((g) => (g.constants = [])), 'tensor "w": no constant uses it'],
    ['another shape', altered((g) => (g.constants[0].shape = [2, 3])), 'constant "w": want positions below 6'],
    [
      'a huge shape',
      altered((g) => (g.constants[0].shape = [2 ** 31 - 1, 0])),
      'constant "w": want at most 4096 elements per stored value',
    ],
    [
      'a shape past every limit',
      altered((g) => (g.constants[0].shape = [2 ** 31 - 1, 2])),
      'constant "w": want at most 2147483647 elements',
    ],
    [
      'another axis',
      altered((g) => (g.constants[0].outputAxis = 2)),
      'constant "w".outputAxis: want a whole number in [0, 1], got 2',
    ],
    [
      'another coding',
      altered((g) => (g.constants[0].coding = 'gzip')),
      'constant "w".coding: want bitmask or rice, got gzip',
    ],
    [
      'a coding without its parameter',
      altered((g) => delete g.constants[0].k),
      'want k with the coding rice, and only there, got none',
    ],
    ['another encoding', altered((g) => (g.constants[0].encoding = 'nm')), 'graph.constants[0]: want fields among'],
  ] as const)
    it(`refuses ${about}`, () => {
      expect(() => readLace(file)).toThrow(ModelError);
      expect(() => readLace(file)).toThrow(message);
    });

  it('does not write an unsound graph', () => {
    expect(() => writeLace({ ...builder.build(), outputs: ['nowhere'] })).toThrow(ModelError);
    const broken: Constant = { ...weight, values: weight.values.slice(1) } as Constant;
    expect(() => writeLace(holding(['w', broken]))).toThrow('constant "w": want');
  });
});
