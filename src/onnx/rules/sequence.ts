/**
 * Sequences of tensors whose lengths and positions follow from the file, as exporters write them for lists: they exist only
 * while a file is read, and leave behind the tensors that are taken out of them.
 */
import type { ImportNode, ImportRules } from '../import-rule.ts';

/** A position in a list that ends before `end`; negative ones count from there. */
function positionAt(node: ImportNode, index: number, end: number): number {
  const given = node.scalar(index, 'the position in a sequence');
  const position = given < 0 ? given + end : given;
  if (!(position >= 0 && position < end)) node.reject(`want a position in [${-end}, ${end - 1}], got ${given}`);
  return position;
}

function importInsert(node: ImportNode) {
  const before = node.sequence(0);
  // The end is a place to insert at, but -1 is the place before the last one.
  const given = node.hasInput(2) ? node.scalar(2, 'the position in a sequence') : before.length;
  const position = given < 0 ? given + before.length : given;
  if (!(position >= 0 && position <= before.length))
    node.reject(`want a position in [${-before.length}, ${before.length}], got ${given}`);
  node.finishSequence(before.toSpliced(position, 0, node.inputs[1]));
}

function importErase(node: ImportNode) {
  const before = node.sequence(0);
  const position = node.hasInput(1) ? positionAt(node, 1, before.length) : before.length - 1;
  if (before.length === 0) node.reject('want a sequence with elements, got an empty one');
  node.finishSequence(before.toSpliced(position, 1));
}

function importLength(node: ImportNode) {
  const data = BigInt64Array.of(BigInt(node.sequence(0).length));
  node.same(node.constant('length', { encoding: 'dense', dtype: 'int64', shape: [], data }));
}

function importConcat(node: ImportNode) {
  const values = node.sequence(0);
  const axis = node.attributes.get('axis', 'int');
  if (values.length === 0) node.reject('want a sequence with elements, got an empty one');
  if (node.attributes.get('new_axis', 'int', 0) === 0) return node.finish('concat', values, { axis });
  const parts = values.map((value) => node.emit('unsqueeze', [value], { axes: [axis] }));
  node.finish('concat', parts, { axis });
}

/** How many parts there are and, unless all are of extent 1, their sizes. */
function partsOf(node: ImportNode, axis: number): { readonly count: number; readonly sizes?: readonly number[] } {
  const extent = node.shape(node.inputs[0])?.at(axis);
  const known = (what: string) =>
    extent ?? node.reject(`want a known extent of axis ${axis} for ${what}, got an open one`);
  if (!node.hasInput(1)) return { count: known('parts of 1') };
  const given = node.shape(node.inputs[1]);
  if (given?.length === 0) {
    const size = node.scalar(1, 'the size of parts');
    if (!(size >= 1)) node.reject(`want parts of at least 1, got ${size}`);
    const count = Math.ceil(known('parts of one size') / size);
    return { count, sizes: Array.from({ length: count }, (_, i) => Math.min(size, known('') - i * size)) };
  }
  const [count] = given ?? [];
  if (count === undefined) return node.reject('want sizes whose number is known, got an open one');
  return node.constantOf(node.inputs[1]) ? { count, sizes: node.integers(1, 'sizes') } : { count };
}

/** Longer ones are data. */
const MAX_PARTS = 4096;

function importSplit(node: ImportNode) {
  const axis = node.attributes.get('axis', 'int', 0);
  const { count, sizes } = partsOf(node, axis);
  if (count > MAX_PARTS) node.reject(`want at most ${MAX_PARTS} parts, got ${count}`);
  const open = node.hasInput(1) && !sizes;
  const settings = { axis, ...((sizes || open) && { sizes: sizes ?? node.list(1, 'sizes') }) };
  const parts = count === 0 ? [] : node.emitMany('split', [node.inputs[0]], count, settings);
  const keep = node.hasInput(1) || node.attributes.get('keepdims', 'int', 1) !== 0;
  node.finishSequence(keep ? parts : parts.map((part) => node.emit('squeeze', [part], { axes: [axis] })));
}

const any = Number.POSITIVE_INFINITY;

export const sequenceImports: ImportRules = {
  SequenceEmpty: { since: 11, inputs: [0, 0], attributes: { dtype: 'int' }, run: (node) => node.finishSequence([]) },
  SequenceConstruct: { since: 11, inputs: [1, any], run: (node) => node.finishSequence(node.inputs) },
  SequenceInsert: { since: 11, inputs: [2, 3], run: importInsert },
  SequenceErase: { since: 11, inputs: [1, 2], run: importErase },
  SequenceAt: {
    since: 11,
    inputs: [2, 2],
    run(node) {
      const values = node.sequence(0);
      node.same(values[positionAt(node, 1, values.length)]);
    },
  },
  SequenceLength: { since: 11, inputs: [1, 1], run: importLength },
  ConcatFromSequence: { since: 11, inputs: [1, 1], attributes: { axis: 'int', new_axis: 'int' }, run: importConcat },
  SplitToSequence: { since: 11, inputs: [1, 2], attributes: { axis: 'int', keepdims: 'int' }, run: importSplit },
};
