/** Lines as a camera or a scanner might bring them: sizes, margins, ink, blur and noise differ. */
import type { Font } from '../ocr-lines/font.ts';
import { Coverage, type Image } from '../ocr-lines/raster.ts';
import type { Dice } from './random.ts';

export function drawLine(text: string, font: Font, dice: Dice): Image {
  const { between, chance } = dice;
  const size = between(24, 60);
  const margin = (least: number, most: number) => Math.round(size * between(least, most));
  const [above, below, before, behind] = [margin(0, 0.25), margin(0, 0.25), margin(0.05, 0.5), margin(0.05, 0.5)];
  const up = Math.ceil(font.ascent * size);
  const height = up + Math.ceil(font.descent * size) + above + below;
  const width = Math.ceil(font.advance(text, size)) + before + behind;
  const ink = new Coverage(width, height);
  ink.draw(font, text, before, above + up, size);

  const dark = between(0, 80);
  const light = dark + between(110, 255 - dark);
  const [paper, pen] = chance(0.15) ? [dark, light] : [light, dark];
  let values = Float32Array.from(ink.shares(), (share) => paper + (pen - paper) * share);
  if (chance(0.5)) values = blurred(values, width, height, between(0.3, 0.03 * size));
  if (chance(0.5)) {
    const amount = between(2, 10);
    values = values.map((value) => value + amount * dice.normal());
  }
  return { width, height, pixels: Uint8Array.from(values, (value) => Math.min(255, Math.max(0, Math.round(value)))) };
}

/** By a Gaussian of this deviation in pixels; edges are drawn out. */
export function blurred(
  values: Float32Array,
  width: number,
  height: number,
  deviation: number,
): Float32Array<ArrayBuffer> {
  const reach = Math.ceil(2.5 * deviation);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const along = (from: Float32Array, step: number, extent: number, at: (i: number) => number) =>
    Float32Array.from(from, (_, i) => {
      const place = at(i);
      let sum = 0;
      for (let k = -reach; k <= reach; k++) {
        const other = Math.min(extent - 1, Math.max(0, place + k));
        sum += weights[k + reach] * from[i + (other - place) * step];
      }
      return sum / total;
    });
  const across = along(values, 1, width, (i) => i % width);
  return along(across, width, height, (i) => Math.floor(i / width));
}
