import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { verbs } from '../../src/cli/verbs.ts';
import { fenced } from './markdown.ts';

const run = promisify(execFile);

/** What `lacewing ... --help` prints, 80 columns wide and without colours. */
async function help(...words: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ['dist/cli/main.js', ...words, '--help'], {
    env: { ...process.env, COLUMNS: '80', NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  return stdout.replaceAll(/[ \t]+$/gm, '');
}

export async function cliHelp(): Promise<string> {
  const names = verbs.map(({ signature }) => signature.split(' ')[0]);
  const texts = await Promise.all([help(), ...names.map((name) => help(name))]);
  const sections = names.map((name, i) => `## lacewing ${name}\n\n${fenced(texts[i + 1])}`);
  return [fenced(texts[0]), ...sections].join('\n\n');
}
