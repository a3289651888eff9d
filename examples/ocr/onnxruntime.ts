/** The exported model in native onnxruntime, which knows nothing of Lacewing. */
import { readFileSync } from 'node:fs';
import { progress } from '../demo/progress.ts';
import { onnxruntimeReader } from '../ocr-lines/onnxruntime.ts';
import type { Image } from '../ocr-lines/raster.ts';
import { widthFor } from './lines.ts';
import { batchOfLines } from './model.ts';

/** How many lines it reads as Lacewing did. */
export async function sameTexts(
  file: string,
  lines: readonly Image[],
  texts: readonly string[],
  characters: readonly string[],
): Promise<number> {
  const read = await onnxruntimeReader(new Uint8Array(readFileSync(file)), characters, (line) =>
    batchOfLines([line], widthFor(line)),
  );
  const bar = progress('read, onnxruntime', lines.length);
  let same = 0;
  for (const [i, line] of lines.entries()) {
    same += Number((await read(line)) === texts[i]);
    bar.update(i + 1, '');
  }
  bar.end(`${same} of ${lines.length} lines alike`);
  return same;
}
