/**
 * A plan: one graph for one set of input shapes, with every kernel chosen and every offset fixed. Data only.
 *
 *     memory   | reserved | constants, packed weights, tables | arena: activations, reused as they die | ...
 *
 * `execute` only adds base addresses to the offsets and calls exports with numbers.
 */
import type { Graph, Node } from '../graph/graph.ts';
import type { Layout, Match } from '../kernels/kernel.ts';
import type { OpCall, TensorType } from '../ops/op.ts';

/** Where a buffer lives. */
export type Place =
  /** In the arena, at `offset`, from step `first` to step `last`. */
  | 'arena'
  /** Written by the host from a constant: its numbers, or a host-packed form of it. Shared by all plans. */
  | 'constant'
  /** The same, but only the prologue reads it: freed after that. */
  | 'staging'
  /** Packed once from constants by the prologue. Shared by all plans. */
  | 'packed'
  /** Dims and strides that a kernel reads. */
  | 'table';

export interface Buffer {
  readonly id: number;
  place: Place;
  readonly bytes: number;
  /** What it holds, as `value@layout`: the key under which constants are shared. */
  readonly label: string;
  readonly constant?: string;
  readonly layout?: Layout;
  readonly table?: Int32Array;
  /** Arena only. */
  offset: number;
  first: number;
  last: number;
}

export interface Step {
  /** The node it works for, or the value it converts. */
  readonly title: string;
  readonly op: string;
  /** Export name, `reference` for the plain implementation in JavaScript, or `view`. */
  readonly kernel: string;
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  readonly layouts: { readonly reads: readonly Layout[]; readonly writes: readonly Layout[] };
  readonly scratch?: number;
  readonly table?: number;
  /** Into how many pieces the work is cut at most, where threads share it. */
  readonly pieces?: number;
  readonly microseconds: number;
  readonly reason: string;
  /** The kernels that fit, cheapest first by prediction; of a node's step alone. */
  readonly candidates?: readonly string[];
  /** Absent for a step that runs in JavaScript. */
  readonly match?: Match;
  readonly host?: HostStep;
}

/** What the plain implementation needs. */
export interface HostStep {
  readonly node: Node;
  readonly call: OpCall;
  readonly outputs: readonly TensorType[];
}

export interface PlannedValue {
  readonly name: string;
  readonly type: TensorType;
  readonly buffer: number;
}

export interface Plan {
  readonly graph: Graph;
  readonly buffers: readonly Buffer[];
  /** Run once, when the plan is bound: packs constants. */
  readonly prologue: readonly Step[];
  readonly steps: readonly Step[];
  readonly inputs: readonly PlannedValue[];
  readonly outputs: readonly PlannedValue[];
  readonly types: ReadonlyMap<string, TensorType>;
  readonly arenaBytes: number;
  /** The most that lives at once: no arena can be smaller. */
  readonly liveBytes: number;
  /** Steps before this one write nothing that outlasts the run. */
  readonly firstUpdate: number;
}
