/** `lacewing convert`: from one model file format to the other. */
import { stat } from 'node:fs/promises';
import { UsageError } from '../core/errors.ts';
import { adoptZeros, extensionOf, readModelFile, writeModelFile } from './model-file.ts';
import { bytes, remark, say } from './text.ts';
import type { Verb } from './verb.ts';

export const convert: Verb = {
  signature: 'convert <in> <out>',
  summary: 'convert between .onnx and .lace, by the extension of the second file',
  examples: ['convert model.onnx model.lace', 'convert pruned.lace pruned.onnx --sparse'],
  declare(command) {
    command
      .option('--sparse', 'into .onnx: sparse initializers instead of written-out zeros')
      .action(async (from: string, to: string, { sparse = false }: { readonly sparse?: boolean }) => {
        const extension = extensionOf(to);
        if (sparse && extension !== '.onnx') throw new UsageError(`--sparse: want a .onnx file to write, got "${to}"`);
        const model = await readModelFile(from);
        // Zeros that an ONNX file writes out need no room in ours.
        const { graph, adopted } = extension === '.lace' || sparse ? adoptZeros(model) : { graph: model, adopted: [] };
        if (adopted.length > 0) remark(`stored sparse, for they are mostly zeros: ${adopted.join(', ')}`);
        const size = await writeModelFile(to, graph, sparse);
        say(`wrote ${to}: ${bytes(size)} (was ${bytes((await stat(from)).size)})`);
      });
  },
};
