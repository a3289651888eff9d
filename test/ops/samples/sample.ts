/**
 * A sample is one use of an op with small, odd shapes: what references, gradients and kernels are tested on. Its numbers
 * are seeded by what it says about itself, so that adding a sample changes no other.
 */
import type { AttributeValue } from '../../../src/core/attributes.ts';
import { type DType, fromDoubles } from '../../../src/core/dtype.ts';
import { normal, type Random, random, shuffle, uniform } from '../../../src/core/random.ts';
import { type Shape, sizeOf } from '../../../src/core/shape.ts';
import type { Constant, SparseConstant } from '../../../src/formats/constant.ts';
import { type FormatOptions, placement } from '../../../src/formats/format.ts';
import { formats } from '../../../src/formats/table.ts';
import { graphBuilder } from '../../../src/graph/builder.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import type { NdArray } from '../../../src/ops/op.ts';

export interface SampleInput {
  readonly dtype: DType;
  readonly shape: Shape;
  /** Row-major; absent: standard normal. */
  readonly data?: readonly number[];
  /** Numbers made one by one, where `data` is absent. */
  readonly make?: (generator: Random, index: number) => number;
  /** Numbers that all lie well apart, in random order: for ops that pick one of several. */
  readonly distinct?: boolean;
  /** A constant of the graph instead of an input. */
  readonly constant?: boolean;
  /** A constant encoded so. About half of the weights are kept (of an N:M weight, what fits). */
  readonly sparse?: FormatOptions & { readonly encoding: SparseConstant['encoding']; readonly outputAxis: number };
}

export interface Sample {
  readonly op: string;
  /** What is special about it; unique among the samples of the op. */
  readonly about: string;
  /** undefined for an optional input that is absent. */
  readonly inputs: readonly (SampleInput | undefined)[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** How many outputs the node names; 1 by default. */
  readonly outputs?: number;
  /** At numbers where the op has no derivative, such as ties and infinities: the gradient test passes it by. */
  readonly kinks?: boolean;
}

type Extra = Omit<SampleInput, 'dtype' | 'shape'>;

/** A float32 input. */
export function floats(shape: Shape, extra: Extra = {}): SampleInput {
  return { dtype: 'float32', shape, ...extra };
}

/** A sparse float32 weight. */
export function sparse(
  shape: Shape,
  encoding: SparseConstant['encoding'],
  outputAxis: number,
  options: FormatOptions = {},
): SampleInput {
  return { dtype: 'float32', shape, sparse: { encoding, outputAxis, ...options } };
}

/** The graph of one node: graph outputs are the node's outputs, and `feeds` holds its inputs that are not constants. */
export function sampleGraph(sample: Sample): { graph: Graph; feeds: Map<string, NdArray> } {
  const builder = graphBuilder(`${sample.op}: ${sample.about}`);
  const generator = random(seedOf(`${sample.op}: ${sample.about}`));
  const feeds = new Map<string, NdArray>();
  const names = sample.inputs.map((input, i) => {
    if (!input) return '';
    const { dtype, shape } = input;
    const data = Float64Array.from(fromDoubles(dtype, numbersOf(generator, input)), Number);
    if (input.constant || input.sparse) return builder.constant(`constant${i}`, constantOf(generator, input, data));
    feeds.set(`input${i}`, { dtype, shape, data });
    return builder.input(`input${i}`, dtype, shape);
  });
  const outputs = builder.nodes(sample.op, names, sample.outputs ?? 1, sample.attributes ?? {});
  builder.output(...outputs);
  return { graph: builder.build(), feeds };
}

function numbersOf(generator: Random, { shape, data, make, distinct }: SampleInput): ArrayLike<number> {
  const length = sizeOf(shape);
  if (data) {
    if (data.length !== length) throw new Error(`sample: want ${length} numbers, got ${data.length}`);
    return data;
  }
  if (distinct)
    return Float64Array.from(
      shuffle(
        generator,
        Uint32Array.from({ length }, (_, i) => i),
      ),
      (i) => (i - length / 2) / 8,
    );
  return Float64Array.from({ length }, (_, i) => (make ? make(generator, i) : normal(generator)));
}

function constantOf(generator: Random, { dtype, shape, sparse: wanted }: SampleInput, data: Float64Array): Constant {
  if (!wanted) return { encoding: 'dense', dtype, shape, data: fromDoubles(dtype, data) };
  const { encoding, outputAxis, ...options } = wanted;
  const keep = maskOf(generator, shape, wanted);
  return formats[encoding].fromDense(Float32Array.from(data), shape, outputAxis, keep, options);
}

/** A mask that the encoding can hold: about half of the weights, of the blocks, or N of every M. */
function maskOf(generator: Random, shape: Shape, wanted: NonNullable<SampleInput['sparse']>): Uint8Array {
  const { encoding, outputAxis, block = [1, 1], n = 2, m = 4, sharedRows = 1 } = wanted;
  const { rows, columns, at } = placement(shape, outputAxis);
  const [height, width] = encoding === 'bsr' ? block : [1, 1];
  const across = Math.ceil(columns / width);
  const blocks = Uint8Array.from({ length: Math.ceil(rows / height) * across }, () =>
    uniform(generator) < 0.5 ? 1 : 0,
  );
  const keep = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      // The kept positions of N:M drift from group to group.
      const turn = ((column % m) + Math.floor(column / m) + Math.floor(row / sharedRows)) % m;
      const kept =
        encoding === 'nm' ? turn < n : blocks[Math.floor(row / height) * across + Math.floor(column / width)];
      keep[at(row, column)] = kept ? 1 : 0;
    }
  return keep;
}

/** FNV-1a. */
function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
