/** The relaxed build on a Node that has it, as a peer process: checks the zeros of models that are handed to it as .lace files. */
import { readFileSync } from 'node:fs';
import { realModels } from '../../bench/models/table.ts';
import { answerQuestions } from '../../examples/demo/peer.ts';
import { readLace } from '../../src/file/index.ts';
import { loadModule } from '../../src/runtime/modules.ts';
import { checkZeros } from './check-zeros.ts';
import { TOLERANCE } from './compare.ts';

export interface Question {
  /** A pruned model. */
  readonly check: string;
  /** The real model that it was made of: its cases are run. */
  readonly of: string;
  readonly title: string;
}

/** Answers are JSON, which has no NaN: distances travel as text. */
export type Answer = readonly (readonly [title: string, off: string, limit: string])[];

answerQuestions(async ({ check, of, title }: Question): Promise<Answer> => {
  const { build } = await loadModule(false);
  if (build !== 'relaxed') throw new Error(`want the relaxed build, got ${build}`);
  const cases = realModels.find(({ name }) => name === of)?.cases ?? [];
  const checked = await checkZeros(readLace(new Uint8Array(readFileSync(check))), cases, `${title}, relaxed`);
  return checked.map(({ title: what, off, limit = TOLERANCE }) => [what, String(off), String(limit)] as const);
});
