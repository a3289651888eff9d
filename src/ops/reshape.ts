import { format, type Shape, sizeOf } from '../core/shape.ts';
import { ranked, wholeNumbers } from './checks.ts';
import { boolean, type GradientContext, type Op, type OpCall, reject, shapesOf, typeAt } from './op.ts';

/** The row for an op whose output is its first input's numbers under another shape; the gradient goes back the same way. */
export function view(
  row: Pick<Op, 'name' | 'inputs' | 'attributes' | 'shapeOnly'> & { readonly shapeOf: (call: OpCall) => Shape },
): Op {
  const { shapeOf, ...rest } = row;
  return {
    ...rest,
    outputs: ['y'],
    infer: (call) => [{ dtype: typeAt(call, 0).dtype, shape: ranked(call, shapeOf(call)) }],
    reference: (_call, [x]) => [Float64Array.from(x?.data ?? [])],
    gradient: ({ inputs, outputGradients: [dy], emit }: GradientContext) =>
      dy === undefined ? [] : [emit('reshapeLike', [dy, inputs[0]])],
    view: true,
  };
}

/**
 * The same numbers under `shape`, in which 0 copies the input's extent (or, with `allowZero`, is an extent of 0) and one -1
 * stands for what is left over.
 */
export const reshape: Op = view({
  name: 'reshape',
  inputs: ['x'],
  attributes: { shape: { type: 'numbers' }, allowZero: { type: 'boolean', default: false } },
  shapeOf(call) {
    const { shape } = typeAt(call, 0);
    const asked = wholeNumbers(call, 'shape', { least: -1 });
    const complain = (want: string): never => reject(call.node, want, `${format(asked)} for ${format(shape)}`);
    if (asked.filter((extent) => extent === -1).length > 1) complain('at most one -1 in shape');
    const copies = !boolean(call.attributes, 'allowZero');
    const known = asked.map((extent, axis) => {
      if (extent === 0 && !copies) return 0;
      if (extent === 0 && axis >= shape.length) complain('a 0 in shape only where the input has an axis to copy');
      return extent === 0 ? shape[axis] : extent;
    });
    const size = sizeOf(shape);
    const rest = known.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
    if (!known.includes(-1)) return rest === size ? known : complain(`a shape of ${size} elements`);
    if (rest === 0) complain('a -1 that the other extents determine');
    if (size % rest !== 0) complain(`extents whose product divides ${size}`);
    return known.map((extent) => (extent === -1 ? size / rest : extent));
  },
});

/** x under the shape of `like`, whose numbers are not read. */
export const reshapeLike: Op = view({
  name: 'reshapeLike',
  inputs: ['x', 'like'],
  attributes: {},
  shapeOnly: [1],
  shapeOf(call) {
    const { shape } = typeAt(call, 1);
    if (sizeOf(typeAt(call, 0).shape) !== sizeOf(shape))
      reject(call.node, 'two shapes of equally many elements', shapesOf(call));
    return shape;
  },
});
