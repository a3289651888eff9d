import { describe, expect, it } from 'vitest';
import type { Attributes } from '../../src/core/attributes.ts';
import { numbersOf, run } from './run.ts';
import { floats, sparse } from './samples/sample.ts';

const scalar = (value: number) => floats([], { data: [value] });
const one = (value: number) => floats([1], { data: [value] });

/** Steps a single weight under the gradient of w^2 / 2, which is w itself. */
function descend(op: 'sgd' | 'adam', attributes: Attributes, steps: number): number[] {
  const path: number[] = [];
  let [w, m, v] = [1, 0, 0];
  for (let t = 1; t <= steps; t++) {
    const state = op === 'sgd' ? [one(m)] : [scalar(1 - 0.9 ** t), scalar(1 - 0.999 ** t), one(m), one(v)];
    const outputs = run(op, [one(w), one(w), scalar(0.1), ...state], attributes, op === 'sgd' ? 2 : 3);
    [w, m, v] = outputs.map(({ data }) => data[0]);
    path.push(w);
  }
  return path;
}

const close = (got: readonly number[], want: readonly number[]) => {
  expect(got.length).toBe(want.length);
  want.forEach((value, i) => {
    expect(got[i]).toBeCloseTo(value, 6);
  });
};

describe('sgd', () => {
  it('steps against the gradient', () => {
    close(numbersOf('sgd', [one(2), one(3), scalar(0.5)]), [0.5]);
    close(numbersOf('sgd', [one(2), one(3), scalar(0.5)], { weightDecay: 0.1 }), [0.4]);
  });

  // By hand: m = 1, 0.9 + 0.9, ... and w -= 0.1 m.
  it('gathers momentum', () => {
    close(descend('sgd', { momentum: 0.9 }, 3), [0.9, 0.72, 0.486]);
  });

  it('looks ahead with nesterov', () => {
    close(descend('sgd', { momentum: 0.9, nesterov: true }, 2), [0.81, 0.5751]);
  });

  it('refuses momentum without its state', () => {
    expect(() => run('sgd', [one(1), one(1), scalar(1)], { momentum: 0.9 })).toThrow('want m where momentum is not 0');
    expect(() => run('sgd', [one(1), one(1), scalar(1)], {}, 2)).toThrow('want m where its new value is wanted');
    expect(() => run('sgd', [one(1), one(1), scalar(1), one(0)], { nesterov: true })).toThrow('want momentum > 0');
    expect(() => run('sgd', [one(1), floats([2]), scalar(1)])).toThrow('want input 1 as float32 [1], got float32 [2]');
    expect(() => run('sgd', [one(1), one(1), one(1)])).toThrow('want input 2 as float32 [], got float32 [1]');
  });
});

describe('adam', () => {
  // A first step is lr * sign(g) whatever the scale; with constant gradients so are all of them.
  it('first steps by the learning rate', () => {
    const state = [scalar(0.1), scalar(0.001), one(0), one(0)];
    close(numbersOf('adam', [one(1), one(0.25), scalar(0.1), ...state], {}, 3), [0.9]);
    close(numbersOf('adam', [one(1), one(-50), scalar(0.1), ...state], {}, 3), [1.1]);
  });

  // Per step by hand: m = 0.9 m + 0.1 w, v = 0.999 v + 0.001 w², w -= 0.1 (m / (1 - 0.9^t)) / sqrt(v / (1 - 0.999^t)).
  it('corrects the bias of its moments', () => {
    const [first, second] = descend('adam', {}, 2);
    const m = (0.9 * 0.1 + 0.1 * 0.9) / 0.19;
    const v = (0.999 * 0.001 + 0.001 * 0.81) / (1 - 0.999 ** 2);
    close([first, second], [0.9, 0.9 - (0.1 * m) / Math.sqrt(v)]);
  });

  it('decays weights through the gradient, or beside it', () => {
    const state = [scalar(0.1), scalar(0.001), one(0), one(0)];
    const inputs = [one(1), one(-1), scalar(0.1), ...state];
    close(numbersOf('adam', inputs, { weightDecay: 3 }, 3), [0.9]);
    close(numbersOf('adam', inputs, { weightDecay: 0.5, decoupled: true }, 3), [1 * 0.95 + 0.1]);
  });
});

describe('a sparse weight', () => {
  it('is updated by its stored values', () => {
    const w = sparse([8, 3], 'nm', 1, { n: 2, m: 4 });
    const [updated, moved] = run('sgd', [w, floats([12]), scalar(0), floats([12])], {}, 2);
    expect(updated.shape).toEqual([8, 3]);
    expect(updated.stored).toBe(12);
    expect(updated.data.length).toBe(12);
    expect(moved.shape).toEqual([12]);
    expect(() => run('sgd', [w, floats([8, 3]), scalar(0)])).toThrow(
      'want input 1 as float32 [12], got float32 [8, 3]',
    );
  });
});
