/** What pruning did, layer by layer, in numbers. */
import { sizeOf } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';
import { bytesOf, valuesOf } from '../formats/table.ts';
import type { Graph } from '../graph/graph.ts';
import { candidatesOf } from './targets.ts';

export interface Count {
  /** Fraction of zeros: 1 - nonZeros / total; 0 when there is nothing. */
  readonly sparsity: number;
  readonly nonZeros: number;
  readonly total: number;
  /** In memory, with the positions. */
  readonly bytes: number;
  /** If it were dense. */
  readonly denseBytes: number;
}

export interface LayerReport extends Count {
  /** The weight's name. */
  readonly name: string;
  /** The node that uses it. */
  readonly node: string;
  readonly shape: readonly number[];
  /** The pattern it was pruned to; for a weight left alone the encoding it has. */
  readonly pattern: string;
  /** Why it was left alone, if it was. */
  readonly skipped?: string;
}

export interface PruneReport {
  readonly layers: readonly LayerReport[];
  /** Over the weights that were pruned: what the asked sparsity is about. */
  readonly pruned: Count;
  /** Over all weights that could be pruned, those left alone by choice included. */
  readonly prunable: Count;
  /** Over all float32 constants but scalars: biases and norms too. */
  readonly parameters: Count;
  readonly warnings: readonly string[];
}

/** Reports on a pruned graph. `left` says which weights were left alone and why. */
export function reportOf(graph: Graph, pattern: string, left: ReadonlyMap<string, string>): PruneReport {
  const candidates = candidatesOf(graph);
  const layers = candidates.map(({ name, node, shape, constant }): LayerReport => {
    const skipped = left.get(name);
    const layer = {
      name,
      node,
      shape,
      pattern: skipped === undefined ? pattern : constant.encoding,
      ...countOf(constant),
    };
    return skipped === undefined ? layer : { ...layer, skipped };
  });
  const possible = new Set(candidates.filter(({ obstacle }) => obstacle === undefined).map(({ name }) => name));
  const pruned = layers.filter(({ skipped }) => skipped === undefined);
  const parameters = [...graph.constants.values()].filter(
    ({ dtype, shape }) => dtype === 'float32' && shape.length > 0,
  );
  const warnings = pruned
    .filter(({ nonZeros, total }) => nonZeros === 0 && total > 0)
    .map(({ name, node }) => `"${name}" has no weight left: "${node}" gives its bias whatever comes in`);
  if (pruned.length === 0) warnings.push('nothing was pruned: no weight is both prunable and among the targets');
  return {
    layers,
    pruned: sum(pruned),
    prunable: sum(layers.filter(({ name }) => possible.has(name))),
    parameters: sum(parameters.map(countOf)),
    warnings,
  };
}

function countOf(constant: Constant): Count {
  const total = sizeOf(constant.shape);
  const values = valuesOf(constant);
  let nonZeros = 0;
  for (let i = 0; i < values.length; i++) if (Number(values[i]) !== 0) nonZeros++;
  const denseBytes = total * 4;
  return { sparsity: total === 0 ? 0 : 1 - nonZeros / total, nonZeros, total, bytes: bytesOf(constant), denseBytes };
}

function sum(counts: readonly Count[]): Count {
  const add = (of: (count: Count) => number) => counts.reduce((total, count) => total + of(count), 0);
  const [nonZeros, total] = [add((c) => c.nonZeros), add((c) => c.total)];
  const sparsity = total === 0 ? 0 : 1 - nonZeros / total;
  return { sparsity, nonZeros, total, bytes: add((c) => c.bytes), denseBytes: add((c) => c.denseBytes) };
}
