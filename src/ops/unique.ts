import { axisOf } from './checks.ts';
import { boolean, type NdArray, number, type Op, typeAt } from './op.ts';
import { around, dataOf } from './operands.ts';
import { UnknownNumbersError } from './unknown.ts';

/**
 * The different slices along `axis`, in ascending order or, where not `sorted`, as they are met first. Further outputs: where
 * each is met first, which of them stands at each position, and how often each occurs.
 */
export const unique: Op = {
  name: 'unique',
  inputs: ['x'],
  outputs: ['y', 'indices?', 'inverse?', 'counts?'],
  attributes: { axis: { type: 'number', default: 0 }, sorted: { type: 'boolean', default: true } },
  infer(call) {
    typeAt(call, 0);
    throw new UnknownNumbersError(call.node, 'the shape', call.node.inputs[0]);
  },
  dynamic(call, inputs): NdArray[] {
    const { dtype, shape } = typeAt(call, 0);
    const [x] = dataOf(inputs);
    const axis = axisOf(call, number(call.attributes, 'axis'), shape.length);
    const { outer, extent, inner } = around(shape, axis);
    const sliceAt = (i: number) =>
      Float64Array.from(
        { length: outer * inner },
        (_, k) => x[(Math.floor(k / inner) * extent + i) * inner + (k % inner)],
      );
    const slices = Array.from({ length: extent }, (_, i) => sliceAt(i));
    const order = [...slices.keys()].sort((a, b) => compare(slices[a], slices[b]) || a - b);
    /** Per group of equal slices its members, ascending. */
    let groups: number[][] = [];
    order.forEach((i) => {
      const last = groups.at(-1);
      if (last && compare(slices[last[0]], slices[i]) === 0) last.push(i);
      else groups.push([i]);
    });
    if (!boolean(call.attributes, 'sorted')) groups = groups.sort((a, b) => a[0] - b[0]);

    const data = new Float64Array(outer * groups.length * inner);
    const inverse = new Float64Array(extent);
    groups.forEach((members, g) => {
      for (const i of members) inverse[i] = g;
      slices[members[0]].forEach((value, k) => {
        data[(Math.floor(k / inner) * groups.length + g) * inner + (k % inner)] = value;
      });
    });
    const list = (numbers: Float64Array): NdArray => ({ dtype: 'int64', shape: [numbers.length], data: numbers });
    return [
      { dtype, shape: shape.with(axis, groups.length), data },
      list(Float64Array.from(groups, ([first]) => first)),
      list(inverse),
      list(Float64Array.from(groups, ({ length }) => length)),
    ];
  },
  reference: (call, inputs) => unique.dynamic?.(call, inputs).map(({ data }) => data) ?? [],
};

/** By the first element that differs. NaN comes last, as in NumPy. */
function compare(a: Float64Array, b: Float64Array): number {
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue;
    const [left, right] = [Number.isNaN(a[i]), Number.isNaN(b[i])];
    if (left || right) {
      if (left !== right) return left ? 1 : -1;
      continue;
    }
    return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}
