import { describe, expect, it } from 'vitest';
import { reportPage } from '../../bench/html/page.ts';
import { linePlot } from '../../bench/html/svg.ts';
import { layerTables } from '../../bench/layers/tables.ts';
import { markdownOf } from '../../bench/markdown.ts';
import { fromJson, toJson } from '../../bench/record.ts';
import { type Report, resultText } from '../../bench/result.ts';
import { summary } from '../../examples/demo/rounds.ts';
import { ninety, run, web } from './runs.ts';

const runs = [run({}), ninety(250), web(), web({ engine: 'onnxruntime-node', min: 400 })];
const report: Report = {
  ...{ bench: 'layers', cpu: 'a <fast> one & only', cores: 2, engine: 'Node 1', build: 'simd', when: 'today' },
  ...{ roof: 56.7, runs, results: [] },
};

describe('statistics', () => {
  it('are the least and the middle', () => {
    expect(summary([5, 1, 9])).toEqual({ min: 1, median: 5, rounds: 3 });
    expect(summary([4, 1, 9, 5])).toEqual({ min: 1, median: 4.5, rounds: 4 });
  });
});

describe('tables of layers', () => {
  const [table] = layerTables(runs);

  it('compare with every engine and with our own dense layer', () => {
    expect(table.columns.slice(-3)).toEqual(['× onnxruntime-web', '× onnxruntime-node', '× own dense']);
    expect(table.rows[1].slice(-3)).toEqual(['8.00', '1.60', '4.00']);
    expect(table.rows[2].slice(-3)).toEqual(['1.00', '0.20', '0.50']);
  });

  it('give the rate of what is not zero', () => {
    expect(table.rows[1][5]).toBe('16.0');
  });

  it('are columns as text, words to the left and numbers to the right', () => {
    const text = resultText({
      title: 'title',
      columns: ['name', 'µs'],
      rows: [
        ['a', 12.345],
        ['long', 1234567],
      ],
    });
    expect(text).toBe('title\nname         µs\na          12.3\nlong  1,234,567\n');
  });
});

describe('a report as JSON', () => {
  it('comes back as it was', () => {
    expect(fromJson(toJson(report), 'x.json')).toEqual(report);
    const { runs: _, ...plain } = report;
    expect(fromJson(toJson(plain), 'x.json')).toEqual(plain);
  });

  it('is refused where it is none, by name', () => {
    expect(() => fromJson('{', 'x.json')).toThrow('x.json: want JSON');
    for (const other of ['null', '7', '{"runs":[]}'])
      expect(() => fromJson(other, 'x.json')).toThrow('x.json: want what a bench wrote');
  });
});

describe('a record', () => {
  const table = { title: 'a table', columns: ['name', 'ms'], rows: [['one', 1.5]] };
  const page = markdownOf(
    { ...report, results: [table], when: '2026-01-02T03:04:05Z' },
    ['layers', '--rounds', '3'],
    'abc',
  );

  it('says when, of what and how', () => {
    expect(page).toContain('# Record of `npm run bench -- layers`');
    expect(page).toContain('2026-01-02, source at commit abc.');
    expect(page).toContain('    npm run bench -- layers --rounds 3');
  });

  it('holds the tables as text', () => {
    expect(page).toContain('```text\na table\nname    ms\none   1.50\n```');
    // The headline, the layer, what was wanted of it, and this one.
    expect(page.match(/```/g)?.length).toBe(8);
  });
});

describe('the page', () => {
  const page = reportPage([report]);

  it('holds plots and tables and loads nothing', () => {
    expect(page.match(/<svg /g)).toHaveLength(2);
    expect(page).toContain('<table>');
    expect(page).not.toMatch(/<(script|link|img|iframe)\b|https?:|url\(/);
  });

  it('escapes what it is given', () => {
    expect(page).toContain('a &lt;fast&gt; one &amp; only');
    expect(page).not.toContain('<fast>');
  });

  it('has no number that is none', () => {
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('does without layers', () => {
    const { runs: _, roof: __, ...plain } = report;
    expect(reportPage([plain])).not.toContain('<svg');
  });

  it('closes every element', () => {
    const open: string[] = [];
    const voids = new Set(['meta', '!doctype']);
    for (const [, slash, name, rest] of page.matchAll(/<(\/?)([a-z!][a-z0-9]*)([^>]*)>/g)) {
      if (slash) expect(open.pop()).toBe(name);
      else if (!rest.endsWith('/') && !voids.has(name)) open.push(name);
    }
    expect(open).toEqual([]);
  });
});

describe('a plot of lines', () => {
  it('puts twice the speed and half the weights one step away', () => {
    const points = [0, 0.5, 0.75, 0.875].map((sparsity) => ({ sparsity, value: 1 / (1 - sparsity) }));
    const plot = linePlot({ title: 't', series: [{ name: 's', colour: 'b4', points }], levels: [], ideal: undefined });
    const line = /points="([^"]*)"/.exec(plot)?.[1] ?? '';
    const [a, b, c, d] = line.split(' ').map((pair) => pair.split(',').map(Number));
    for (const axis of [0, 1]) {
      expect(c[axis] - b[axis]).toBeCloseTo(b[axis] - a[axis], 0);
      expect(d[axis] - c[axis]).toBeCloseTo(b[axis] - a[axis], 0);
    }
  });
});
