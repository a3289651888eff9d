/**
 * What a row of the kernel table is: it says whether a kernel can do a node, in which layouts it wants the operands,
 * what that costs, and with which numbers the WASM export is to be called. Planning asks it; execution never does.
 */
import type { Attributes } from '../core/attributes.ts';
import type { DType } from '../core/dtype.ts';
import type { Shape } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';
import type { EngineClass } from './cost.ts';

/**
 * How a value's numbers lie in memory.
 *
 *     rows        row-major, as the caller sees it
 *     panels<W>   the value as [T, K] (K = last axis, T = the rest): [ceil(T / W)][K][W], lanes past T hold 0 or finite padding
 *     planes.*    images [N, C, H, W] in planes with a border of zeros: planes.ts
 *     columns8    a matmul operand [..., K, N]: [batch][ceil(N / 8)][K][8], lanes past N hold 0
 *     columns8t   the same of a transposed operand [..., N, K]
 *     values      the stored values of a sparse constant, in the order of its encoding
 *     ...         the host-packed forms of constants in forms.ts
 */
export type Layout = string;

/** A node's input or output as a kernel sees it. */
export interface Operand {
  readonly dtype: DType;
  readonly shape: Shape;
  /** Present for constants. */
  readonly constant?: Constant;
  /** Whether a constant's numbers or pattern may change between runs. */
  readonly mutable?: boolean;
  /** The layout the value already has; other layouts cost a conversion. */
  readonly layout: Layout;
}

export interface Request {
  readonly op: string;
  /** What costs are predicted for; default 'simd'. */
  readonly engine?: EngineClass;
  readonly attributes: Attributes;
  /** undefined for an optional input that is absent. */
  readonly inputs: readonly (Operand | undefined)[];
  /** `layout` is meaningless here; the kernel decides it. */
  readonly outputs: readonly Operand[];
  /** The layout in which output 0 is to be made, if the row can; `rows` where a conversion would follow otherwise. */
  readonly wanted?: Layout;
}

export interface Read {
  /** Index into the node's inputs. */
  readonly input: number;
  readonly layout: Layout;
}

/** Byte addresses, parallel to `reads` and `writes` of the match. */
export interface Addresses {
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  readonly scratch: number;
  readonly table: number;
}

/** One call of an export. If it returns a number other than 0, `failure` words the caller's mistake. */
export interface Call {
  readonly kernel: string;
  readonly args: readonly number[];
}

/**
 * How the work is cut along one axis into ranges that share nothing but what they read, so that they may run at the same
 * time in any order. However it is cut, the results are those of `calls`, bit for bit.
 */
export interface Split {
  /** Length of the axis: rows, columns, panels, images, whatever it counts. */
  readonly extent: number;
  /** Every range but the last is a multiple of this long. */
  readonly unit: number;
  /** The calls for `count` places from `first`. Nobody else uses `at.scratch` meanwhile. */
  readonly calls: (at: Addresses, first: number, count: number) => readonly Call[];
}

export interface Match {
  readonly reads: readonly Read[];
  /** Layout of each output. */
  readonly writes: readonly Layout[];
  /** Predicted microseconds on one thread, without conversions. */
  readonly microseconds: number;
  /** Those of them in which calls only bring numbers into another layout (repacking.ts). */
  readonly repacking?: number;
  readonly calls: (at: Addresses) => readonly Call[];
  /** Absent where the work is one piece, and where a call may fail: its status counts from the start of the whole. */
  readonly split?: Split;
  /** Working memory in bytes, alive during this step only. */
  readonly scratchBytes?: number;
  /** Constants the kernel reads while it runs, such as dims and strides; placed once. */
  readonly table?: Int32Array;
  /** Positions in `reads` whose buffer output 0 may take over (same bytes, read at or before the write of the same place). */
  readonly inPlace?: readonly number[];
  /** A call returned `status` != 0: what is wrong with the data, to follow `<op> "<node>": `. */
  readonly failure?: (status: number) => string;
}

/** Layouts that spare a kernel work, if it finds input 0 or may write output 0 in one of them. */
export interface Preference {
  readonly input?: readonly Layout[];
  readonly output?: readonly Layout[];
}

export interface Kernel {
  /** The main export, the row's label in plans and benches. */
  readonly name: string;
  /** Every export that its calls may use. */
  readonly exports: readonly string[];
  readonly op: string;
  /** A match, or the reason why this kernel cannot do the node. */
  readonly match: (request: Request) => Match | string;
  /** Rows of one op that share the function are asked once. */
  readonly prefers?: (request: Request) => Preference;
  /** The inputs whose layout output 0 may have as well. */
  readonly carries?: readonly number[];
}

/** A kernel that makes one layout of a value from another. */
export interface Conversion {
  readonly name: string;
  readonly exports: readonly string[];
  readonly from: Layout;
  readonly to: Layout;
  readonly match: (operand: Operand) => Match | string;
}

/** A row-major f32 operand without an encoding: what most kernels take. */
export function isPlain(operand: Operand | undefined, dtype: DType = 'float32'): operand is Operand {
  return operand !== undefined && operand.dtype === dtype && (operand.constant?.encoding ?? 'dense') === 'dense';
}
