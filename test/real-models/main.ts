/**
 * Real models against native onnxruntime, and with zeros of every kind against their own dense runs, in both SIMD builds:
 * `npm run test:models [-- --only TEXT]`. Ends with 1 if one differs. The models come with bench/peers, installed when first
 * asked for, and from PyTorch where it is installed.
 */
import { parseArgs } from 'node:util';
import { realModels } from '../../bench/models/table.ts';
import { installPeers, startNode24 } from '../../bench/peers.ts';
import { checkModel } from './check-model.ts';
import { TOLERANCE } from './compare.ts';

const { only } = parseArgs({ options: { only: { type: 'string', default: '' } } }).values;

const missing = await installPeers().then(
  () => undefined,
  (error: Error) => error.message,
);
if (missing === undefined) process.exitCode = await checkAll();
else console.log(`skipped: real models (bench/peers could not be installed: ${missing})`);

async function checkAll(): Promise<number> {
  let [passed, failed, skipped] = [0, 0, 0];
  const relaxed = startNode24(new URL('./relaxed.ts', import.meta.url));
  for (const model of realModels.filter(({ name }) => name.includes(only))) {
    const start = performance.now();
    try {
      const path = model.path();
      if (path === undefined) {
        skipped++;
        console.log(`skipped: ${model.name} (PyTorch makes it: apt-get install python3-torch python3-torchvision)`);
        continue;
      }
      for (const { title, off, limit = TOLERANCE } of await checkModel(model, path, relaxed)) {
        const right = off <= limit;
        const apart = limit > TOLERANCE ? ` (${limit.toExponential(1)} between the dense runs of two engines)` : '';
        if (right) passed++;
        else failed++;
        console.log(`${right ? 'passed' : 'FAILED'}: ${title}: max |Δ| / max |y| is ${off.toExponential(1)}${apart}`);
      }
    } catch (error) {
      failed++;
      console.log(`FAILED: ${model.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
    console.log(`  ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
  relaxed.stop();
  console.log(`real models: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed > 0 ? 1 : 0;
}
