/** Indices that ops take as an input: their type, and what a negative or wrong one means. */
import { UsageError } from '../core/errors.ts';
import { type OpCall, reject, type TensorType, typeAt, where } from './op.ts';

/** The type of a required input that must hold indices. */
export function indicesAt(call: OpCall, input: number): TensorType {
  const type = typeAt(call, input);
  if (type.dtype !== 'int32' && type.dtype !== 'int64') reject(call.node, 'indices of int32 or int64', type.dtype);
  return type;
}

/** The index counted from the front; a negative one counts from the back. `position` says where it was met. */
export function fromFront(call: OpCall, index: number, extent: number, position: number): number {
  if (!(index >= -extent && index < extent))
    throw new UsageError(
      `${where(call.node)}: want indices in [${-extent}, ${extent - 1}], got ${index} at position ${position}`,
    );
  return index < 0 ? index + extent : index;
}
