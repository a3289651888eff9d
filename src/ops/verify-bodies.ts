/** Checks the graphs that nodes run: which there are, and that what goes in and comes out fits the node. */
import type { Graph, Node } from '../graph/graph.ts';
import { givenAttributes } from './call.ts';
import { number, where } from './op.ts';

/** Deeper nesting is no honest model. */
export const MAX_DEPTH = 16;

const wanted: Readonly<Record<string, readonly string[]>> = {
  if: ['thenBranch', 'elseBranch'],
  loop: ['body'],
  scan: ['body'],
};

/** `problemsOf` is what is wrong with a graph by itself. */
export function bodyProblems(node: Node, problemsOf: (graph: Graph) => string[]): string[] {
  const names = Object.hasOwn(wanted, node.op) ? wanted[node.op] : [];
  const bodies = node.bodies ?? {};
  const got = Object.keys(bodies);
  if (got.length !== names.length || !names.every((name) => Object.hasOwn(bodies, name)))
    return [`${where(node)}: want the graphs ${names.join(', ') || '(none)'}, got ${got.join(', ') || 'none'}`];
  const inner = got.flatMap((name) =>
    problemsOf(bodies[name]).map((problem) => `${where(node)}, graph "${bodies[name].name}": ${problem}`),
  );
  return [...misfits(node, bodies), ...inner];
}

function misfits(node: Node, bodies: Readonly<Record<string, Graph>>): string[] {
  const problems: string[] = [];
  const want = (what: string, count: number, got: number) => {
    if (count !== got) problems.push(`${where(node)}: want ${count} ${what}, got ${got}`);
  };
  const updates = Object.values(bodies).reduce((sum, body) => sum + body.updates.length, 0);
  if (node.bodies) want('updates in its graphs', 0, updates);
  if (node.op === 'if') {
    const { thenBranch: yes, elseBranch: no } = bodies;
    want(
      'inputs, as many as its graphs take and a condition',
      1 + yes.inputs.length + no.inputs.length,
      node.inputs.length,
    );
    for (const body of [yes, no]) want(`outputs of graph "${body.name}"`, node.outputs.length, body.outputs.length);
  } else if (node.op === 'loop' || node.op === 'scan') {
    const { body } = bodies;
    const captures = number(givenAttributes(node), 'captures');
    // A loop hands its body the iteration and the condition, for which it has inputs of its own.
    const states = body.inputs.length - captures - (node.op === 'loop' ? 2 : number(givenAttributes(node), 'slices'));
    want(`inputs of graph "${body.name}"`, node.inputs.length, body.inputs.length);
    if (states < 0)
      problems.push(`${where(node)}: want inputs for what it captures and cuts, got ${node.inputs.length}`);
    // Outputs at the end that nobody wants may be left out.
    const made = body.outputs.length - (node.op === 'loop' ? 1 : 0);
    want('outputs', Math.max(made, 0), Math.max(made, node.outputs.length));
  }
  return problems;
}
