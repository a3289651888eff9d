/** What reconstruction finds, against plain least squares in doubles. */
import { beforeAll, describe, expect, it } from 'vitest';
import { densified } from '../../../src/formats/densify.ts';
import { keepOf } from '../../../src/formats/table.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { type PatternOption, prune } from '../../../src/prune/index.ts';
import { reconstruct } from '../../../src/train/index.ts';
import { provideTestModules } from '../modules.ts';
import { batch, type Second, twoLayers } from './nets.ts';
import { bestFit, valuesOf } from './plain.ts';

beforeAll(provideTestModules);

const image = [2, 8, 6, 7];
const cases: Readonly<Record<string, Second>> = {
  linear: { op: 'matmul', input: [60, 8], weight: [8, 5] },
  'linear over tokens': { op: 'matmul', input: [3, 20, 8], weight: [8, 6] },
  'linear, transposed': { op: 'matmul', input: [60, 8], weight: [6, 8], attributes: { transposeB: true } },
  'conv 1x1': { op: 'conv2d', input: image, weight: [4, 8, 1, 1] },
  'conv 3x3': { op: 'conv2d', input: image, weight: [3, 8, 3, 3], attributes: { pads: [1, 1, 1, 1] } },
  'conv with strides and uneven pads': {
    op: 'conv2d',
    input: image,
    weight: [3, 8, 3, 2],
    attributes: { strides: [1, 2], pads: [2, 0, 1, 1] },
  },
  'conv with dilations': {
    op: 'conv2d',
    input: image,
    weight: [3, 8, 2, 2],
    attributes: { dilations: [2, 3], autoPad: 'sameUpper' },
  },
  'conv in groups': { op: 'conv2d', input: image, weight: [6, 4, 2, 2], attributes: { group: 2 } },
  'conv by depth': { op: 'conv2d', input: image, weight: [8, 1, 3, 3], attributes: { group: 8, strides: [2, 1] } },
};

/** The mask of a constant; of a dense one everything. */
function maskIn(graph: Graph, name: string): Uint8Array {
  const constant = graph.constants.get(name);
  if (!constant) throw new Error(name);
  return keepOf(constant);
}

function numbers(graph: Graph, name: string): Float32Array {
  const constant = graph.constants.get(name);
  if (!constant) throw new Error(name);
  return densified(constant).data as Float32Array;
}

describe('a layer gets the weights and the bias that fit best', () => {
  it.each(Object.entries(cases))('%s', async (_, second) => {
    const graph = twoLayers(second);
    const batches = [batch(second.input, 10), batch(second.input, 11), batch([1, ...second.input.slice(1)], 12)];
    const ridge = 0.01;
    const { graph: found, report } = await reconstruct(graph, batches, { sparsity: 0.5, ridge, unpruned: 'fit' });
    expect(report.layers.map(({ name }) => name)).toEqual(['mix', 'weight']);
    for (const node of graph.nodes.filter(({ op }) => op === second.op)) {
      const [input, name, bias] = node.inputs;
      const pairs = batches.map(({ x }) => {
        const feeds = { x: { dtype: 'float32', shape: x.dims, data: Float64Array.from(x.data) } } as const;
        const [own, dense] = [valuesOf(found, feeds).get(input), valuesOf(graph, feeds).get(input)];
        if (!own || !dense) throw new Error(input);
        return { x: own, wanted: dense };
      });
      const { weights, shifts } = bestFit(graph, node, maskIn(found, name), pairs, ridge);
      numbers(found, name).forEach((value, i) => expect(value).toBeCloseTo(weights[i], 4));
      const old = numbers(graph, bias);
      numbers(found, bias).forEach((value, i) => expect(value - old[i]).toBeCloseTo(shifts[i], 4));
    }
    for (const { before, after } of report.layers) expect(after).toBeLessThanOrEqual(before);
  });
});

const patterns: Readonly<Record<string, PatternOption>> = {
  unstructured: 'unstructured',
  blocks: { block: [4, 1] },
  'ragged blocks': { block: [3, 5] },
  '2:4': '2:4',
  '2:4 with shared rows': { nm: '2:4', sharedRows: 2 },
};

describe('patterns stay exactly what prune makes them', () => {
  it.each(Object.entries(patterns))('%s', async (_, pattern) => {
    const graph = twoLayers({ op: 'conv2d', input: image, weight: [10, 8, 3, 3] });
    const options = { pattern, sparsity: 0.5 };
    const { graph: masked } = prune(graph, options);
    const { graph: found, report } = await reconstruct(graph, [batch(image, 1), batch(image, 2)], options);
    for (const name of ['mix', 'weight']) {
      expect(found.constants.get(name)?.encoding).toBe(masked.constants.get(name)?.encoding);
      expect(maskIn(found, name)).toEqual(maskIn(masked, name));
    }
    for (const { before, after, sparsity } of report.layers) {
      expect(after).toBeLessThan(before);
      expect(sparsity).toBeGreaterThan(0.3);
    }
  });
});
