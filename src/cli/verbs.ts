/** Every verb. A new one is a file and a line here. */
import { bench } from './bench.ts';
import { check } from './check.ts';
import { convert } from './convert.ts';
import { exportOnnx } from './export.ts';
import { finetune } from './finetune.ts';
import { forecast } from './forecast.ts';
import { inspect } from './inspect.ts';
import { profile } from './profile.ts';
import { prune } from './prune.ts';
import { run } from './run.ts';
import { train } from './train.ts';
import type { Verb } from './verb.ts';

export const verbs: readonly Verb[] = [
  train,
  prune,
  finetune,
  exportOnnx,
  convert,
  inspect,
  run,
  check,
  bench,
  profile,
  forecast,
];
