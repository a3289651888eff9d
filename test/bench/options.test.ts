import { describe, expect, it } from 'vitest';
import { readOptions } from '../../bench/options.ts';
import { roofOf } from '../../bench/roof.ts';

describe('options', () => {
  it('are a quick look when there are none', () => {
    expect(readOptions([])).toMatchObject({ bench: 'quick', threads: 1, peers: false, native: false });
  });

  it('are read', () => {
    const args = ['layers', '--rounds', '7', '--threads', '2', '--native', '--only', 'T=1,'];
    const want = { bench: 'layers', rounds: 7, threads: 2, native: true, build: undefined, only: 'T=1,' };
    expect(readOptions(args)).toMatchObject(want);
    expect(readOptions(['report', 'a.json', 'b.json', '--html', 'c'])).toEqual({
      ...{ bench: 'report', from: ['a.json', 'b.json'], html: 'c' },
    });
    expect(readOptions(['--help'])).toBeUndefined();
  });

  it.each([
    [['slow'], 'want one of quick, layers'],
    [['layers', 'train'], 'got "layers train"'],
    [['report'], 'want the JSON file'],
    [['--rounds', '0'], '--rounds: want a whole number from 1, got "0"'],
    [['--threads', 'two'], '--threads: want'],
    [['--threads', '2', '--build', 'simd'], 'want no --build simd'],
    [['--sparsity', '1'], '--sparsity: want'],
    [['--build', 'fast'], '--build: want simd or relaxed'],
    [['--fast'], '--fast'],
  ])('%j is refused', (args, complaint) => {
    expect(() => readOptions(args)).toThrow(complaint);
  });
});

describe('the roof', () => {
  it('is a rate', async () => {
    const roof = await roofOf(false);
    expect(roof).toBeGreaterThan(0);
    expect(Number.isFinite(roof)).toBe(true);
  });
});
