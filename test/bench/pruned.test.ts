import { describe, expect, it } from 'vitest';
import { prunedAcceptance } from '../../bench/pruned/acceptance.ts';
import { bertLayer } from '../../bench/pruned/networks/bert-layer.ts';
import { mobilenetV1 } from '../../bench/pruned/networks/mobilenet-v1.ts';
import { resnet18 } from '../../bench/pruned/networks/resnet18.ts';
import type { PrunedRun } from '../../bench/pruned/run.ts';
import { allZeros, subjects, zerosName } from '../../bench/pruned/subjects.ts';
import { gainTable, kernelTables, networkTable } from '../../bench/pruned/tables.ts';
import { sizeOf } from '../../src/core/shape.ts';
import { inferSymbolic } from '../../src/ops/infer.ts';
import { candidatesOf, select } from '../../src/prune/targets.ts';

function run(given: Partial<PrunedRun>): PrunedRun {
  return {
    ...{ model: 'BERT layer S=128', engine: 'lacewing', version: 'simd, Node 20', pattern: 'dense', sparsity: 0 },
    ...{ min: 48000, median: 50000, kernels: 'f32_gemm_4x8' },
    ...given,
  } as const;
}

const breakdown = (repacking: number) => ({
  ...{ total: 10000, repacking },
  kernels: [{ kernel: 'f32_spmm_csr_1x16', calls: 6, microseconds: 10000 }],
});
const zeros = (sparsity: number, min: number, given: Partial<PrunedRun> = {}) =>
  run({ pattern: 'unstructured', sparsity, min, kernels: 'f32_spmm_csr_1x16', breakdown: breakdown(0.03), ...given });
const web = run({ engine: 'onnxruntime-web', version: '1', min: 60000, kernels: '' });
const native = run({ engine: 'onnxruntime-node', version: '1', min: 19000, kernels: '' });
const four = zeros(0.9, 8000, { pattern: '4x1', breakdown: breakdown(0.06) });
const runs = [run({}), zeros(0.8, 20000), zeros(0.9, 10000), four, web, native];

describe('acceptance of pruned networks', () => {
  const verdicts = prunedAcceptance(runs);
  const lineOf = (what: string) => verdicts.find((line) => line.what === what);

  it('compares minima with the other engines on the dense network', () => {
    expect(lineOf('90 % × onnxruntime-web')).toMatchObject({ point: '1', wanted: 6, got: 6, verdict: 'pass' });
    expect(lineOf('80 % × onnxruntime-web')).toMatchObject({ wanted: 3.7, got: 3, verdict: 'short' });
    expect(lineOf('90 % × onnxruntime-node')).toMatchObject({ wanted: 1.9, got: 1.9, verdict: 'pass' });
  });

  it('speaks only of networks and builds that took part', () => {
    expect(new Set(verdicts.map(({ layer }) => layer))).toEqual(new Set(['BERT layer S=128']));
    expect(verdicts.some(({ what }) => what.includes('relaxed'))).toBe(false);
  });

  it('wants little repacking', () => {
    expect(lineOf('90 %, repacking within the run')).toMatchObject({ wanted: 0.05, got: 0.03, verdict: 'pass' });
    expect(lineOf('90 % 4x1, repacking within the run')).toMatchObject({ got: 0.06, verdict: 'short' });
  });

  it('finds zeros that cost more than they save, and takes equal plans for equal', () => {
    const worst = (given: PrunedRun) =>
      prunedAcceptance([...runs, given]).find(({ what }) => what.includes('least gain of all'));
    expect(worst(zeros(0.5, 60000))).toMatchObject({ got: 0.8, verdict: 'short' });
    expect(worst(zeros(0.5, 60000, { kernels: 'f32_gemm_4x8' }))).toMatchObject({ got: 1, verdict: 'pass' });
  });
});

describe('tables of pruned networks', () => {
  it('have as many cells as columns', () => {
    for (const { columns, rows } of [networkTable(runs), ...kernelTables(runs), gainTable(runs)])
      for (const row of rows) expect(row).toHaveLength(columns.length);
  });

  it('compare with everyone', () => {
    const { columns, rows } = networkTable(runs);
    expect(columns.slice(-4)).toEqual(['× onnxruntime-web', '× onnxruntime-node', '× own dense', 'repacking']);
    expect(rows[2].slice(-4)).toEqual(['6.00', '1.90', '4.80', '3.0 %']);
  });

  it('name all zeros differently', () => {
    expect(new Set(allZeros.map(zerosName)).size).toBe(allZeros.length);
  });
});

describe('the networks', () => {
  it.each([
    // Parameters as published: 4.2 million, 11.7 million, and a layer of BERT-base; batch normalisations are folded.
    ['mobilenet_v1', mobilenetV1(), 4_221_032, 13, [1, 1000]],
    ['resnet18', resnet18(), 11_684_712, 19, [1, 1000]],
    ['BERT layer S=16', bertLayer(16), 7_087_872, 6, [1, 16, 768]],
  ] as const)('%s has the weights and the output that it should', (name, graph, parameters, pruned, output) => {
    const weights = [...graph.constants.values()].filter(({ shape }) => shape.length > 0);
    expect(weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0)).toBe(parameters);
    expect(inferSymbolic(graph).get(graph.outputs[0])?.shape).toEqual(output);
    const subject = subjects.find((each) => each.name === name);
    expect(select(candidatesOf(graph), subject?.meant ?? {}).meant).toHaveLength(pruned);
  });

  it('are the same every time', () => {
    const bytes = (graph: ReturnType<typeof resnet18>) => graph.constants.get('fc.bias');
    expect(bytes(mobilenetV1())).toEqual(bytes(mobilenetV1()));
  });
});
