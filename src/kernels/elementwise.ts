/** Two operands with broadcasting, comparisons, and selection. */
import { bytesPerElement } from '../core/dtype.ts';
import { sameShape, sizeOf } from '../core/shape.ts';
import { isPlain, type Kernel, type Match, type Operand, type Request } from './kernel.ts';
import { arithmetic, isPanels, readRows, storedElements, traffic, wanted } from './match.ts';
import { isPlanes } from './planes.ts';
import { broadcastGeometry, flatCopy, type Geometry, stretchesOf, tableOf } from './strides.ts';

/** Positions of the inputs whose buffer the output may take: same shape and element size. */
function reusable(inputs: readonly Operand[], output: Operand): number[] {
  const bytes = bytesPerElement(output.dtype);
  return [...inputs.keys()].filter(
    (i) => sameShape(inputs[i].shape, output.shape) && bytesPerElement(inputs[i].dtype) === bytes,
  );
}

/** The call over a whole geometry, and the same along its outermost axis in stretches. */
function walking(
  kernel: string,
  geometry: Geometry,
  bytes: { readonly reads: readonly number[]; readonly write: number },
): Pick<Match, 'table' | 'calls' | 'split'> {
  const rank = geometry.dims.length;
  const { geometries, stretches } = stretchesOf(geometry);
  const { table, offsets } = tableOf([geometry, ...geometries]);
  const inner = sizeOf(geometry.dims.slice(1));
  return {
    table,
    calls: (at) => (sizeOf(geometry.dims) === 0 ? [] : [{ kernel, args: [rank, at.table, ...at.reads, at.writes[0]] }]),
    split: {
      extent: sizeOf(geometry.dims) === 0 ? 0 : stretches.length,
      unit: 1,
      calls: (at, from, count) =>
        stretches.slice(from, from + count).map((stretch) => {
          const reads = at.reads.map((x, i) => x + stretch.first * geometry.strides[i][0] * bytes.reads[i]);
          const out = at.writes[0] + stretch.first * inner * bytes.write;
          return { kernel, args: [rank, at.table + offsets[1 + stretch.geometry], ...reads, out] };
        }),
    },
  };
}

/** `inputs` are the operands in the order of the export's arguments. */
function broadcasting(kernel: string, inputs: readonly Operand[], output: Operand, microseconds: number): Match {
  const geometry = broadcastGeometry(
    output.shape,
    inputs.map((input) => input.shape),
  );
  const reads = inputs.map(({ dtype }) => bytesPerElement(dtype));
  return {
    reads: readRows(...inputs.keys()),
    writes: ['rows'],
    microseconds,
    inPlace: reusable(inputs, output),
    ...walking(kernel, geometry, { reads, write: bytesPerElement(output.dtype) }),
  };
}

/** Both operands in the same panels or planes already, e.g. around a residual connection: the padding is just more elements. */
function asTheyLie(kernel: string, a: Operand, b: Operand): Match {
  const n = storedElements(a.shape, a.layout);
  return {
    reads: [
      { input: 0, layout: a.layout },
      { input: 1, layout: b.layout },
    ],
    writes: [a.layout],
    microseconds: traffic(12 * n),
    inPlace: [0, 1],
    ...walking(kernel, flatCopy(n), { reads: [4, 4], write: 4 }),
  };
}

interface Row {
  readonly op: string;
  /** Absent: f32_ and the op. */
  readonly kernel?: string;
  /** Nanoseconds per element beyond moving it. */
  readonly nanoseconds?: number;
  /** Finite padding stays finite enough to be left in panels, and zeros stay the border of planes. */
  readonly panels?: boolean;
}

const binaries: readonly Row[] = [
  { op: 'add', panels: true },
  { op: 'sub', panels: true },
  { op: 'mul', panels: true },
  { op: 'div' },
  { op: 'pow', nanoseconds: 20 },
  { op: 'max', panels: true },
  { op: 'min', panels: true },
  { op: 'equal' },
  { op: 'less' },
  { op: 'greater' },
  { op: 'lessOrEqual', kernel: 'f32_less_or_equal' },
  { op: 'greaterOrEqual', kernel: 'f32_greater_or_equal' },
  { op: 'prelu', panels: true },
];

function binary({ op, kernel: name = `f32_${op}`, nanoseconds = 0, panels = false }: Row): Kernel {
  const match = ({ inputs, outputs }: Request): Match | string => {
    const [a, b] = inputs;
    if (!isPlain(a) || !isPlain(b)) return wanted('two plain float32 operands', inputs);
    const padded = isPanels(a.layout) || isPlanes(a.layout);
    if (panels && padded && a.layout === b.layout && sameShape(a.shape, b.shape)) return asTheyLie(name, a, b);
    const out = sizeOf(outputs[0].shape);
    const bytes = 4 * (sizeOf(a.shape) + sizeOf(b.shape)) + bytesPerElement(outputs[0].dtype) * out;
    return broadcasting(name, [a, b], outputs[0], Math.max(traffic(bytes), arithmetic(out, nanoseconds)));
  };
  return { name, exports: [name], op, match, ...(panels && { carries: [0, 1] }) };
}

const where: Kernel = {
  name: 'f32_where',
  exports: ['f32_where'],
  op: 'where',
  match({ inputs, outputs }) {
    const [condition, a, b] = inputs;
    const dtype = outputs[0].dtype;
    const fits = (dtype === 'float32' || dtype === 'int32') && isPlain(a, dtype) && isPlain(b, dtype);
    if (!isPlain(condition, 'bool') || !fits) return wanted('a bool and two plain float32 or int32 operands', inputs);
    const n = sizeOf(outputs[0].shape);
    return broadcasting('f32_where', [condition, a, b], outputs[0], traffic(13 * n));
  },
};

export const elementwise: readonly Kernel[] = [...binaries.map(binary), where];
