import { UsageError } from '../core/errors.ts';
import { type Dim, format, MAX_ELEMENTS, sameShape, stridesOf } from '../core/shape.ts';
import { axisOf } from './checks.ts';
import {
  type Gradient,
  type GradientContext,
  number,
  type Op,
  type OpCall,
  reject,
  shapesOf,
  typeAt,
  where,
} from './op.ts';
import { flatIndex, walk } from './walk.ts';

function axisAt(call: OpCall): number {
  return axisOf(call, number(call.attributes, 'axis'), typeAt(call, 0).shape.length);
}

/** The inputs one behind the other along `axis`. All other extents, and the types, must be equal. */
export const concat: Op = {
  name: 'concat',
  inputs: ['inputs...'],
  outputs: ['y'],
  attributes: { axis: { type: 'number' } },
  infer(call) {
    const { dtype, shape: first } = typeAt(call, 0);
    const axis = axisAt(call);
    let extent = 0;
    call.types.forEach((_, i) => {
      const { dtype: other, shape } = typeAt(call, i);
      if (other !== dtype) reject(call.node, 'inputs of one type', `${dtype} and ${other}`);
      if (shape.length !== first.length || !sameShape(shape.with(axis, 0), first.with(axis, 0)))
        reject(call.node, `inputs that differ along axis ${axis} only`, shapesOf(call));
      extent += shape[axis];
    });
    return [{ dtype, shape: first.with(axis, extent) }];
  },
  reference(call, inputs, [output]) {
    const axis = axisAt(call);
    const strides = stridesOf(output.shape);
    const y = new Float64Array(output.shape.reduce((product, extent) => product * extent, 1));
    let offset = 0;
    for (const x of inputs) {
      if (!x) throw new Error('inputs are checked by infer');
      walk(x.shape, (index, flat) => {
        y[flatIndex(index, strides) + offset * strides[axis]] = x.data[flat];
      });
      offset += x.shape[axis];
    }
    return [y];
  },
  gradient(context) {
    const dy = context.outputGradients[0];
    return dy === undefined ? [] : concatGradient(context, dy);
  },
};

/**
 * Each input gets its slice of dy. Where the feeds decide the extent of one input, the slices behind it are counted from
 * the end; where they decide several, these must all be the same symbol, and dy is split into equal parts.
 */
function concatGradient(context: GradientContext, dy: string): readonly Gradient[] {
  const { node, inputs, attributes, emit, emitMany, wants, shape } = context;
  const rank = shape(inputs[0]).length;
  const given = number(attributes, 'axis');
  const axis = given < 0 ? given + rank : given;
  const extents = inputs.map((input) => shape(input)[axis]);
  const open = extents.filter((extent) => typeof extent === 'string');
  if (open.length > 1) {
    if (!extents.every((extent) => extent === extents[0]))
      throw new UsageError(
        `${where(node)}: want at most one extent along axis ${axis} that the feeds decide, or equal ones, to differentiate, got ${format(extents)}`,
      );
    return emitMany('split', [dy], inputs.length, { axis });
  }
  const unknown = extents.findIndex((extent) => typeof extent === 'string');
  const total = (part: readonly Dim[]) => part.reduce<number>((sum, extent) => sum + Number(extent), 0);
  return inputs.map((_, i) => {
    if (!wants(i)) return undefined;
    const [before, after] = [total(extents.slice(0, i)), total(extents.slice(i + 1))];
    // From the front up to the open extent, from the back behind it; -0 would be the front, so 0 from the back is a far end.
    const fromBack = (distance: number) => (distance === 0 ? MAX_ELEMENTS : -distance);
    const start = unknown >= 0 && i > unknown ? fromBack(after + Number(extents[i])) : before;
    const end = unknown >= 0 && i >= unknown ? fromBack(after) : before + Number(extents[i]);
    return emit('slice', [dy], { starts: [start], ends: [end], axes: [axis] });
  });
}
