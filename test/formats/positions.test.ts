import { describe, expect, it } from 'vitest';
import { STICK_OUT, storedPositions } from '../../src/formats/positions.ts';
import { keepOf, toDense } from '../../src/formats/table.ts';
import { sampleGraph, sparse } from '../ops/samples/sample.ts';

const weights = [
  sparse([11, 7], 'csr', 1),
  sparse([11, 7], 'csr', 0),
  sparse([4, 3, 5], 'csr', 1),
  sparse([5, 2, 3, 1], 'bsr', 0, { block: [4, 1] }),
  sparse([9, 5], 'bsr', 1, { block: [2, 4] }),
  sparse([9, 5], 'nm', 1, { n: 2, m: 4 }),
  sparse([5, 7], 'nm', 0, { n: 3, m: 4, sharedRows: 2 }),
  sparse([3, 5, 3], 'nm', 1, { n: 1, m: 4, sharedRows: 4 }),
];

describe('stored positions', () => {
  it.each(weights)('$sparse.encoding $shape along axis $sparse.outputAxis', (weight) => {
    const { graph } = sampleGraph({ op: 'sample', about: 'a pattern', inputs: [undefined, weight] });
    const constant = graph.constants.get('constant1');
    if (!constant || constant.encoding === 'dense') throw new Error('want a sparse constant');
    const positions = storedPositions(constant);
    const dense = toDense(constant);
    const keep = keepOf(constant);
    expect(positions.length).toBe(constant.values.length);
    const filled = new Float32Array(dense.length);
    const kept = new Uint8Array(dense.length);
    positions.forEach((at, i) => {
      if (at === STICK_OUT) expect(constant.values[i]).toBe(0);
      else {
        expect(kept[at]).toBe(0);
        kept[at] = 1;
        filled[at] = constant.values[i];
      }
    });
    expect(filled).toEqual(dense);
    expect(kept).toEqual(keep);
  });

  it('of a dense constant are all positions', () => {
    const data = Float32Array.of(1, 2, 3);
    expect([...storedPositions({ encoding: 'dense', dtype: 'float32', shape: [3], data })]).toEqual([0, 1, 2]);
  });
});
