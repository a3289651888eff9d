/** Every sample of every op; what walks the op table takes its operands from here. */
import { elementwise } from './elementwise.ts';
import { reductionSamples } from './reductions.ts';
import { rows } from './rows.ts';
import type { Sample } from './sample.ts';
import { set2 } from './set2.ts';
import { widthSamples } from './widths.ts';

export { type Sample, type SampleInput, sampleGraph } from './sample.ts';

export const samples: readonly Sample[] = [...elementwise, ...reductionSamples, ...rows, ...set2, ...widthSamples];
