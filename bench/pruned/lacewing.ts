/** Lacewing as a peer process, this Node's or another's: one network in several sessions. Runs the sources, not the package. */
import { answerQuestions } from '../../examples/demo/peer.ts';
import { provideInlineModules } from '../../src/entries/inline.ts';
import { init } from '../../src/runtime/modules.ts';
import { InferenceSession } from '../../src/runtime/session.ts';
import { Tensor } from '../../src/runtime/tensor.ts';
import { repackingShare, type StepTiming } from '../../src/runtime/timings.ts';
import { numbers } from '../subject.ts';
import type { Breakdown, Question } from './questions.ts';

provideInlineModules();
const sessions = new Map<string, { readonly path: string; readonly session: InferenceSession }>();
let feeds: Record<string, Tensor<'float32'>> = {};

answerQuestions(async (question: Question) => {
  if ('build' in question) {
    const { build, dims } = question;
    await init({ build });
    feeds = { x: new Tensor('float32', inputOf(dims), dims) };
    return process.versions.node;
  }
  if ('open' in question) {
    const { open: path, as, format } = question;
    const session = await InferenceSession.create(path, { format });
    sessions.set(as, { path, session });
    const { steps } = await session.profile(feeds);
    return steps.map(({ kernel }) => kernel).join(' ');
  }
  if ('check' in question) {
    const { path, session } = opened(question.check);
    using dense = await InferenceSession.create(path, { format: 'dense' });
    return distance(outputOf(session), outputOf(dense));
  }
  if ('output' in question) return outputOf(opened(question.output).session);
  if ('profile' in question) return breakdown(opened(question.profile).session, question.runs);
  const { session } = opened(question.time);
  const start = performance.now();
  for (let i = 0; i < question.runs; i++) await session.run(feeds);
  return ((performance.now() - start) * 1000) / question.runs;
});

function opened(name: string) {
  const found = sessions.get(name);
  if (!found) throw new Error(`want a model that was opened, got "${name}"`);
  return found;
}

/** What every engine is fed. */
function inputOf(dims: readonly number[]): Float32Array {
  return numbers(
    dims.reduce((product, extent) => product * extent, 1),
    13,
  );
}

function outputOf(session: InferenceSession): Float32Array {
  return session.runSync(feeds)[session.outputNames[0]].data as Float32Array;
}

function distance(got: Float32Array, want: Float32Array): number {
  let [difference, largest] = [0, 0];
  for (let i = 0; i < want.length; i++) {
    // What is not a number on one side alone is as far off as can be.
    if (!Object.is(got[i], want[i])) difference = Math.max(difference, Math.abs(got[i] - want[i]) || 0);
    if (Number.isNaN(got[i]) !== Number.isNaN(want[i])) return Number.POSITIVE_INFINITY;
    largest = Math.max(largest, Math.abs(want[i]));
  }
  return difference === 0 ? 0 : difference / largest;
}

async function breakdown(session: InferenceSession, runs: number): Promise<Breakdown> {
  let best: StepTiming[] = [];
  for (let run = 0; run < runs; run++) {
    const { steps } = await session.profile(feeds);
    best = steps.map((step, i) => (best[i]?.microseconds < step.microseconds ? best[i] : step));
  }
  const kernels = new Map<string, { calls: number; microseconds: number }>();
  for (const { kernel, calls, microseconds } of best.flatMap((step) => step.kernels)) {
    const own = kernels.get(kernel) ?? { calls: 0, microseconds: 0 };
    kernels.set(kernel, { calls: own.calls + calls, microseconds: own.microseconds + microseconds });
  }
  return {
    total: best.reduce((sum, { microseconds }) => sum + microseconds, 0),
    repacking: repackingShare(best),
    kernels: [...kernels].map(([kernel, own]) => ({ kernel, ...own })).sort((a, b) => b.microseconds - a.microseconds),
  };
}
