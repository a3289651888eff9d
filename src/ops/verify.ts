/** Checks a whole graph: its wiring (graph/verify) and every node against its op. Lists every problem, not the first. */
import { ModelError, UsageError } from '../core/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { wiringProblems } from '../graph/verify.ts';
import { arity, attributesOf } from './call.ts';
import { where } from './op.ts';
import { ops } from './table.ts';

/** What is wrong with the graph; empty when it is sound. */
export function problemsOf(graph: Graph): string[] {
  const problems = wiringProblems(graph);
  for (const node of graph.nodes) {
    const op = ops.get(node.op);
    if (!op) {
      problems.push(`${where(node)}: there is no such op`);
      continue;
    }
    for (const [what, names, used] of [
      ['inputs', op.inputs, node.inputs],
      ['outputs', op.outputs, node.outputs],
    ] as const) {
      const { min, max } = arity(names);
      const missing = names.some((name, i) => !name.endsWith('?') && i < used.length && used[i] === '' && what === 'inputs');
      if (used.length < min || used.length > max || missing)
        problems.push(`${where(node)}: want ${what} (${names.join(', ')}), got (${used.join(', ')})`);
    }
    try {
      attributesOf(node);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(error.message);
    }
  }
  return problems;
}

/** Returns the graph if it is sound, else throws ModelError with every problem. */
export function verify(graph: Graph): Graph {
  const problems = problemsOf(graph);
  if (problems.length > 0) throw new ModelError(problems);
  return graph;
}
