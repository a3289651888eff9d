/**
 * The backend tests of the ONNX project: `npm run conformance [-- --only TEXT]`. Ends with 1 if a test fails that skips.json
 * does not list, or passes though it does. Where the tests are not installed it says so and ends with 0.
 */
import { parseArgs } from 'node:util';
import { provideInlineModules } from '../../src/entries/inline.ts';
import { type Judged, judge, reasonsOf, summary, tableByOp } from './report.ts';
import { runCase } from './run-case.ts';
import { readSkips } from './skips.ts';
import { casesOf, groups } from './suite.ts';

const { only } = parseArgs({ options: { only: { type: 'string', default: '' } } }).values;
const cases = casesOf(only);
if (cases) process.exitCode = await report(cases);
else console.log('skipped: the ONNX backend tests (apt-get install libonnx-testdata)');

async function report(tests: NonNullable<typeof cases>): Promise<number> {
  provideInlineModules();
  const skips = readSkips();
  const judged: Judged[] = [];
  for (const test of tests) judged.push(judge(test.name, await runCase(test), skips));
  for (const line of tableByOp(judged)) console.log(line);
  console.log('\nskipped because of');
  for (const line of reasonsOf(judged)) console.log(line);
  console.log('');
  for (const { name, verdict, why = '' } of judged)
    if (verdict === 'failed' || only !== '') console.log(`${verdict}: ${name}${why && `: ${why}`}`);
  for (const group of groups) {
    const own = judged.filter(({ name }) => name.startsWith(`${group}/`));
    if (own.length > 0) console.log(`${group}: ${summary(own)}`);
  }
  console.log(summary(judged));
  return judged.some(({ verdict }) => verdict === 'failed') ? 1 : 0;
}
