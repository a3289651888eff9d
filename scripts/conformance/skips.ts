/** Which tests are not expected to pass, and why: skips.json maps patterns (`*` stands for anything) to reasons. */
import { readFileSync } from 'node:fs';

export type Skips = ReadonlyMap<string, string>;

export function readSkips(url = new URL('skips.json', import.meta.url)): Skips {
  return new Map(Object.entries(JSON.parse(readFileSync(url, 'utf8')) as Record<string, string>));
}

/** The pattern that matches the name of a test. */
export function patternOf(name: string, skips: Skips): string | undefined {
  for (const pattern of skips.keys()) if (expression(pattern).test(name)) return pattern;
  return undefined;
}

function expression(pattern: string): RegExp {
  return new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`);
}

function escaped(text: string): string {
  return text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
}
