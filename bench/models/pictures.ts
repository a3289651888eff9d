/** Pictures as models of images see them. */
import { fontNames, loadFont } from '../../examples/ocr-lines/font.ts';
import { type Image, renderLine } from '../../examples/ocr-lines/raster.ts';
import { resized, toInput } from '../../examples/ocr-lines/read.ts';
import { noise } from './speech.ts';
import { floats, type Value } from './values.ts';

const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];

/** Shapes with soft edges on a ground that grows lighter, with grain. Scaled as ImageNet's networks want it. */
export function photo(images: number, height: number, width: number, seed = 1): Value {
  const random = noise(seed);
  return floats([images, 3, height, width], (i) => {
    const [x, y] = [(i % width) / width, (Math.floor(i / width) % height) / height];
    const plane = Math.floor(i / (width * height));
    const [channel, image] = [plane % 3, Math.floor(plane / 3)];
    const disc = 1 / (1 + Math.exp(40 * (Math.hypot(x - 0.4 - 0.1 * image, y - 0.45) - 0.22)));
    const stripes = y > 0.7 ? 0.25 * Math.sin(60 * x + 9 * channel) : 0;
    const level = 0.25 + 0.4 * y + (0.5 - 0.3 * channel) * disc + stripes + 0.03 * random();
    return (Math.min(1, Math.max(0, level)) - MEAN[channel]) / DEVIATION[channel];
  });
}

/** A page with lines of text, scaled as PP-OCR's detector wants it. */
export function page(height: number, width: number, lines: readonly string[]): Value {
  const sheet = new Uint8Array(height * width).fill(255);
  const size = Math.max(14, Math.min(32, Math.floor(height / 14)));
  let top = Math.round(size / 2);
  for (const [i, text] of lines.entries()) {
    const line = renderLine(text, loadFont(fontNames[i % fontNames.length]), size);
    if (top + line.height > height) break;
    const left = (i * 29) % Math.max(1, Math.min(60, width - line.width));
    for (let y = 0; y < line.height; y++)
      for (let x = 0; x < Math.min(line.width, width - left); x++)
        sheet[(top + y) * width + left + x] = line.pixels[y * line.width + x];
    top += line.height + Math.round(size / 3);
  }
  return floats([1, 3, height, width], (i) => {
    const channel = Math.floor(i / (height * width));
    return (sheet[i % (height * width)] / 255 - MEAN[channel]) / DEVIATION[channel];
  });
}

/** Lines of text as a batch for PP-OCR's recognition, each cut or padded to the width. */
export function lineBatch(lines: readonly string[], width: number): Value {
  const planes = lines.map((text, i) => toInput(renderLine(text, loadFont(fontNames[i % fontNames.length]), 36)));
  const rows = 3 * 48;
  return floats([lines.length, ...[3, 48, width]], (i) => {
    const [line, row, x] = [Math.floor(i / (rows * width)), Math.floor(i / width) % rows, i % width];
    const { data, dims } = planes[line];
    return x < dims[3] ? data[row * dims[3] + x] : 0;
  });
}

/** Lines for PP-OCR's classifier of directions, 48 x 192; every other one stands on its head. */
export function directions(lines: readonly string[]): Value {
  const [height, width] = [48, 192];
  const images = lines.map((text, i): Image => {
    const line = renderLine(text, loadFont(fontNames[i % fontNames.length]), 36);
    const cut = resized(line, Math.min(width, Math.ceil((line.width * height) / line.height)), height);
    return i % 2 === 1 ? { ...cut, pixels: cut.pixels.slice().reverse() } : cut;
  });
  return floats([lines.length, 3, height, width], (i) => {
    const image = images[Math.floor(i / (3 * height * width))];
    const [x, y] = [i % width, Math.floor(i / width) % height];
    return x < image.width ? (image.pixels[y * image.width + x] / 255 - 0.5) / 0.5 : 0;
  });
}
