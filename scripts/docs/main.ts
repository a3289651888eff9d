/** Writes the made parts of every document. `npm run docs`; a test fails when one is out of date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { loadEverything } from '../../src/runtime/everything.ts';
import { documents, makers } from './documents.ts';
import { remade } from './markdown.ts';

loadEverything();

for (const path of documents()) {
  const old = readFileSync(path, 'utf8');
  const text = await remade(old, makers);
  if (text === old) continue;
  writeFileSync(path, text);
  console.log(`${path} written`);
}
