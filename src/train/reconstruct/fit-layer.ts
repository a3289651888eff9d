/** One layer: sums over all batches, then least squares. */
import { hash32, random, uniform } from '../../core/random.ts';
import type { Constant, DenseConstant } from '../../formats/constant.ts';
import { densified } from '../../formats/densify.ts';
import { keepOf } from '../../formats/table.ts';
import type { Node } from '../../graph/graph.ts';
import { encodeAs, patternOf } from '../sparsity.ts';
import { addRows, CHUNK, panels, sumBytes, sumsOf } from './gram.ts';
import type { Layer } from './layers.ts';
import { solve } from './least-squares.ts';
import type { Calibration } from './net.ts';
import type { Nets } from './open.ts';
import type { ReconstructedLayer, Settings } from './options.ts';
import { layerShape, productNode, type Rows, rowsOf } from './rows.ts';

export interface Work extends Settings {
  /** Its number, from 0. */
  readonly layer: number;
  readonly batches: number;
  readonly tell: (batch: number) => void;
  /** Throws to stop the work. */
  readonly pause: () => Promise<void> | undefined;
}

const ROWS_PER_WEIGHT = 12;
const LEAST_ROWS = 2048;

export async function fitLayer(nets: Nets, layer: Layer, run: Calibration, work: Work): Promise<ReconstructedLayer> {
  const start = performance.now();
  const dense = nets.dense.constants.get(layer.weight) as Constant;
  const current = nets.pruned.constants.get(layer.weight) as Constant;
  const shape = layerShape(layer.node, dense);
  const { groups, inputs, outputs } = shape;
  const keep = current.encoding === 'dense' ? new Uint8Array(groups * inputs * outputs).fill(1) : keepOf(current);
  const about = { name: layer.weight, node: layer.node.name, sparsity: 1 - shareOf(keep) };
  const bytes = groups * sumBytes(inputs, outputs);
  if (bytes > work.memory) {
    const skipped = `its sums need ${bytes} bytes, more than memory allows`;
    return { ...about, rows: 0, before: Number.NaN, after: Number.NaN, seconds: 0, skipped };
  }

  const sums = Array.from({ length: groups }, () => sumsOf(inputs, outputs));
  const [xs, ys] = [panels(inputs), panels(outputs)];
  const wanted = work.rows ?? Math.max(LEAST_ROWS, ROWS_PER_WEIGHT * inputs);
  const quota = Math.ceil(wanted / work.batches);
  const product = productNode(layer.node, ...freshNames(nets.dense.nodes));
  await run.advance(layer.at, layer.node.inputs[0], product, async (batch, { x, y }) => {
    const rows = rowsOf(layer.node, dense, x, y);
    const picked = pick(rows, quota, hash32(work.seed, work.layer, batch));
    for (let from = 0; from < picked.length; from += CHUNK) {
      const some = picked.subarray(from, from + CHUNK);
      for (let group = 0; group < groups; group++) {
        rows.fill(group, some, xs, ys);
        addRows(sums[group], xs, ys, some.length);
      }
      await work.pause();
    }
    work.tell(batch + 1);
    await work.pause();
  });

  const axis = outputAxis(layer.node);
  const weights = rowsOfWeight(densified(dense).data as Float32Array, dense.shape, axis);
  const mask = rowsOfWeight(keep, dense.shape, axis);
  const found = new Float32Array(weights.length);
  const shifts = new Float64Array(groups * outputs);
  let [before, after, total] = [0, 0, 0];
  for (let group = 0; group < groups; group++) {
    const range = [group * outputs * inputs, (group + 1) * outputs * inputs] as const;
    const solution = await solve(sums[group], {
      weights: Float64Array.from(weights.subarray(...range)),
      keep: mask.subarray(...range),
      ridge: work.ridge,
      bias: layer.bias !== 'fixed',
      pause: work.pause,
    });
    found.set(solution.weights, range[0]);
    shifts.set(solution.shifts, group * outputs);
    before += solution.before;
    after += solution.after;
    total += solution.wanted;
  }
  const data = weightOfRows(found, dense.shape, axis);
  const plain: DenseConstant = { encoding: 'dense', dtype: 'float32', shape: dense.shape, data };
  nets.update(layer, current.encoding === 'dense' ? plain : encodeAs(patternOf(current), plain, keep), shifts);
  const relative = (error: number) => Math.sqrt(error / (total || 1));
  return {
    ...about,
    rows: sums[0]?.rows ?? 0,
    before: relative(before),
    after: relative(after),
    seconds: (performance.now() - start) / 1000,
  };
}

function shareOf(keep: Uint8Array): number {
  return keep.length === 0 ? 1 : keep.reduce((sum, bit) => sum + bit, 0) / keep.length;
}

/** A row from each of `count` equal stretches. */
function pick({ count }: Rows, quota: number, seed: number): Uint32Array {
  if (count <= quota) return Uint32Array.from({ length: count }, (_, i) => i);
  const generator = random(seed);
  return Uint32Array.from({ length: quota }, (_, i) => {
    const from = Math.floor((i * count) / quota);
    const to = Math.floor(((i + 1) * count) / quota);
    return from + Math.floor(uniform(generator) * (to - from));
  });
}

function freshNames(nodes: readonly Node[]): [node: string, value: string] {
  const taken = new Set(nodes.flatMap(({ name, inputs, outputs }) => [name, ...inputs, ...outputs]));
  let name = 'wanted';
  while (taken.has(name)) name += "'";
  return [name, name];
}

function outputAxis({ op, attributes }: Node): 0 | 1 {
  return op === 'conv2d' || attributes.transposeB === true ? 0 : 1;
}

/** [outputs][inputs] of a weight whose outputs run along its first or its second and last axis. */
function rowsOfWeight<T extends Float32Array | Uint8Array>(data: T, shape: readonly number[], axis: 0 | 1): T {
  return axis === 0 ? data : transposed(data, shape[0], shape[1]);
}

function weightOfRows(data: Float32Array, shape: readonly number[], axis: 0 | 1): Float32Array {
  return axis === 0 ? data : transposed(data, shape[1], shape[0]);
}

function transposed<T extends Float32Array | Uint8Array>(data: T, rows: number, columns: number): T {
  const out = data.slice() as T;
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j];
  return out;
}
