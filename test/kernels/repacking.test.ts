/** What a row predicts of its packing, so that plans show it. */
import { expect, it } from 'vitest';
import { kernelsFor } from '../../src/kernels/registry.ts';
import { isRepacking } from '../../src/kernels/repacking.ts';
import { loadEveryKernel } from '../../src/kernels/table.ts';
import { samples } from '../ops/samples/index.ts';
import { requestOf } from './run-row.ts';

loadEveryKernel();

it('is more than nothing where a call packs, and never more than the whole', () => {
  const silent = new Set<string>();
  for (const sample of samples) {
    const { request } = requestOf(sample);
    for (const kernel of kernelsFor(sample.op)) {
      const match = kernel.match(request);
      if (typeof match === 'string') continue;
      const at = { reads: match.reads.map(() => 0), writes: match.writes.map(() => 0), scratch: 0, table: 0 };
      const packs = match.calls(at).some((call) => isRepacking(call.kernel));
      if (packs && !match.repacking) silent.add(`${sample.op}: ${kernel.name}`);
      expect(match.repacking ?? 0).toBeLessThanOrEqual(match.microseconds);
    }
  }
  expect([...silent]).toEqual([]);
});
