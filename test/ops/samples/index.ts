/** Every sample of every op; what walks the op table takes its operands from here. */
import { attentionSamples } from './attention.ts';
import { convolutionSamples } from './convolution.ts';
import { elementwise } from './elementwise.ts';
import { indexingSamples } from './indexing.ts';
import { lossSamples } from './losses.ts';
import { movementSamples } from './movement.ts';
import { normSamples } from './norms.ts';
import { poolingSamples } from './pooling.ts';
import { productSamples } from './products.ts';
import { quantizedSamples } from './quantized.ts';
import { recurrentSamples } from './recurrent.ts';
import { reductionSamples } from './reductions.ts';
import { resamplingSamples } from './resampling.ts';
import { rows } from './rows.ts';
import type { Sample } from './sample.ts';
import { shapeSamples } from './shapes.ts';
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
  ...lossSamples,
  ...productSamples,
  ...attentionSamples,
  ...quantizedSamples,
  ...recurrentSamples,
  ...convolutionSamples,
  ...poolingSamples,
  ...normSamples,
  ...movementSamples,
  ...indexingSamples,
  ...resamplingSamples,
  ...shapeSamples,
  ...updateSamples,
  ...widthSamples,
];
