/** What a bench found out as a page for bench/results: what --md writes. */
import { execFileSync } from 'node:child_process';
import { allTables } from './layers/tables.ts';
import { headline, type Report, resultText } from './result.ts';

/** @param args of the command line, so that others can make the page again */
export function markdownOf(report: Report, args: readonly string[], commit: string | undefined): string {
  const { bench, when, load, runs, results } = report;
  const from = commit === undefined ? '' : `, source at commit ${commit}`;
  const lines = [
    `# Record of \`npm run bench -- ${bench}\``,
    `${when.slice(0, 10)}${from}. What the columns are stands in [bench.md](../../docs/bench.md). Made by`,
    `    npm run bench -- ${args.map(quoted).join(' ')}`,
    fenced(`${headline(report)}${load === undefined ? '' : `\n${load}`}`),
    ...[...(runs ? allTables(runs) : []), ...results].map((result) => fenced(resultText(result).trimEnd())),
  ];
  return `${lines.join('\n\n')}\n`;
}

const quoted = (word: string) => (/^[\w./=-]+$/.test(word) ? word : `'${word}'`);
const fenced = (text: string) => `\`\`\`text\n${text}\n\`\`\``;

/** Of what is measured, with a mark if it is not all committed; undefined where there is no git. */
export function commitHere(): string | undefined {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--exclude=*'], {
      cwd: new URL('.', import.meta.url),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}
