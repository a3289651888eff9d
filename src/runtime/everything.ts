/** The ops that few models have, with their kernels. Sessions load this when a model needs it, training from the start. */
import { loadEveryKernel } from '../kernels/table.ts';
import { loadEveryOp } from '../ops/table.ts';

export function loadEverything(): void {
  loadEveryOp();
  loadEveryKernel();
}
