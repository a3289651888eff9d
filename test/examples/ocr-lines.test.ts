/** The parts of the example that need neither fonts nor a model. */
import { describe, expect, it } from 'vitest';
import type { Command, Font } from '../../examples/ocr-lines/font.ts';
import { Coverage, renderLine } from '../../examples/ocr-lines/raster.ts';
import { charactersOf, resized, toInput, toText } from '../../examples/ocr-lines/read.ts';

const outline = (commands: readonly Command[]): Font => ({
  ...{ ascent: 1, descent: 0, advance: () => 6 },
  outline: () => commands,
});
const square = (from: number, to: number): Command[] => [
  { type: 'M', x: from, y: from },
  { type: 'L', x: to, y: from },
  { type: 'L', x: to, y: to },
  { type: 'L', x: from, y: to },
  { type: 'Z' },
];

describe('Coverage', () => {
  it('is the share of each pixel inside the outline', () => {
    const ink = new Coverage(4, 3);
    ink.draw(outline(square(0.5, 2.25)), '', 0, 0, 1);
    const rows = [
      [0.25, 0.5, 0.125, 0],
      [0.5, 1, 0.25, 0],
      [0.125, 0.25, 0.0625, 0],
    ];
    expect(ink.shares().map((share) => Number(share.toFixed(6)))).toEqual(rows.flat());
  });

  it('has the area of a circle of curves', () => {
    const k = 0.5522847498;
    const arc = (fx: number, fy: number, tx: number, ty: number): Command => ({
      ...{ type: 'C', x1: 10 + 8 * (fx + k * tx), y1: 10 + 8 * (fy + k * ty) },
      ...{ x2: 10 + 8 * (tx + k * fx), y2: 10 + 8 * (ty + k * fy), x: 10 + 8 * tx, y: 10 + 8 * ty },
    });
    const ink = new Coverage(20, 20);
    const circle = [arc(1, 0, 0, 1), arc(0, 1, -1, 0), arc(-1, 0, 0, -1), arc(0, -1, 1, 0)];
    ink.draw(outline([{ type: 'M', x: 18, y: 10 }, ...circle, { type: 'Z' }]), '', 0, 0, 1);
    const area = ink.shares().reduce((sum, share) => sum + share, 0);
    expect(Math.abs(area - Math.PI * 64)).toBeLessThan(2);
  });

  it('leaves out what lies beyond the picture', () => {
    const ink = new Coverage(2, 2);
    ink.draw(outline(square(-3, 9)), '', 0, 0, 1);
    expect(ink.shares()).toEqual([1, 1, 1, 1]);
  });
});

describe('lines of text', () => {
  it('are 48 high, in proportion, and padded', () => {
    const line = renderLine('', outline(square(2, 5)), 6);
    expect([line.width, line.height]).toEqual([8, 8]);
    expect([...line.pixels.slice(16, 24)]).toEqual([255, 255, 30, 30, 30, 255, 255, 255]);
    const { dims, data } = toInput(line);
    expect(dims).toEqual([1, 3, 48, 320]);
    expect([data[0], data[47], data[48], data[319]]).toEqual([1, 1, 0, 0]);
    expect(data[18 * 320 + 18]).toBeCloseTo((30 / 255 - 0.5) / 0.5, 5);
  });

  it('are resized between pixel centres', () => {
    const { pixels } = resized({ width: 2, height: 1, pixels: Uint8Array.of(0, 100) }, 4, 1);
    expect([...pixels]).toEqual([0, 25, 75, 100]);
  });

  it('are read from the likeliest classes, repeats once, blanks never', () => {
    const characters = charactersOf('a\nb\r\n');
    expect(characters).toEqual(['', 'a', 'b', ' ']);
    const steps = [1, 1, 0, 1, 3, 2, 0, 2];
    const data = Float32Array.from(steps.flatMap((step) => [0, 1, 2, 3].map((i) => (i === step ? 0.7 : 0.1))));
    expect(toText({ data, dims: [1, steps.length, 4] }, characters)).toBe('aa bb');
    expect(() => toText({ data, dims: [1, 1, 5] }, characters)).toThrow('want 5 characters, got 4');
  });
});
