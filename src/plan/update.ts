/** Brings the new values of constants home, where the op that made them could not write there. */
import { invariant, UsageError } from '../core/errors.ts';
import { format, sameShape } from '../core/shape.ts';
import type { Graph } from '../graph/graph.ts';
import { copyBytes } from '../kernels/update.ts';
import type { TensorType } from '../ops/op.ts';
import type { Buffer } from './plan.ts';
import { type Planning, typeOf } from './planning.ts';
import { homeLayout } from './values.ts';

/** Throws UsageError for an update whose new value is not of the constant's type and shape. */
export function checkUpdates(graph: Graph, types: ReadonlyMap<string, TensorType>): void {
  for (const { constant, value } of graph.updates) {
    const [want, got] = [typeOf(types, constant), typeOf(types, value)];
    const fits = want.dtype === got.dtype && sameShape(want.shape, got.shape) && want.stored === got.stored;
    if (!fits) throw new UsageError(`update of "${constant}": want ${describe(want)}, got "${value}" ${describe(got)}`);
  }
}

function describe({ dtype, shape, stored }: TensorType): string {
  return `${dtype} ${format(shape)}${stored === undefined ? '' : ` with ${stored} stored`}`;
}

export function planUpdates({ graph, values }: Planning): void {
  const moves = graph.updates.map(({ constant, value }) => {
    const target = values.get(constant);
    const layout = homeLayout(target);
    const source = values.get(value);
    const from = source.buffers.get(layout) ?? values.materialize(source, 'rows');
    return { constant, from, to: values.materialize(target, layout) };
  });
  const outstanding = moves.filter(({ from, to }) => from !== to);
  // A new value that lies in a constant itself would be lost if that constant moved first.
  const safe = outstanding.map((move) => {
    if (move.from.place !== 'constant') return move;
    const aside = values.allocate('arena', move.from.bytes, `${move.constant}@aside`);
    copy(move.constant, move.from, aside);
    return { ...move, from: aside };
  });
  for (const { constant, from, to } of safe) copy(constant, from, to);

  function copy(title: string, from: Buffer, to: Buffer): void {
    invariant(from.bytes === to.bytes, `the new value of ${title} has ${from.bytes} bytes, want ${to.bytes}`);
    const operand = { dtype: 'uint8', shape: [from.bytes], layout: 'rows' } as const;
    const match = copyBytes.match({ op: copyBytes.op, attributes: {}, inputs: [operand], outputs: [operand] });
    invariant(typeof match === 'object', 'bytes can always be copied');
    values.steps.push({
      title,
      op: copyBytes.op,
      kernel: copyBytes.name,
      reads: [from.id],
      writes: [to.id],
      layouts: { reads: ['rows'], writes: ['rows'] },
      microseconds: match.microseconds,
      reason: 'the new value could not be written in place',
      match,
    });
  }
}
