/** Lacewing and, as the judge, native onnxruntime, behind one face. */
import { createRequire } from 'node:module';
import type { Value, Values } from '../../bench/models/values.ts';
import type { DType } from '../../src/core/dtype.ts';
import { provideInlineModules } from '../../src/entries/inline.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { InferenceSession } from '../../src/runtime/session.ts';
import { type AnyTensor, Tensor, type TensorData } from '../../src/runtime/tensor.ts';

export interface Loaded {
  readonly run: (feeds: Values) => Promise<Values>;
  readonly dispose: () => Promise<void>;
}

/** What we call of onnxruntime-node, which is not there when types are checked. */
interface Onnxruntime {
  readonly InferenceSession: {
    create(
      model: string | Uint8Array,
      options: object,
    ): Promise<{ run(feeds: Record<string, Value>): Promise<Record<string, Value>>; release(): Promise<void> }>;
  };
  readonly Tensor: new (type: string, data: Value['data'], dims: readonly number[]) => Value;
}

provideInlineModules();

export async function lacewing(model: Uint8Array | Graph): Promise<Loaded> {
  const session = await InferenceSession.create(model);
  const tensor = ({ type, data, dims }: Value) =>
    new Tensor(type as DType, data as TensorData[DType], dims) as AnyTensor;
  return {
    run: async (feeds) => session.run(mapped(feeds, tensor)),
    dispose: async () => session.dispose(),
  };
}

export async function onnxruntime(model: string | Uint8Array): Promise<Loaded> {
  const ort = createRequire(new URL('../../bench/peers/package.json', import.meta.url))(
    'onnxruntime-node',
  ) as Onnxruntime;
  // A process may not call it in vain: it warns of every initializer that it does not need.
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  return {
    run: (feeds) => session.run(mapped(feeds, ({ type, data, dims }) => new ort.Tensor(type, data, dims))),
    dispose: () => session.release(),
  };
}

function mapped<T>(feeds: Values, make: (value: Value) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, make(value)]));
}
