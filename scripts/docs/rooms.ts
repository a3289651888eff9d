import { readFileSync } from 'node:fs';
import { codes, table } from './markdown.ts';

/** The import rules as the test that enforces them has them. */
export function roomTable(): string {
  const text = readFileSync('test/rules/imports.test.ts', 'utf8');
  const rules = /const rules[^=]*= \{([\s\S]*?)\n\};/.exec(text)?.[1];
  if (!rules) throw new Error('want the rules in test/rules/imports.test.ts, got none');
  const lines = [...rules.matchAll(/^ {2}(\w+): \[([^\]]*)\]/gm)].map(([, room, list]) => [
    `\`${room}\``,
    codes([...list.matchAll(/'(\w+)'/g)].map(([, name]) => name)) || 'nothing',
  ]);
  return table([['room', 'may import'], ...lines]);
}
