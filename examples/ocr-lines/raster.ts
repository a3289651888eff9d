/** Outlines to grey pixels, by exact coverage. */
import type { Font } from './font.ts';

/** Rows of grey, 0 black to 255 white. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Curves are drawn as this many straight pieces: at the size of text no pixel tells the difference. */
const PIECES = 8;

/** Dark text on white, as tightly cut as a text detector cuts lines. */
export function renderLine(text: string, font: Font, size: number): Image {
  const margin = Math.round(size / 6);
  const up = Math.ceil(font.ascent * size);
  const height = up + Math.ceil(font.descent * size) + 2 * margin;
  const width = Math.ceil(font.advance(text, size)) + 2 * margin;
  const ink = new Coverage(width, height);
  ink.draw(font, text, margin, margin + up, size);
  return { width, height, pixels: Uint8Array.from(ink.shares(), (share) => Math.round(255 - 225 * share)) };
}

/**
 * Signed areas: an edge adds to each pixel that it crosses how much of it lies to the right of the edge, and the rest to the
 * next pixel; sums along a row are then the share of each pixel that is inside.
 */
export class Coverage {
  readonly width: number;
  readonly height: number;
  readonly #areas: Float32Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#areas = new Float32Array((width + 2) * height);
  }

  /** The base line of the text starts at x, y. */
  draw(font: Font, text: string, x: number, y: number, size: number): void {
    let [fromX, fromY, startX, startY] = [x, y, x, y];
    const to = (nextX: number, nextY: number) => {
      this.#edge(fromX, fromY, nextX, nextY);
      [fromX, fromY] = [nextX, nextY];
    };
    for (const command of font.outline(text, x, y, size)) {
      if (command.type === 'Z') {
        to(startX, startY);
      } else if (command.type === 'M') {
        [fromX, fromY, startX, startY] = [command.x, command.y, command.x, command.y];
      } else if (command.type === 'L') {
        to(command.x, command.y);
      } else {
        const [ax, ay] = [fromX, fromY];
        const { x1, y1, x2, y2 } = command;
        for (let piece = 1; piece <= PIECES; piece++) {
          const t = piece / PIECES;
          const [a, b, c, d] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
          to(a * ax + b * x1 + c * x2 + d * command.x, a * ay + b * y1 + c * y2 + d * command.y);
        }
      }
    }
  }

  /** From 0, outside, to 1. */
  shares(): number[] {
    const { width, height } = this;
    const shares: number[] = [];
    for (let y = 0; y < height; y++) {
      let sum = 0;
      for (let x = 0; x < width; x++) {
        sum += this.#areas[y * (width + 2) + x];
        shares.push(Math.min(1, Math.abs(sum)));
      }
    }
    return shares;
  }

  #edge(x0: number, y0: number, x1: number, y1: number): void {
    if (y0 === y1) return;
    const direction = y0 < y1 ? 1 : -1;
    const [topX, topY, bottomX, bottomY] = y0 < y1 ? [x0, y0, x1, y1] : [x1, y1, x0, y0];
    const slope = (bottomX - topX) / (bottomY - topY);
    for (let y = Math.max(0, Math.floor(topY)); y < Math.min(this.height, bottomY); y++) {
      const from = Math.max(y, topY);
      const to = Math.min(y + 1, bottomY);
      this.#span(y, topX + (from - topY) * slope, topX + (to - topY) * slope, direction * (to - from));
    }
  }

  /** A piece of an edge inside one row: `rise` of the row's height, from x to another x. */
  #span(y: number, from: number, to: number, rise: number): void {
    const clamp = (x: number) => Math.min(this.width, Math.max(0, x));
    const [left, right] = from < to ? [clamp(from), clamp(to)] : [clamp(to), clamp(from)];
    const row = y * (this.width + 2);
    const last = Math.max(Math.floor(left), Math.ceil(right) - 1);
    for (let x = Math.floor(left); x <= last; x++) {
      const a = Math.max(left, x);
      const b = Math.min(right, x + 1);
      const part = right > left ? (rise * (b - a)) / (right - left) : rise;
      const covered = part * (x + 1 - (a + b) / 2);
      this.#areas[row + x] += covered;
      this.#areas[row + x + 1] += part - covered;
    }
  }
}
