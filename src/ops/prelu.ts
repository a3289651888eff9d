import { binary } from './elementwise.ts';
import type { Op } from './op.ts';

/** x where x ≥ 0, else slope · x (He et al. 2015). The slope is repeated to the shape of x. */
export const prelu: Op = binary({
  name: 'prelu',
  oneWay: true,
  apply: (x, slope) => (x < 0 ? slope * x : x),
  whole: (x, slope) => slope * x,
  gradient({ emit, scalar, inputs: [x, slope] }, dy) {
    const below = () => emit('less', [x, scalar(0)]);
    return [
      () => emit('where', [below(), emit('mul', [dy, slope]), dy]),
      () => emit('where', [below(), emit('mul', [dy, x]), scalar(0)]),
    ];
  },
});
