/**
 * Layer-wise reconstruction: prunes a model and repairs it without gradients. Layer after layer, with the input that the
 * layer has in the net pruned so far, the kept weights are moved to where the layer gives what the dense one gave (AdaPrune,
 * Hubara et al. 2021; Optimal Brain Compression, Frantar and Alistarh 2022).
 */

import { UsageError } from '../../core/errors.ts';
import { floatsFromHalfs } from '../../core/float16.ts';
import type { Constant } from '../../formats/constant.ts';
import { keepOf } from '../../formats/table.ts';
import type { Graph } from '../../graph/graph.ts';
import { bindSymbols } from '../../ops/infer.ts';
import { verifyToRun } from '../../ops/verify.ts';
import { maskOf } from '../../prune/masks.ts';
import { prune } from '../../prune/prune.ts';
import { reportOf } from '../../prune/report.ts';
import { checkFeeds, type Feeds } from '../../runtime/executor.ts';
import { loadModule } from '../../runtime/modules.ts';
import { type AnyTensor, Tensor } from '../../runtime/tensor.ts';
import { breather } from '../breathe.ts';
import { fitLayer } from './fit-layer.ts';
import { layersOf } from './layers.ts';
import { calibration } from './net.ts';
import { openNets } from './open.ts';
import {
  type CalibrationData,
  type ReconstructedLayer,
  type Reconstruction,
  type ReconstructOptions,
  settingsOf,
} from './options.ts';

/**
 * Prunes a graph as `prune` does and repairs it on calibration data: some batches of ordinary inputs, without labels. The
 * same data gives the same bits. The graph that comes back has the same nodes; some have a bias that had none.
 *
 * @param data see CalibrationData; batches may differ in shape
 * @throws UsageError for options or feeds that are wrong
 */
export async function reconstruct(
  graph: Graph,
  data: CalibrationData,
  options: ReconstructOptions,
): Promise<Reconstruction> {
  const settings = settingsOf(options);
  const start = performance.now();
  const { graph: pruned, report: pruning } = options.pruned ? takeOver(graph, options.pruned) : prune(graph, options);
  verifyToRun(pruned);
  const changed = [...pruned.constants].filter(([name, constant]) => graph.constants.get(name) !== constant);
  const chosen = layersOf(graph, new Set(changed.map(([name]) => name)), settings.unpruned === 'fit');
  const batches = await collect(graph, data);
  const nets = openNets(graph, pruned, chosen.layers);
  const run = calibration(nets, batches, await loadModule(true), settings.memory);
  const layers: ReconstructedLayer[] = [];
  const { signal, onProgress } = options;
  const breathe = breather();
  const pause = () => {
    if (signal?.aborted) throw new Aborted();
    return breathe();
  };

  let stopped: Reconstruction['stopped'] = 'done';
  try {
    for (const [i, layer] of nets.layers.entries()) {
      const tell = (batch: number) =>
        onProgress?.({ layer: i + 1, layers: nets.layers.length, name: layer.weight, batch, batches: batches.length });
      layers.push(await fitLayer(nets, layer, run, { ...settings, layer: i, batches: batches.length, tell, pause }));
    }
  } catch (error) {
    if (!(error instanceof Aborted)) throw error;
    stopped = 'aborted';
  }
  const done = new Set(layers.map(({ name }) => name));
  for (const { weight, node } of nets.layers)
    if (!done.has(weight)) layers.push(untouched(pruned, weight, node.name, 'aborted before'));
  for (const [name, reason] of chosen.skipped) layers.push(untouched(pruned, name, '', reason));
  const report = { layers, seconds: (performance.now() - start) / 1000, pruning };
  return { graph: nets.result(), report, stopped };
}

class Aborted extends Error {}

function untouched(graph: Graph, name: string, node: string, skipped: string): ReconstructedLayer {
  const sparsity = sparsityOf(graph.constants.get(name) as Constant);
  return { name, node, sparsity, rows: 0, before: Number.NaN, after: Number.NaN, seconds: 0, skipped };
}

export function sparsityOf(constant: Constant): number {
  if (constant.encoding === 'dense') return 0;
  const keep = keepOf(constant);
  return keep.length === 0 ? 0 : keep.reduce((zeros, bit) => zeros + 1 - bit, 0) / keep.length;
}

/** The patterns of `pruned` on the weights of `graph`. */
function takeOver(graph: Graph, pruned: Graph): ReturnType<typeof prune> {
  const constants = new Map(graph.constants);
  for (const name of maskOf(pruned).keys()) {
    const [own, given] = [constants.get(name), pruned.constants.get(name) as Constant];
    if (own?.dtype !== 'float32' || own.shape.join() !== given.shape.join())
      throw new UsageError(
        `reconstruct: want a pruned graph of the same weights, got "${name}" of [${given.shape}] for ${own ? `[${own.shape}]` : 'none'}`,
      );
    constants.set(name, given);
  }
  const taken = { ...graph, constants };
  return { graph: taken, report: reportOf(taken, 'as given', new Map()) };
}

/** All batches, checked against the inputs of the graph. */
async function collect(graph: Graph, data: CalibrationData): Promise<Feeds[]> {
  const batches: Feeds[] = [];
  const source = typeof data === 'function' ? data() : data;
  if (typeof source !== 'object' || source === null || !(Symbol.iterator in source || Symbol.asyncIterator in source))
    throw new UsageError(`reconstruct: want batches of feeds, or a function that yields them, got ${typeof source}`);
  for await (const feeds of source) {
    bindSymbols(graph, checkFeeds(graph, feeds));
    batches.push(Object.fromEntries(graph.inputs.map(({ name, dtype }) => [name, asDeclared(feeds[name], dtype)])));
  }
  if (batches.length === 0) throw new UsageError('reconstruct: want at least one batch, got none');
  return batches;
}

function asDeclared(tensor: AnyTensor, dtype: string): AnyTensor {
  if (tensor.type !== 'float16' || dtype !== 'float32') return tensor;
  return new Tensor('float32', floatsFromHalfs(tensor.data), tensor.dims);
}
