/** The parts of the documents that a program writes are what it would write now; links lead somewhere. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents, makers } from '../../scripts/docs/documents.ts';
import { remade } from '../../scripts/docs/markdown.ts';

describe.each(documents())('%s', (path) => {
  const text = readFileSync(path, 'utf8');

  it('is current (else: npm run docs)', async () => {
    expect(await remade(text, makers)).toBe(text);
  });

  it('links to files that exist', () => {
    const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target);
    const broken = targets.filter((target) => !/^https?:/.test(target) && !existsSync(join(dirname(path), target)));
    expect(broken).toEqual([]);
  });

  it('names scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, script]) => script);
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });
});

describe('made parts', () => {
  it('are all shown in some document', () => {
    const all = documents()
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    const shown = [...all.matchAll(/<!-- made: (\S+) /g)].map(([, name]) => name);
    expect(shown.sort()).toEqual(Object.keys(makers).sort());
  });
});
