import { describe, expect, it } from 'vitest';
import { acceptance } from '../../bench/layers/acceptance.ts';
import { acceptanceTable } from '../../bench/verdict.ts';
import { ninety, run, web } from './runs.ts';

const lineOf = (verdicts: ReturnType<typeof acceptance>, point: string, what: string) =>
  verdicts.find((line) => line.point === point && line.what.startsWith(what));

describe('acceptance', () => {
  it('compares minima', () => {
    const verdicts = acceptance([run({}), ninety(250), web()]);
    expect(lineOf(verdicts, '1', 'dense')).toMatchObject({ wanted: 1.35, got: 2, verdict: 'pass' });
    expect(lineOf(verdicts, '1', '90 % unstructured')).toMatchObject({ wanted: 8, got: 8, verdict: 'pass' });
  });

  it('says what falls short and what was not measured', () => {
    const verdicts = acceptance([run({}), ninety(251), web()]);
    expect(lineOf(verdicts, '1', '90 % unstructured')).toMatchObject({ verdict: 'short' });
    expect(lineOf(verdicts, '1', '90 % 4x1')).toMatchObject({ got: undefined, verdict: 'not measured' });
  });

  it('asks more of the relaxed build', () => {
    const version = 'relaxed';
    const verdicts = acceptance([run({ version }), ninety(200, { version }), web()]);
    expect(lineOf(verdicts, '1', '90 % unstructured')).toBeUndefined();
    expect(lineOf(verdicts, '2', '90 % unstructured')).toMatchObject({ wanted: 10.5, got: 10, verdict: 'short' });
  });

  it('compares one token with our own dense layer', () => {
    const one = { layer: 'T=1, 768→3072', columns: 1 };
    const verdicts = acceptance([run(one), ninety(500, one), web(one)]);
    expect(lineOf(verdicts, '3', '90 % unstructured')).toMatchObject({ wanted: 1.8, got: 2, verdict: 'pass' });
  });

  it('asks for threads and for a native engine only where they took part', () => {
    const alone = acceptance([run({}), ninety(250), web()]);
    expect(alone.some(({ point }) => point === '5' || point === '6')).toBe(false);
    const all = acceptance([
      ...[run({}), ninety(250), web()],
      ...[run({ version: 'threads', threads: 2, min: 500 }), ninety(200, { version: 'threads', threads: 2 })],
      web({ engine: 'onnxruntime-node', min: 450 }),
    ]);
    expect(lineOf(all, '5', 'dense')).toMatchObject({ got: 2, verdict: 'pass' });
    expect(lineOf(all, '5', '90 %')).toMatchObject({ got: 1.25, verdict: 'short' });
    expect(lineOf(all, '6', '90 %')).toMatchObject({ got: 1.8, verdict: 'short' });
  });

  it('finds the zeros that cost more than they save', () => {
    const verdicts = acceptance([run({}), ninety(250), ninety(1100, { sparsity: 0.5, kernel: 'another' }), web()]);
    expect(lineOf(verdicts, 'auto', '50 % unstructured')).toMatchObject({ verdict: 'short' });
    expect(lineOf(verdicts, 'auto', '50 % unstructured')?.got).toBeCloseTo(1 / 1.1);
  });

  it('takes a difference between two runs of the same kernel for noise', () => {
    const verdicts = acceptance([run({}), ninety(1100, { sparsity: 0.5 }), web()]);
    const line = lineOf(verdicts, 'auto', '50 % unstructured');
    expect(line).toMatchObject({ got: 1, verdict: 'pass' });
    expect(line?.what).toContain('the same kernel');
  });

  it('is a table that counts', () => {
    const { title, columns, rows } = acceptanceTable(acceptance([run({}), ninety(250), web()]));
    expect(title).toMatch(/^acceptance: 3 pass, 0 short, \d+ not measured$/);
    for (const row of rows) expect(row).toHaveLength(columns.length);
    expect(rows[0]).toEqual(['1', 'T=128, 768→3072', 'dense × onnxruntime-web', '≥ 1.35', '2.00', 'pass']);
  });
});
