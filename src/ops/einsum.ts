/** Sums of products over named axes. */
import { UsageError } from '../core/errors.ts';
import { format, type Shape, sizeOf, stridesOf } from '../core/shape.ts';
import { ranked } from './checks.ts';
import { type Op, type OpCall, reject, string } from './op.ts';
import { dataOf, numericAt } from './operands.ts';

/** An axis by its letter; an axis under an ellipsis by how far from the ellipsis' end it is: `.0` is its last. */
export type Label = string;

export interface Equation {
  readonly terms: readonly (readonly Label[])[];
  readonly result: readonly Label[];
}

/** Labels of a term such as `b...ij` of a tensor of the given rank. */
function labelsOf(term: string, rank: number): Label[] {
  const [before, after, ...more] = term.split('...');
  const letters = (text: string) => {
    if (!/^[a-zA-Z]*$/.test(text))
      throw new UsageError(`want letters, at most one ... per term, and commas, got ${term}`);
    return [...text];
  };
  const [first, last] = [letters(before), letters(after ?? '')];
  if (more.length > 0) throw new UsageError(`want at most one ... per term, got ${term}`);
  const hidden = rank - first.length - last.length;
  if (hidden < 0 || (after === undefined && hidden > 0))
    throw new UsageError(`want a tensor with the axes ${term || '(none)'}, got one of rank ${rank}`);
  return [...first, ...Array.from({ length: hidden }, (_, i) => `.${hidden - 1 - i}`), ...last];
}

/**
 * `ij,jk->ik` as labels per operand and of the result. Without `->` the result has the axes under the ellipsis, then every
 * letter that stands once, in alphabetical order. Throws UsageError on an equation that fits no such operands.
 */
export function parseEquation(equation: string, ranks: readonly number[]): Equation {
  const [left, right, ...more] = equation.replaceAll(' ', '').split('->');
  const written = left.split(',');
  if (more.length > 0) throw new UsageError(`want at most one -> in the equation, got ${equation}`);
  if (written.length !== ranks.length)
    throw new UsageError(`want ${ranks.length} terms, one per operand, got ${equation}`);
  const terms = written.map((term, i) => labelsOf(term, ranks[i]));
  const all = terms.flat();
  const hidden = Math.max(0, ...all.filter((label) => label[0] === '.').map((label) => Number(label.slice(1)) + 1));
  if (right !== undefined) {
    const visible = right.replace('...', '').length;
    const result = labelsOf(right, right.includes('...') ? visible + hidden : visible);
    if (new Set(result).size !== result.length || result.some((label) => !all.includes(label)))
      throw new UsageError(`want every axis of the result once, and in some operand, got ${equation}`);
    return { terms, result };
  }
  const once = all.filter((label) => label[0] !== '.' && all.indexOf(label) === all.lastIndexOf(label)).sort();
  return { terms, result: [...Array.from({ length: hidden }, (_, i) => `.${hidden - 1 - i}`), ...once] };
}

/** The equation and the extent of each of its axes; an axis of 1 broadcasts. */
function resolve(call: OpCall): Equation & { readonly extents: ReadonlyMap<Label, number> } {
  const shapes = call.types.map((_, i) => numericAt(call, i).shape);
  const text = string(call.attributes, 'equation');
  let equation: Equation;
  try {
    equation = parseEquation(
      text,
      shapes.map(({ length }) => length),
    );
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${call.node.op} "${call.node.name}": ${error.message}`);
    throw error;
  }
  const extents = new Map<Label, number>();
  equation.terms.forEach((labels, i) => {
    labels.forEach((label, axis) => {
      const [old, extent] = [extents.get(label) ?? 1, shapes[i][axis]];
      if (old !== 1 && extent !== 1 && old !== extent)
        reject(call.node, `equal extents along ${label} of ${text}`, shapes.map(format).join(' and '));
      extents.set(label, old === 1 ? extent : old);
    });
  });
  return { ...equation, extents };
}

/** Strides of an operand along the given axes. An axis that stands twice is walked along its diagonal. */
function stridesAlong(labels: readonly Label[], shape: Shape, axes: readonly Label[]): number[] {
  const strides = stridesOf(shape);
  return axes.map((wanted) =>
    labels.reduce((sum, label, axis) => (label === wanted && shape[axis] !== 1 ? sum + strides[axis] : sum), 0),
  );
}

/** ONNX Einsum: the products of the operands' elements, summed over every axis that the result lacks. */
export const einsum: Op = {
  name: 'einsum',
  inputs: ['operands...'],
  outputs: ['y'],
  attributes: { equation: { type: 'string' } },
  infer(call) {
    const [{ dtype }, ...others] = call.types.map((_, i) => numericAt(call, i));
    for (const other of others)
      if (other.dtype !== dtype) reject(call.node, 'operands of one type', `${dtype} and ${other.dtype}`);
    const { result, extents } = resolve(call);
    return [
      {
        dtype,
        shape: ranked(
          call,
          result.map((label) => extents.get(label) as number),
        ),
      },
    ];
  },
  reference(call, operands, [{ shape }]) {
    const data = dataOf(operands);
    const { terms, result, extents } = resolve(call);
    const summed = [...extents.keys()].filter((label) => !result.includes(label));
    const axes = [...result, ...summed];
    const sizes = axes.map((label) => extents.get(label) as number);
    const strides = terms.map((labels, i) => stridesAlong(labels, numericAt(call, i).shape, axes));
    const y = new Float64Array(sizeOf(shape));
    const inner = sizeOf(sizes.slice(result.length));
    const at = new Array<number>(data.length).fill(0);
    const index = new Array<number>(axes.length).fill(0);
    for (let flat = 0; flat < y.length * inner; flat++) {
      let product = 1;
      for (let i = 0; i < data.length; i++) product *= data[i][at[i]];
      y[Math.floor(flat / inner)] += product;
      for (let axis = axes.length - 1; axis >= 0; axis--) {
        const turn = ++index[axis] === sizes[axis];
        if (turn) index[axis] = 0;
        for (let i = 0; i < data.length; i++) at[i] += turn ? -strides[i][axis] * (sizes[axis] - 1) : strides[i][axis];
        if (!turn) break;
      }
    }
    return [y];
  },
  multiplyAdds: (call) => [...resolve(call).extents.values()].reduce((product, extent) => product * extent, 1),
};
