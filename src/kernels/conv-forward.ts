/** What the rows of conv2d share: the sizes of a node, its epilogue, and how its work is cut. */
import { type Band, type Geometry, geometryOf } from './conv-geometry.ts';
import { type Epilogue, epilogueOf } from './epilogue.ts';
import { isPlain, type Operand, type Request } from './kernel.ts';

export interface Forward {
  readonly g: Geometry;
  readonly epilogue: Epilogue;
  readonly w: Operand;
}

/** Many rows are asked for the same node. */
const known = new WeakMap<Request, Forward | string>();

export function forwardOf(request: Request): Forward | string {
  const forward = known.get(request) ?? readForward(request);
  known.set(request, forward);
  return forward;
}

function readForward(request: Request): Forward | string {
  const { attributes, inputs, outputs } = request;
  const [x, w] = inputs;
  if (!isPlain(x)) return 'wants a dense float32 image';
  if (w?.dtype !== 'float32') return 'wants a float32 filter';
  const g = geometryOf(attributes, x.shape, w.shape, outputs[0].shape);
  if (typeof g === 'string') return g;
  const epilogue = epilogueOf(request, g.filters);
  if (typeof epilogue === 'string') return epilogue;
  return { g, epilogue, w };
}

/** Bytes from one image, and from one group's planes, to the next. */
export function steps(g: Geometry) {
  const plane = g.height * g.width * 4;
  return {
    image: g.channels * plane,
    imageGroup: (g.channels / g.group) * plane,
    output: g.filters * g.t * 4,
    outputGroup: (g.filters / g.group) * g.t * 4,
    weightGroup: (g.filters / g.group) * g.depth * 4,
  };
}

/** The bands of all groups of all images in a row, of which `count` from `first`. */
export function bandsFrom(g: Geometry, bands: readonly Band[], first: number, count: number) {
  return Array.from({ length: count }, (_, i) => {
    const plane = Math.floor((first + i) / bands.length);
    return { image: Math.floor(plane / g.group), group: plane % g.group, band: bands[(first + i) % bands.length] };
  });
}
