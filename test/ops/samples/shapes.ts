import { floats, type Sample } from './sample.ts';

const wide = [floats([2, 3, 5])];

export const shapeSamples: readonly Sample[] = [
  { op: 'shape', about: 'all extents', inputs: wide },
  { op: 'shape', about: 'from the second on', inputs: wide, attributes: { start: 1 } },
  { op: 'shape', about: 'ends count from the back', inputs: wide, attributes: { start: -3, end: -1 } },
  { op: 'shape', about: 'ends beyond the rank', inputs: wide, attributes: { start: -9, end: 9 } },
  { op: 'shape', about: 'nothing in between', inputs: wide, attributes: { start: 2, end: 1 } },
  { op: 'shape', about: 'of a scalar', inputs: [floats([])] },
  { op: 'shape', about: 'of wide integers', inputs: [{ dtype: 'int64', shape: [3, 0], data: [] }] },
  { op: 'size', about: 'of three axes', inputs: wide },
  { op: 'size', about: 'of a scalar', inputs: [floats([])] },
  { op: 'size', about: 'of nothing', inputs: [{ dtype: 'bool', shape: [3, 0], data: [] }] },
];
