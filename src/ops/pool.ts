/** What the pooling ops share: the windows of a node over an input [N, C, ...]. */
import { format, MAX_ELEMENTS, type Shape, sizeOf } from '../core/shape.ts';
import { wholeNumbers } from './checks.ts';
import { type AttributeRule, boolean, type OpCall, reject, typeAt } from './op.ts';
import { openWindowAttributes, type Slide, slidesOf, wantFilled } from './window.ts';

export const poolAttributes: Readonly<Record<string, AttributeRule>> = {
  kernel: { type: 'numbers' },
  ...openWindowAttributes,
  ceilMode: { type: 'boolean', default: false },
};

export interface Pool {
  readonly slides: readonly Slide[];
  readonly out: Shape;
  /** N * C. */
  readonly planes: number;
  /** Elements of a plane, and of its result. */
  readonly plane: number;
  readonly pooled: number;
}

/** The windows of a pooling node over its input `input`, and the shape of its result. */
export function poolOf(call: OpCall, input: number): Pool {
  const { shape } = typeAt(call, input);
  const kernel = wholeNumbers(call, 'kernel', { least: 1, most: MAX_ELEMENTS });
  const extents = shape.slice(2);
  if (shape.length < 3 || kernel.length !== extents.length)
    reject(call.node, '[N, C, ...] and a kernel over the axes behind C', `${format(shape)} and ${format(kernel)}`);
  const slides = slidesOf(call, extents, kernel, boolean(call.attributes, 'ceilMode'));
  wantFilled(call, slides);
  const outs = slides.map(({ out }) => out);
  return {
    slides,
    out: [shape[0], shape[1], ...outs],
    planes: shape[0] * shape[1],
    plane: sizeOf(extents),
    pooled: sizeOf(outs),
  };
}
