/** Reductions over any set of axes: the axes merge into runs, and each run is one call. */
import { normalizeAxis, type Shape, sizeOf } from '../core/shape.ts';
import { type Addresses, type Call, isPlain, type Kernel, type Match, type Request } from './kernel.ts';
import { flagOf, listOf, numberOf, readRows, traffic, wanted } from './match.ts';
import { along } from './split.ts';

/** x seen as [outer][axis][inner]; the middle goes. */
interface Step {
  readonly outer: number;
  readonly axis: number;
  readonly inner: number;
}

/**
 * The calls that reduce the marked axes, last run first, because there the kernel reads straight on:
 *
 *     [2, 3, 5, 7], reduced 1 and 3:   [2*3*5, 7, 1]   then   [2, 3, 5]
 *
 * None when every marked extent is 1.
 */
export function reductionSteps(shape: Shape, reduced: (axis: number) => boolean): Step[] {
  const runs: { extent: number; readonly goes: boolean }[] = [];
  shape.forEach((extent, axis) => {
    if (extent === 1) return;
    const goes = reduced(axis);
    const last = runs[runs.length - 1];
    if (last?.goes === goes) last.extent *= extent;
    else runs.push({ extent, goes });
  });
  const steps: Step[] = [];
  for (let i = runs.length - 1; i >= 0; i--) {
    if (!runs[i].goes) continue;
    const [{ extent }] = runs.splice(i, 1);
    const product = (some: typeof runs) => some.reduce((size, run) => size * run.extent, 1);
    steps.push({ outer: product(runs.slice(0, i)), axis: extent, inner: product(runs.slice(i)) });
  }
  return steps;
}

/** A reduction whose first step changes the elements, which later steps must not do again. */
interface Chain {
  readonly first: string;
  readonly next: string;
  /** What is done with the results in the end. */
  readonly last?: string;
}

/** The first step even where nothing is summed: each element by itself. */
function inChain({ first, next, last }: Chain, elements: number, given: readonly Step[]): Match {
  const steps = given.length > 0 ? given : [{ outer: elements, axis: 1, inner: 1 }];
  const plain = inSteps(next, elements, steps);
  const { outer, inner } = steps[steps.length - 1];
  return {
    ...plain,
    calls(at) {
      const [begin, ...rest] = plain.calls(at);
      const end = last ? [{ kernel: last, args: [outer * inner, at.writes[0], at.writes[0]] }] : [];
      return [{ ...begin, kernel: first }, ...rest, ...end];
    },
  };
}

/** Intermediate results follow each other in scratch. */
function inSteps(kernel: string, elements: number, steps: readonly Step[]): Match {
  const base = { reads: readRows(0), writes: ['rows'], microseconds: traffic(4 * elements) };
  if (steps.length === 0) {
    return {
      ...base,
      table: Int32Array.of(elements, 1, 1),
      inPlace: [0],
      calls: (at) => [{ kernel: 'copy_strided_4', args: [1, at.table, at.reads[0], at.writes[0]] }],
    };
  }
  const sizes = steps.slice(0, -1).map(({ outer, inner }) => outer * inner * 4);
  return {
    ...base,
    scratchBytes: sizes.reduce((sum, size) => sum + size, 0),
    calls: (at: Addresses): Call[] => {
      let from = at.reads[0];
      let next = at.scratch;
      return steps.map(({ outer, axis, inner }, i) => {
        const to = i === steps.length - 1 ? at.writes[0] : next;
        const call = { kernel, args: [outer, axis, inner, from, to] };
        from = to;
        next += sizes[i] ?? 0;
        return call;
      });
    },
  };
}

function reduction(op: string, kernel: string, chain?: Omit<Chain, 'first'>): Kernel {
  const match = ({ inputs, attributes }: Request): Match | string => {
    const [x] = inputs;
    if (!isPlain(x)) return wanted('a plain float32 operand', inputs);
    const asked = listOf(attributes, 'axes', []).map((axis) => normalizeAxis(axis, x.shape.length));
    const all = asked.length === 0 && !flagOf(attributes, 'noopWithEmptyAxes', false);
    const steps = reductionSteps(x.shape, (axis) => all || asked.includes(axis));
    const size = sizeOf(x.shape);
    return chain ? inChain({ first: kernel, ...chain }, size, steps) : inSteps(kernel, size, steps);
  };
  const further = chain ? [chain.next, ...(chain.last ? [chain.last] : [])] : ['copy_strided_4'];
  return { name: kernel, exports: [kernel, ...further], op, match };
}

/** Undoes a broadcast: sums over the axes that `like` lacks or has as 1. */
const sumLike: Kernel = {
  name: 'f32_reduce_sum',
  exports: ['f32_reduce_sum', 'copy_strided_4'],
  op: 'sumLike',
  match({ inputs, outputs }) {
    const [x] = inputs;
    if (!isPlain(x)) return wanted('a plain float32 operand', inputs);
    const like = outputs[0].shape;
    const lead = x.shape.length - like.length;
    return inSteps(
      'f32_reduce_sum',
      sizeOf(x.shape),
      reductionSteps(x.shape, (axis) => axis < lead || like[axis - lead] === 1),
    );
  },
};

/** Planes [N, C, ...] to one number each. */
function globalPool(op: string, kernel: string): Kernel {
  return {
    name: kernel,
    exports: [kernel],
    op,
    match({ inputs }) {
      const [x] = inputs;
      if (!isPlain(x)) return wanted('a plain float32 operand', inputs);
      const planes = sizeOf(x.shape.slice(0, 2));
      const inner = sizeOf(x.shape.slice(2));
      return along(
        { reads: readRows(0), writes: ['rows'], microseconds: traffic(4 * planes * inner) },
        {
          extent: planes,
          unit: 1,
          calls: ({ reads: [from], writes: [out] }, first, count) => [
            { kernel, args: [count, inner, 1, from + first * inner * 4, out + first * 4] },
          ],
        },
      );
    },
  };
}

const argMax: Kernel = {
  name: 'f32_argmax',
  exports: ['f32_argmax', 'cast_i32_i64'],
  op: 'argMax',
  match({ inputs, attributes, outputs }) {
    const [x] = inputs;
    const { dtype } = outputs[0];
    if (!isPlain(x) || (dtype !== 'int32' && dtype !== 'int64'))
      return wanted('a plain float32 operand and an int32 or int64 result', [...inputs, outputs[0]]);
    // Whether the axis stays as an extent of 1 changes the shape of the result, not its numbers.
    flagOf(attributes, 'keepDims', true);
    if (flagOf(attributes, 'selectLastIndex', false)) return 'wants the first among equals';
    const axis = normalizeAxis(numberOf(attributes, 'axis', 0), x.shape.length);
    const outer = sizeOf(x.shape.slice(0, axis));
    const inner = sizeOf(x.shape.slice(axis + 1));
    const args = (at: Addresses, to: number) => [outer, x.shape[axis], inner, at.reads[0], to];
    const wide = dtype === 'int64';
    return {
      reads: readRows(0),
      writes: ['rows'],
      microseconds: traffic(4 * sizeOf(x.shape)),
      ...(wide ? { scratchBytes: outer * inner * 4 } : {}),
      calls: (at) =>
        wide
          ? [
              { kernel: 'f32_argmax', args: args(at, at.scratch) },
              { kernel: 'cast_i32_i64', args: [outer * inner, at.scratch, at.writes[0]] },
            ]
          : [{ kernel: 'f32_argmax', args: args(at, at.writes[0]) }],
    };
  },
};

export const reduce: readonly Kernel[] = [
  reduction('reduceSum', 'f32_reduce_sum'),
  reduction('reduceMean', 'f32_reduce_mean'),
  reduction('reduceMax', 'f32_reduce_max'),
  reduction('reduceMin', 'f32_reduce_min'),
  reduction('reduceProd', 'f32_reduce_prod'),
  reduction('reduceL1', 'f32_reduce_sum_absolute', { next: 'f32_reduce_sum' }),
  reduction('reduceL2', 'f32_reduce_sum_squares', { next: 'f32_reduce_sum', last: 'f32_sqrt' }),
  reduction('reduceSumSquare', 'f32_reduce_sum_squares', { next: 'f32_reduce_sum' }),
  sumLike,
  globalPool('globalAvgPool', 'f32_reduce_mean'),
  globalPool('globalMaxPool', 'f32_reduce_max'),
  argMax,
];
