import { type DType, dtypes } from '../core/dtype.ts';
import { number, type Op, type OpCall, reject, string } from './op.ts';

function countOf(call: OpCall): number {
  const [start, limit, delta] = ['start', 'limit', 'delta'].map((name) => number(call.attributes, name));
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!Number.isFinite(count))
    reject(call.node, 'finite numbers and a delta other than 0', `${start}, ${limit}, ${delta}`);
  return count;
}

/** start, start + delta, ... as long as it is before limit. */
export const range: Op = {
  name: 'range',
  inputs: [],
  outputs: ['y'],
  attributes: {
    start: { type: 'number' },
    limit: { type: 'number' },
    delta: { type: 'number' },
    type: { type: 'string', oneOf: dtypes.filter((dtype) => dtype !== 'bool' && dtype !== 'float16') },
  },
  infer: (call) => [{ dtype: string(call.attributes, 'type') as DType, shape: [countOf(call)] }],
  reference(call) {
    const [start, delta] = [number(call.attributes, 'start'), number(call.attributes, 'delta')];
    return [Float64Array.from({ length: countOf(call) }, (_, i) => start + i * delta)];
  },
};
