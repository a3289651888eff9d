/** Checks a whole graph: its wiring (graph/verify) and every node against its op. Lists every problem, not the first. */
import type { TypedArray } from '../core/dtype.ts';
import { ModelError, UsageError } from '../core/errors.ts';
import { MAX_RANK } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';
import { valuesOf, verifyConstant } from '../formats/table.ts';
import type { Graph } from '../graph/graph.ts';
import { wiringProblems } from '../graph/verify.ts';
import { arity, checkAttributes, ownInputs } from './call.ts';
import { where } from './op.ts';
import { findOp } from './registry.ts';
import { bodyProblems, MAX_DEPTH } from './verify-bodies.ts';
import { weightsOf } from './weights.ts';

/** What is wrong with the graph; empty when it is sound. */
export function problemsOf(graph: Graph, depth = 0): string[] {
  if (depth > MAX_DEPTH) return [`want graphs nested at most ${MAX_DEPTH} deep, got more`];
  const problems = [...wiringProblems(graph), ...constantProblems(graph)];
  for (const node of graph.nodes) {
    const op = findOp(node.op);
    if (!op) {
      problems.push(`${where(node)}: there is no such op`);
      continue;
    }
    for (const [what, names, used] of [
      ['inputs', op.inputs, node.inputs.slice(0, ownInputs(node))],
      ['outputs', op.outputs, node.outputs],
    ] as const) {
      const { min, max } = arity(names);
      const missing = names.some(
        (name, i) => !name.endsWith('?') && i < used.length && used[i] === '' && what === 'inputs',
      );
      if (used.length < min || used.length > max || missing)
        problems.push(`${where(node)}: want ${what} (${names.join(', ')}), got (${used.join(', ')})`);
    }
    try {
      checkAttributes(node);
      problems.push(...bodyProblems(node, (body) => problemsOf(body, depth + 1)));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(error.message);
    }
  }
  return problems;
}

/** Constants whose arrays do not hold what their shape or pattern says. */
function constantProblems({ constants }: Graph): string[] {
  const problems: string[] = [];
  for (const [name, constant] of constants) {
    const { shape } = constant;
    if (shape.length > MAX_RANK) problems.push(`constant "${name}": want rank <= ${MAX_RANK}, got ${shape.length}`);
    else problems.push(...soundness(constant).map((problem) => `constant "${name}": ${problem}`));
  }
  return problems;
}

function soundness(constant: Constant): string[] {
  try {
    return verifyConstant(constant);
  } catch (error) {
    if (error instanceof UsageError) return [error.message];
    throw error;
  }
}

/** float16 exists at the border only: a float32 input takes it as it comes. */
function halfProblems({ inputs, constants }: Graph): string[] {
  const halfs = [
    ...inputs
      .filter(({ dtype }) => dtype === 'float16')
      .map(({ name }) => `input "${name}": want float32, which takes halfs`),
    ...[...constants]
      .filter(([, { dtype }]) => dtype === 'float16')
      .map(([name]) => `constant "${name}": want float32`),
  ];
  return halfs.map((want) => `${want}, got float16`);
}

/**
 * Why a sound graph should not run: float16 that nobody converted, and weights with a NaN, through which everything becomes
 * NaN. Empty when it may.
 */
export function obstaclesOf(graph: Graph): string[] {
  return [...halfProblems(graph), ...nanProblems(graph)];
}

function nanProblems(graph: Graph): string[] {
  return weightsOf(graph).flatMap(({ name }) => {
    const values = graph.constants.get(name);
    const at = values ? firstNaN(valuesOf(values)) : -1;
    return at < 0 ? [] : [`weight "${name}": want numbers, got NaN as stored value ${at}`];
  });
}

/** Weights are megabytes, and every session looks at them: what is not NaN and not infinite times 0 is 0. */
function firstNaN(values: TypedArray): number {
  if (!(values instanceof Float32Array || values instanceof Float64Array)) return -1;
  let zero = 0;
  for (let i = 0; i < values.length; i++) zero += values[i] * 0;
  return zero === 0 ? -1 : values.findIndex(Number.isNaN);
}

/** Returns the graph if it may run, else throws ModelError with every problem. */
export function verifyToRun(graph: Graph): Graph {
  const obstacles = obstaclesOf(verify(graph));
  if (obstacles.length > 0) throw new ModelError(obstacles);
  return graph;
}

/** Returns the graph if it is sound, else throws ModelError with every problem. */
export function verify(graph: Graph): Graph {
  const problems = problemsOf(graph);
  if (problems.length > 0) throw new ModelError(problems);
  return graph;
}
