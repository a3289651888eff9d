/** The tensors of a test: `test_data_set_<n>/input_<k>.pb` and `output_<k>.pb`, in the order of the model's ports. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DenseConstant } from '../../src/formats/constant.ts';
import { TensorProto } from '../../src/onnx/messages.ts';
import { readTensor } from '../../src/onnx/tensor.ts';
import { readMessage } from '../../src/onnx/wire.ts';

export interface DataSet {
  readonly inputs: readonly DenseConstant[];
  readonly outputs: readonly DenseConstant[];
}

export function dataSetsOf(folder: string): DataSet[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('test_data_set'))
    .sort()
    .map((name) => ({
      inputs: tensorsOf(join(folder, name), 'input'),
      outputs: tensorsOf(join(folder, name), 'output'),
    }));
}

function tensorsOf(folder: string, kind: 'input' | 'output'): DenseConstant[] {
  const position = (name: string) => Number(/_(\d+)\.pb$/.exec(name)?.[1]);
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${kind}_`))
    .sort((a, b) => position(a) - position(b))
    .map((name) => readTensor(readMessage(TensorProto, new Uint8Array(readFileSync(join(folder, name)))), name));
}
