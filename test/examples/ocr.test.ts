/** The parts of the example that need neither fonts nor a model. */
import { describe, expect, it } from 'vitest';
import { greatest, logitsOf, type Taught } from '../../examples/ocr/answers.ts';
import { batchesOf } from '../../examples/ocr/batches.ts';
import { blurred, drawLine } from '../../examples/ocr/draw.ts';
import { editsBetween, errorOf } from '../../examples/ocr/errors.ts';
import { WIDTHS, writeInput } from '../../examples/ocr/lines.ts';
import { marksOf } from '../../examples/ocr/marks.ts';
import { readOptions } from '../../examples/ocr/options.ts';
import { dice, shuffled } from '../../examples/ocr/random.ts';
import { lineOf } from '../../examples/ocr/text.ts';
import type { Font } from '../../examples/ocr-lines/font.ts';
import { Tensor } from '../../src/runtime/tensor.ts';

const square: Font = {
  ...{ ascent: 0.8, descent: 0.2 },
  advance: (text, size) => text.length * size,
  outline: (_, x, y, size) => [
    { type: 'M', x, y },
    { type: 'L', x: x + size / 2, y },
    { type: 'L', x: x + size / 2, y: y - size / 2 },
    { type: 'Z' },
  ],
};

describe('lines', () => {
  it('are the same for the same seed and number, and others for another', () => {
    const words = ['alpha', 'beta', 'gamma', 'delta'];
    const make = (seed: number, index: number) => {
      const own = dice(seed, index);
      const text = lineOf(words, 20, own);
      return { text, ...drawLine(text, square, own) };
    };
    expect(make(1, 5)).toEqual(make(1, 5));
    const texts = [make(1, 5), make(1, 6), make(2, 5)].map(({ text }) => text);
    expect(new Set(texts).size).toBe(3);
    for (const text of texts) expect(text.length).toBeGreaterThanOrEqual(20);
  });

  it('are drawn over the whole range of choices', () => {
    const own = dice(3, 4);
    const numbers = Array.from({ length: 2000 }, () => own.whole(0, 9));
    for (let digit = 0; digit < 10; digit++)
      expect(Math.abs(numbers.filter((number) => number === digit).length - 200)).toBeLessThan(60);
    const normals = Array.from({ length: 2000 }, () => own.normal());
    expect(Math.abs(normals.reduce((sum, value) => sum + value ** 2, 0) / 2000 - 1)).toBeLessThan(0.15);
    expect([...shuffled(50, own)].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it('blurred keep their light, and lose their contrast', () => {
    const values = Float32Array.from({ length: 21 * 15 }, (_, i) => (i === 7 * 21 + 10 ? 100 : 0));
    const soft = blurred(values, 21, 15, 1.5);
    expect(soft.reduce((sum, value) => sum + value, 0)).toBeCloseTo(100, 2);
    expect(Math.max(...soft)).toBeLessThan(10);
  });

  it('are written channel after channel, grey to the right', () => {
    const into = new Float32Array(3 * 48 * 4).fill(9);
    writeInput({ width: 2, height: 48, pixels: new Uint8Array(96).fill(255) }, 4, into);
    expect([...into.subarray(0, 5)]).toEqual([1, 1, 0, 0, 1]);
    expect(into.subarray(2 * 48 * 4)).toEqual(into.subarray(0, 48 * 4));
  });
});

describe('batches', () => {
  it('hold lines of one width, each once, in another order each epoch', () => {
    const widths = Array.from({ length: 60 }, (_, i) => WIDTHS[i % 3]);
    const first = batchesOf(widths, 1, 0);
    expect(first).toEqual(batchesOf(widths, 1, 0));
    expect(first).not.toEqual(batchesOf(widths, 1, 1));
    const numbers = first.flat();
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const batch of first) {
      expect(new Set(batch.map((i) => widths[i])).size).toBe(1);
      expect(batch).toHaveLength(Math.floor(2560 / widths[batch[0]]));
    }
  });

  it('bring the teacher’s shares: the greatest as they were, the rest together', () => {
    const own = dice(1, 2);
    const classes = 400;
    const logits = Float32Array.from({ length: 2 * 3 * classes }, () => 2 * own.normal());
    const kept = greatest(new Tensor('float32', logits, [2, 3, classes]));
    const row = (i: number) => ({
      ...{ width: 320, image: { width: 1, height: 48, pixels: new Uint8Array(48) }, features: new Map() },
      classes: (kept.classes.data as Uint16Array).subarray(36 * i, 36 * (i + 1)),
      logs: (kept.logs.data as Float32Array).subarray(36 * i, 36 * (i + 1)),
    });
    const lines: Taught[] = [row(0), row(1)];
    const { data, dims } = logitsOf(lines, classes);
    expect(dims).toEqual([2, 3, classes]);
    for (let step = 0; step < 6; step++) {
      const [before, after] = [logits, data].map((all) => {
        const powers = Array.from(all.subarray(step * classes, (step + 1) * classes), Math.exp);
        const sum = powers.reduce((a, b) => a + b, 0);
        return powers.map((power) => power / sum);
      });
      const order = before.map((_, i) => i).sort((a, b) => before[b] - before[a]);
      for (const i of order.slice(0, 12)) expect(after[i]).toBeCloseTo(before[i], 5);
      expect(after.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    }
  });
});

describe('marks', () => {
  it('are edits as a share of characters, spaces at the ends aside', () => {
    expect(editsBetween('kitten', 'sitting')).toBe(3);
    expect(editsBetween('', 'abc')).toBe(3);
    expect(
      errorOf([
        ['abcd', 'abxd'],
        ['efgh', 'efgh'],
      ]),
    ).toBe(1 / 8);
    const marks = marksOf(['ab cd', 'no'], [' ab cd ', 'n o']);
    expect(marks).toEqual({ error: 1 / 7, withoutSpaces: 0, exact: 1 });
  });
});

describe('options', () => {
  it('are numbers within bounds', () => {
    expect(readOptions(['--sparsity', '0.8', '--sparsity', '0.5', '--minutes', '3'])).toMatchObject({
      ...{ sparsities: [0.5, 0.8], minutes: 3, seed: 1, lines: 1024 },
    });
    expect(readOptions(['--help'])).toBeUndefined();
    expect(() => readOptions(['--sparsity', '70'])).toThrow('--sparsity: want a number from 0 to 0.99, got "70"');
    expect(() => readOptions(['--seed', '1.5'])).toThrow('--seed: want a whole number');
    expect(() => readOptions(['--minutes', '3', '--epochs', '2'])).toThrow('--epochs: want it without --minutes');
    expect(() => readOptions(['--speed', '1'])).toThrow('--speed');
  });
});
