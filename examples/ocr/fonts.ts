/** The fonts of bench/peers, in the weights and slopes that there are. */
import { existsSync } from 'node:fs';
import { type Font, loadFont } from '../ocr-lines/font.ts';
import type { Part } from './text.ts';

const families: Readonly<Record<Part, readonly string[]>> = {
  training: [
    'open-sans',
    'roboto',
    'lato',
    'merriweather',
    'inter',
    'pt-serif',
    'roboto-mono',
    'crimson-text',
    'libre-franklin',
  ],
  test: ['noto-serif', 'ibm-plex-sans', 'ubuntu', 'source-serif-4'],
};

export function fontsOf(part: Part): Font[] {
  const fonts: Font[] = [];
  for (const family of families[part])
    for (const style of ['400-normal', '700-normal', '400-italic']) {
      const folder = new URL(`../../bench/peers/node_modules/@fontsource/${family}/files/`, import.meta.url);
      const name = `${family}-latin-${style}`;
      if (existsSync(new URL(`${name}.woff`, folder))) fonts.push(loadFont(name));
    }
  return fonts;
}
