/** One test: import, run and compare; then export, import again, run and compare. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TypedArray } from '../../src/core/dtype.ts';
import type { DenseConstant } from '../../src/formats/constant.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { readOnnx, writeOnnx } from '../../src/onnx/index.ts';
import { ModelProto } from '../../src/onnx/messages.ts';
import { readMessage } from '../../src/onnx/wire.ts';
import { InferenceSession } from '../../src/runtime/session.ts';
import { type AnyTensor, Tensor } from '../../src/runtime/tensor.ts';
import { difference } from './compare.ts';
import { type DataSet, dataSetsOf } from './data-set.ts';
import type { Case } from './suite.ts';

const steps = ['read', 'import', 'run', 'export', 'import again', 'run again'] as const;

export interface Outcome {
  /** Op types of the model's nodes. */
  readonly ops: readonly string[];
  /** What went wrong, and in which step; absent where nothing did. */
  readonly failure?: string;
}

export async function runCase({ folder }: Case): Promise<Outcome> {
  let step: (typeof steps)[number] = 'read';
  let ops: readonly string[] = [];
  try {
    const bytes = new Uint8Array(readFileSync(join(folder, 'model.onnx')));
    const { graph: proto } = readMessage(ModelProto, bytes);
    ops = [...new Set(proto?.node.map(({ opType = '?' }) => opType))];
    const initial = new Set(proto?.initializer.map(({ name }) => name));
    const ports = proto?.input.flatMap(({ name = '' }) => (initial.has(name) ? [] : [name])) ?? [];
    step = 'import';
    const graph = readOnnx(bytes);
    step = 'run';
    const sets = dataSetsOf(folder);
    await runAll(graph, ports, sets);
    step = 'export';
    const exported = writeOnnx(graph);
    step = 'import again';
    const again = readOnnx(exported);
    step = 'run again';
    await runAll(again, ports, sets);
    return { ops };
  } catch (error) {
    return { ops, failure: `${step}: ${error instanceof Error ? textOf(error) : String(error)}` };
  }
}

/** Errors of ours carry whole sentences; anything else is a mistake of ours, told with its kind. */
function textOf({ name, message }: Error): string {
  const ours = ['ModelError', 'UsageError', 'Difference'].includes(name);
  return `${ours ? '' : `${name}: `}${message.replaceAll(/\s*\n\s*/g, ' | ')}`;
}

class Difference extends Error {
  override readonly name = 'Difference';
}

async function runAll(graph: Graph, ports: readonly string[], sets: readonly DataSet[]): Promise<void> {
  using session = await InferenceSession.create(graph);
  for (const { inputs, outputs } of sets) {
    const feeds: Record<string, AnyTensor> = {};
    inputs.forEach((input, i) => {
      if (session.inputNames.includes(ports[i])) feeds[ports[i]] = tensorOf(input);
    });
    const results = await session.run(feeds);
    outputs.forEach((want, i) => {
      const name = session.outputNames[i];
      const { type: dtype, dims: shape, data } = results[name];
      const found = difference({ dtype, shape, data: data as TypedArray }, want);
      if (found !== undefined) throw new Difference(`output "${name}": ${found}`);
    });
  }
}

function tensorOf({ dtype, shape, data }: DenseConstant): AnyTensor {
  return new Tensor(dtype as 'float32', data as Float32Array, shape);
}
