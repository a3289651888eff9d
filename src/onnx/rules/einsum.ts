/** Einsum as products of matrices where it is made of them; what is left stays an op of its own. */
import { UsageError } from '../../core/errors.ts';
import { type Equation, type Label, parseEquation } from '../../ops/einsum.ts';
import { string } from '../../ops/op.ts';
import { text } from '../attributes.ts';
import type { ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRules } from '../import-rule.ts';

/** A value and the labels of its axes in order. */
interface Term {
  readonly value: string;
  readonly labels: readonly Label[];
}

type Emit = ImportNode['emit'];

const shared = (a: readonly Label[], b: readonly Label[]) => a.filter((label) => b.includes(label));
const without = (a: readonly Label[], b: readonly Label[]) => a.filter((label) => !b.includes(label));

/** The axes of a term in another order. */
function ordered(emit: Emit, { value, labels }: Term, order: readonly Label[]): string {
  if (labels.join() === order.join()) return value;
  return emit('transpose', [value], { perm: order.map((label) => labels.indexOf(label)) });
}

/** Sums over the axes that nobody needs. */
function summed(emit: Emit, { value, labels }: Term, needed: readonly Label[]): Term {
  const axes = labels.flatMap((label, axis) => (needed.includes(label) ? [] : [axis]));
  if (axes.length === 0) return { value, labels };
  return { value: emit('reduceSum', [value], { axes, keepDims: false }), labels: shared(labels, needed) };
}

/** New axes of 1 so that the axes are the last of `wanted`, of which the term has some in this order: enough to broadcast. */
function spread(emit: Emit, value: string, has: readonly Label[], wanted: readonly Label[]): string {
  const first = wanted.findIndex((label) => has.includes(label));
  const axes = wanted.slice(Math.max(0, first)).flatMap((label, axis) => (has.includes(label) ? [] : [axis]));
  return axes.length === 0 ? value : emit('unsqueeze', [value], { axes });
}

/** Extents by label, as far as the file tells. */
type Extents = ReadonlyMap<Label, number>;

/** How many elements axes have together; undefined where that is open, or 0, beside which nothing can be left over. */
function together(labels: readonly Label[], extents: Extents): number | undefined {
  const product = labels.reduce((size, label) => size * (extents.get(label) ?? Number.NaN), 1);
  return product > 0 ? product : undefined;
}

/** Where the axes of one operand go: before the matrices, and into their rows and columns. */
interface Matrices {
  readonly before: readonly Label[];
  readonly rows: readonly Label[];
  readonly columns: readonly Label[];
}

/** [before..., rows, columns] with one axis for each of the latter two; undefined where too many extents are open. */
function matrices(emit: Emit, term: Term, { before, rows, columns }: Matrices, extents: Extents): string | undefined {
  const value = ordered(emit, term, [...before, ...rows, ...columns]);
  if (rows.length === 1 && columns.length === 1) return value;
  const sizes = [together(rows, extents), together(columns, extents)];
  if (sizes.every((size) => size === undefined)) return undefined;
  const last = sizes[1] ?? -1;
  return emit('reshape', [value], { shape: [...before.map(() => 0), sizes[0] ?? -1, last] });
}

/**
 * Two terms as one; `needed` are the labels that matter later. With b in both and needed, k in both and not, m and n in one:
 *
 *     [b..., m, k] x [b..., k, n] = [b..., m, n]
 *
 * Several axes of k are one axis of the matrices, and so are those of m and n, where their extents are known; else all but
 * the last of them go before the matrices, where the other operand has axes of 1.
 */
function product(emit: Emit, left: Term, right: Term, needed: readonly Label[], extents: Extents): Term | undefined {
  const a = summed(emit, left, [...needed, ...right.labels]);
  const b = summed(emit, right, [...needed, ...left.labels]);
  const common = shared(a.labels, b.labels);
  const batch = shared(common, needed);
  const k = without(common, needed);
  const [m, n] = [without(a.labels, common), without(b.labels, common)];
  if (k.length === 0) {
    const labels = [...batch, ...m, ...n];
    const [x, y] = [ordered(emit, a, [...batch, ...m]), ordered(emit, b, [...batch, ...n])];
    const operands = [spread(emit, x, [...batch, ...m], labels), spread(emit, y, [...batch, ...n], labels)];
    return { value: emit('mul', operands), labels };
  }
  const apart = (own: readonly Label[], merge: boolean) => (merge ? [] : own.slice(0, -1));
  const nBefore = apart(n, together(n, extents) !== undefined);
  // The rows of a matrix by one other may as well stay several axes.
  const mBefore = apart(m, batch.length + nBefore.length > 0 && together(m, extents) !== undefined);
  const [mRows, nColumns] = [m.slice(mBefore.length), n.slice(nBefore.length)];
  const leading = [...batch, ...mBefore, ...nBefore];
  const plain = leading.length === 0 && m.length === 1 && n.length === 1 && k.length === 1;
  const place = (before: readonly Label[], rows: readonly Label[], columns: readonly Label[]) => ({
    before,
    rows,
    columns,
  });
  let x: string | undefined = a.value;
  let y: string | undefined = b.value;
  if (!plain) {
    x = matrices(emit, a, place([...batch, ...mBefore], mRows, k), extents);
    y = matrices(emit, b, place([...batch, ...nBefore], k, nColumns), extents);
    if (x === undefined || y === undefined) return undefined;
    const rest = ['rows', 'columns'];
    x = spread(emit, x, [...batch, ...mBefore, ...rest], [...leading, ...rest]);
    y = spread(emit, y, [...batch, ...nBefore, ...rest], [...leading, ...rest]);
  }
  const settings = {
    ...(plain && a.labels[0] === k[0] && { transposeA: true }),
    ...(plain && b.labels[1] === k[0] && { transposeB: true }),
  };
  const value = emit('matmul', [x, y], settings);
  const labels = [...leading, ...mRows, ...nColumns];
  const dropped = [...(m.length === 0 ? [-2] : []), ...(n.length === 0 ? [-1] : [])];
  if (mRows.length <= 1 && nColumns.length <= 1)
    return { value: dropped.length > 0 ? emit('squeeze', [value], { axes: dropped }) : value, labels };
  // What is merged is known; of a single axis beside it at most one is left over.
  const extent = (label: Label) => extents.get(label) ?? -1;
  const shape = [...leading.map(() => 0), ...mRows.map(extent), ...nColumns.map(extent)];
  if (shape.filter((size) => size === -1).length > 1) return undefined;
  return { value: emit('reshape', [value], { shape }), labels };
}

/** Nodes that are wanted only if all of them can be made. The last one makes the node's output. */
function draft(node: ImportNode) {
  const drafts: Parameters<Emit>[] = [];
  const emit: Emit = (...args) => `#${drafts.push(args) - 1}`;
  const commit = (): void => {
    const names = new Map<string, string>();
    drafts.forEach(([op, inputs, attributes], i) => {
      const values = inputs.map((input) => names.get(input) ?? input);
      if (i === drafts.length - 1) node.finish(op, values, attributes);
      else names.set(`#${i}`, node.emit(op, values, attributes));
    });
  };
  return { emit, commit, isEmpty: () => drafts.length === 0 };
}

/** undefined where an operand is read along a diagonal, or nothing is known of its axes. */
function equationOf(node: ImportNode, equation: string): (Equation & { readonly extents: Extents }) | undefined {
  const shapes = node.inputs.map((input) => node.shape(input));
  if (!shapes.every((shape) => shape !== undefined)) return undefined;
  let parsed: Equation;
  try {
    parsed = parseEquation(
      equation,
      shapes.map(({ length }) => length),
    );
  } catch (error) {
    if (error instanceof UsageError) return node.reject(error.message);
    throw error;
  }
  if (parsed.terms.some((labels) => new Set(labels).size !== labels.length)) return undefined;
  const extents = new Map<Label, number>();
  const different = new Set<Label>();
  parsed.terms.forEach((labels, i) => {
    labels.forEach((label, axis) => {
      const extent = shapes[i][axis];
      if (extent === undefined) return;
      if ((extents.get(label) ?? extent) !== extent) different.add(label);
      extents.set(label, extent);
    });
  });
  // Axes that broadcast are left to the op.
  return different.size > 0 ? undefined : { ...parsed, extents };
}

function importEinsum(node: ImportNode) {
  const equation = node.attributes.get('equation', 'string');
  const parsed = equationOf(node, equation);
  const { emit, commit, isEmpty } = draft(node);
  const made = parsed && contracted(emit, node.inputs, parsed);
  if (!made) return node.finish('einsum', node.inputs, { equation });
  ordered(emit, made, parsed.result);
  if (isEmpty()) return node.same(made.value);
  commit();
}

/** All operands as one term with the labels of the result. */
function contracted(
  emit: Emit,
  inputs: readonly string[],
  { terms, result, extents }: Equation & { readonly extents: Extents },
): Term | undefined {
  let [made, ...rest] = terms.map((labels, i): Term => ({ labels, value: inputs[i] }));
  while (rest.length > 0) {
    const [next, ...later] = rest;
    const both = product(emit, made, next, [...result, ...later.flatMap(({ labels }) => labels)], extents);
    if (!both) return undefined;
    [made, rest] = [both, later];
  }
  return summed(emit, made, result);
}

export const einsumImports: ImportRules = {
  Einsum: {
    since: 12,
    inputs: [1, Number.POSITIVE_INFINITY],
    attributes: { equation: 'string' },
    run: importEinsum,
  },
};

export const einsumExports: ExportRules = {
  einsum: (node) => node.finish('Einsum', node.inputs, { equation: text(string(node.attributes, 'equation')) }),
};
