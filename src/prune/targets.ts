/** Which constants are weights that pruning can see as matrices, and which of them the caller means. */
import { UsageError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';
import { type Graph, resultsOf } from '../graph/graph.ts';
import { callOf, isOpen, opOf } from '../ops/call.ts';
import { constantTypes } from '../ops/infer.ts';
import { where } from '../ops/op.ts';
import { loadEveryOp } from '../ops/table.ts';

/** A constant in a weight position. */
export interface Candidate {
  /** The constant's name. */
  readonly name: string;
  /** The first node that uses it as a weight. */
  readonly node: string;
  readonly shape: Shape;
  /** The axis of output features; all uses agree on it. */
  readonly outputAxis: number;
  readonly constant: Constant;
  /** Why it cannot be pruned, if it cannot. */
  readonly obstacle?: string;
}

/** Every constant that some node uses as a weight, in the order of the nodes. */
export function candidatesOf(graph: Graph): Candidate[] {
  loadEveryOp();
  const types = constantTypes(graph);
  const found = new Map<string, Candidate>();
  const elsewhere = new Map<string, string>();
  for (const node of graph.nodes) {
    // What is left to values is no weight: no op that has one leaves anything.
    const closed = !isOpen(node) && node.inputs.some((input) => graph.constants.has(input));
    const weight = closed && opOf(node).weight?.(callOf(graph, node, types));
    node.inputs.forEach((name, input) => {
      const constant = graph.constants.get(name);
      if (!constant) return;
      if (!weight || weight.input !== input) {
        if (!elsewhere.has(name))
          elsewhere.set(name, `${where(node)} reads it as something other than a weight matrix`);
        return;
      }
      const { outputAxis } = weight;
      const before = found.get(name);
      if (!before) found.set(name, { name, node: node.name, shape: constant.shape, outputAxis, constant });
      else if (before.outputAxis !== outputAxis)
        elsewhere.set(
          name,
          `"${before.node}" and "${node.name}" disagree on its output axis (${before.outputAxis} and ${outputAxis})`,
        );
    });
  }
  const results = resultsOf(graph);
  const updated = new Set(graph.updates.map(({ constant }) => constant));
  return [...found.values()].map((candidate) => {
    const { name, constant } = candidate;
    const obstacle =
      (updated.has(name) ? 'the graph updates it: prune before differentiating' : undefined) ??
      elsewhere.get(name) ??
      (results.has(name) ? 'it is an output of the graph' : undefined) ??
      (constant.dtype !== 'float32' ? `it is ${constant.dtype}, not float32` : undefined);
    return obstacle === undefined ? candidate : { ...candidate, obstacle };
  });
}

/** A constant or node by its exact name, or all whose name matches. */
export type Selector = string | RegExp;

export interface Selection {
  /** What to prune; everything prunable if absent. */
  readonly targets?: readonly Selector[];
  /** What to leave alone, even if it is among the targets. */
  readonly ignore?: readonly Selector[];
}

/** Splits candidates into those meant and, with the reason, those left alone. Throws UsageError for a name that is nobody's. */
export function select(
  candidates: readonly Candidate[],
  { targets, ignore = [] }: Selection,
): { readonly meant: readonly Candidate[]; readonly left: ReadonlyMap<string, string> } {
  for (const [option, selectors] of Object.entries({ targets: targets ?? [], ignore }))
    for (const selector of selectors)
      if (typeof selector === 'string' && !candidates.some((candidate) => names(selector, candidate)))
        throw new UsageError(
          `prune: want ${option} among the weights ${candidates.map(({ name }) => name).join(', ') || '(none)'}, got "${selector}"`,
        );
  const left = new Map<string, string>();
  for (const candidate of candidates) {
    const reason =
      candidate.obstacle ??
      (targets && !targets.some((selector) => names(selector, candidate)) ? 'not among the targets' : undefined) ??
      (ignore.some((selector) => names(selector, candidate)) ? 'ignored' : undefined);
    if (reason !== undefined) left.set(candidate.name, reason);
  }
  return { meant: candidates.filter(({ name }) => !left.has(name)), left };
}

function names(selector: Selector, { name, node }: Candidate): boolean {
  // `search` ignores lastIndex, so that a global RegExp means the same every time.
  return typeof selector === 'string'
    ? selector === name || selector === node
    : name.search(selector) >= 0 || node.search(selector) >= 0;
}
