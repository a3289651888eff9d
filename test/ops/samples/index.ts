/** Every sample of every op; what walks the op table takes its operands from here. */
import { convolutionSamples } from './convolution.ts';
import { elementwise } from './elementwise.ts';
import { movementSamples } from './movement.ts';
import { productSamples } from './products.ts';
import { reductionSamples } from './reductions.ts';
import { rows } from './rows.ts';
import type { Sample } from './sample.ts';
import { unarySamples } from './unary.ts';
import { updateSamples } from './updates.ts';
import { wholeNumberSamples } from './whole-numbers.ts';
import { widthSamples } from './widths.ts';

export { type Sample, type SampleInput, sampleGraph } from './sample.ts';

export const samples: readonly Sample[] = [
  ...elementwise,
  ...unarySamples,
  ...wholeNumberSamples,
  ...reductionSamples,
  ...rows,
  ...productSamples,
  ...convolutionSamples,
  ...movementSamples,
  ...updateSamples,
  ...widthSamples,
];
