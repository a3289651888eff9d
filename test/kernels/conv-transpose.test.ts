import { expect, it } from 'vitest';
import { convTransposeKernels } from '../../src/kernels/conv-transpose.ts';
import { convTranspose2x2 } from '../../src/kernels/conv-transpose-2x2.ts';
import { samples } from '../ops/samples/index.ts';
import { requestOf, testRows } from './run-row.ts';

testRows([...convTransposeKernels, convTranspose2x2]);

it('2x2 with a stride of 2 has a kernel of its own where rows are long enough', () => {
  const mine = samples.filter(({ op, about }) => op === 'convTranspose' && about.startsWith('2x2 stride 2'));
  const matches = mine.map((sample) => typeof convTranspose2x2.match(requestOf(sample).request));
  expect(matches).toEqual(['string', 'object', 'object']);
});
