/** What the bench of layers finds out, as it is written to JSON: one line per contestant and layer. */
import type { Layer } from './layer.ts';

export interface LayerRun {
  readonly layer: string;
  readonly kind: Layer['kind'];
  /** Tokens of a product, pixels of a convolution's output. */
  readonly columns: number;
  readonly inputs: number;
  readonly outputs: number;
  /** 'lacewing', 'onnxruntime-web' or 'onnxruntime-node'. */
  readonly engine: string;
  readonly version: string;
  /** How the zeros lie: 'dense', 'unstructured', '4x1' (output features by inputs), '2:4 by 4'. */
  readonly pattern: string;
  readonly sparsity: number;
  readonly threads: number;
  /** Kernels of the step that does the work, as the plan names them; empty for other engines. */
  readonly kernel: string;
  /** Microseconds of a run. */
  readonly min: number;
  readonly median: number;
  /** Floating-point operations of a run on weights that are not zero. */
  readonly flops: number;
}

export const isOwn = ({ engine }: LayerRun) => engine === 'lacewing';

/** The runs of each layer, in the order of measurement. */
export function byLayer(runs: readonly LayerRun[]): Map<string, LayerRun[]> {
  const groups = new Map<string, LayerRun[]>();
  for (const run of runs) groups.set(run.layer, [...(groups.get(run.layer) ?? []), run]);
  return groups;
}

/** The run of a layer by another engine, or our own dense one on one thread. */
export function rival(runs: readonly LayerRun[], layer: string, engine: string): LayerRun | undefined {
  return runs.find(
    (run) =>
      run.layer === layer && run.engine === engine && (!isOwn(run) || (run.pattern === 'dense' && run.threads === 1)),
  );
}
