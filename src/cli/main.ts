#!/usr/bin/env node
/**
 * The command `lacewing`. Exit codes: 0 done, 2 the caller's mistake (one line on stderr), 1 a model that cannot run or
 * something unexpected. Results go to stdout, progress and complaints to stderr.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ModelError, UsageError } from '../core/errors.ts';
import { provideInlineModules } from '../entries/inline.ts';
import { verbs } from './verbs.ts';

provideInlineModules();
// `lacewing inspect model.onnx | head` closes the pipe early: that is the reader's right, not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
// Nobody reads the progress any more: no reason to throw away a training.
process.stderr.on('error', () => undefined);

const program = createProgram();
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error, process.argv.includes('--debug'));
}

function createProgram(): Command {
  const created = new Command('lacewing')
    .description('Sparse neural networks: train, prune, fine-tune, convert and run.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .addHelpText('after', '\n`lacewing <verb> --help` lists options and examples of a verb.')
    .action((_, command: Command) => {
      const [word] = command.args;
      if (word !== undefined) throw new UsageError(`want a verb among ${verbs.map(nameOf).join(', ')}, got "${word}"`);
      command.outputHelp();
    });
  for (const verb of verbs) {
    const command = created
      .command(verb.signature)
      .summary(verb.summary)
      .description(`${verb.summary}.`)
      .option('--debug', 'on an error, print where it came from');
    verb.declare(command);
    command.addHelpText('after', `\nExamples:\n${verb.examples.map((line) => `  $ lacewing ${line}`).join('\n')}`);
  }
  // Only here, and not inherited by the verbs: the action above has the better words for an unknown verb.
  return created.allowExcessArguments();
}

function nameOf({ signature }: { readonly signature: string }): string {
  return signature.split(' ')[0];
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** Says on stderr what went wrong; returns the exit code. */
function report(error: unknown, debug: boolean): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const [code, text] = wordsOf(error);
  process.stderr.write(`lacewing: ${text}\n`);
  if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return code;
}

function wordsOf(error: unknown): readonly [code: number, text: string] {
  if (error instanceof CommanderError)
    return [
      2,
      error.message
        .replace(/^error: /, '')
        .replaceAll(/\s*\n\s*/g, ' ')
        .trim(),
    ];
  if (error instanceof UsageError) return [2, error.message.replaceAll(/\s*\n\s*/g, '; ')];
  if (error instanceof ModelError) return [1, error.message];
  const text = error instanceof Error ? error.message : String(error);
  return [1, `unexpected: ${text} (--debug prints where it came from)`];
}
