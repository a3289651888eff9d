/** `lacewing export`: an ONNX file of any model. */
import { extensionOf, readModelFile, writeModelFile } from './model-file.ts';
import { bytes, say } from './text.ts';
import type { Verb } from './verb.ts';

interface Options {
  readonly output: string;
  readonly sparse?: boolean;
}

export const exportOnnx: Verb = {
  signature: 'export <model>',
  summary: 'write a model as ONNX (opset 17)',
  examples: ['export pruned.lace -o pruned.onnx', 'export pruned.lace --sparse -o small.onnx'],
  declare(command) {
    command
      .requiredOption('-o, --output <file.onnx>', 'where the model goes')
      .option('--sparse', 'sparse initializers: a smaller file, for runtimes that read them')
      .action(async (path: string, { output, sparse = false }: Options) => {
        extensionOf(output, ['.onnx']);
        const size = await writeModelFile(output, await readModelFile(path), sparse);
        say(`wrote ${output}: ${bytes(size)}`);
      });
  },
};
