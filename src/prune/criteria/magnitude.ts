import type { Criterion } from './criterion.ts';

/**
 * The size of the weight itself (Han et al. 2015). 'L1' is |w|, 'L2' is w²: single elements rank alike, blocks do not,
 * for L2 spares the block that holds one large weight. In doubles, so that tiny squares keep their order.
 */
export function magnitude(norm: 'L1' | 'L2' = 'L1'): Criterion {
  return ({ data }) => new Float64Array(data).map(norm === 'L1' ? Math.abs : (w) => w * w);
}
