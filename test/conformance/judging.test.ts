/** What the run of the ONNX backend tests is made of. The tests themselves: `npm run conformance`. */
import { describe, expect, it } from 'vitest';
import { difference } from '../../scripts/conformance/compare.ts';
import { judge, reasonsOf, summary, tableByOp } from '../../scripts/conformance/report.ts';
import { patternOf, readSkips } from '../../scripts/conformance/skips.ts';
import { casesOf } from '../../scripts/conformance/suite.ts';

const floats = (...data: number[]) => ({
  dtype: 'float32' as const,
  shape: [data.length],
  data: Float32Array.from(data),
});

describe('difference', () => {
  it('takes what is within the tolerances', () => {
    expect(difference(floats(1.0009, -5e-8, 0), floats(1, 0, -0))).toBeUndefined();
    const special = floats(Number.NaN, Number.POSITIVE_INFINITY);
    expect(difference(special, special)).toBeUndefined();
  });

  it('says what is not', () => {
    expect(difference(floats(1, 2.01), floats(1, 2))).toBe('want 2 at 1, got 2.009999990463257');
    expect(difference(floats(3e38), floats(Number.POSITIVE_INFINITY))).toMatch(/want Infinity at 0/);
    expect(difference(floats(0), floats(Number.NaN))).toMatch(/want NaN at 0/);
    expect(difference({ ...floats(1, 2), shape: [2, 1] }, floats(1, 2))).toBe('want shape [2], got [2, 1]');
    const doubles = { dtype: 'float64' as const, shape: [1], data: Float64Array.of(1) };
    expect(difference(floats(1), doubles)).toBe('want float64, got float32');
  });

  it('compares integers that no double holds', () => {
    const wide = (value: bigint) => ({ dtype: 'int64' as const, shape: [], data: BigInt64Array.of(value) });
    expect(difference(wide(2n ** 63n - 1n), wide(2n ** 63n - 1n))).toBeUndefined();
    expect(difference(wide(7n), wide(8n))).toBe('want 8 at 0, got 7');
  });
});

describe('the list of what is skipped', () => {
  const skips = new Map([
    ['node/test_ada*', 'training'],
    ['node/test_a.b', 'a dot'],
  ]);

  it('matches whole names', () => {
    expect(patternOf('node/test_adam', skips)).toBe('node/test_ada*');
    expect(patternOf('node/test_a.b', skips)).toBe('node/test_a.b');
    for (const name of ['node/test_axb', 'simple/node/test_adam', 'node/test_a.bc'])
      expect(patternOf(name, skips), name).toBeUndefined();
  });

  it('decides between failed and skipped, and lists nothing that passes', () => {
    const ops = ['Adam'];
    const judged = [
      judge('node/test_adam', { ops, failure: 'import: no' }, skips),
      judge('node/test_ada', { ops }, skips),
      judge('node/test_abs', { ops: ['Abs'] }, skips),
      judge('node/test_neg', { ops: ['Neg'], failure: 'run: wrong' }, skips),
    ];
    expect(judged.map(({ verdict }) => verdict)).toEqual(['skipped', 'failed', 'passed', 'failed']);
    expect(judged[1].why).toBe('it passes, but is listed to be skipped as node/test_ada*');
    expect(summary(judged)).toBe('1 passed, 2 failed, 1 skipped');
    expect(reasonsOf(judged)).toEqual(['    1  training']);
    expect(tableByOp(judged).map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      'op passed failed skipped',
      'Abs 1 . .',
      'Adam . 1 1',
      'Neg . 1 .',
    ]);
  });

  it.skipIf(!casesOf())('has no pattern without a test', () => {
    const real = readSkips();
    const used = new Set(casesOf()?.map(({ name }) => patternOf(name, real)));
    expect([...real.keys()].filter((pattern) => !used.has(pattern))).toEqual([]);
  });
});
