/**
 * Two nets, the dense one and the pruned one, run side by side over the calibration batches, a stretch of nodes at a time. Kept
 * from one stretch to the next are the values that are still read: as many bytes as batches times live values.
 */
import type { Constant } from '../../formats/constant.ts';
import type { Graph, Node } from '../../graph/graph.ts';
import { createExecutor } from '../../runtime/executor.ts';
import type { LoadedModule } from '../../runtime/modules.ts';
import { stagedRunner } from '../../runtime/staged/run.ts';
import type { AnyTensor } from '../../runtime/tensor.ts';

export interface Net {
  /** Nodes that lead to the layers, in order. Both nets have the same ones, but for inputs that are constants. */
  readonly nodes: Node[];
  readonly constants: Map<string, Constant>;
}

type Live = ReadonlyMap<string, AnyTensor>;

/** A batch in both nets, before the node `at`. */
interface Standing {
  readonly at: number;
  readonly dense: Live;
  readonly pruned: Live;
}

export interface Calibration {
  /**
   * Brings every batch to a node, in order, and shows what its value `input` is in both nets and what `extra`, a node run
   * in the dense net alone, makes of it there. `look` is awaited.
   */
  advance(
    to: number,
    input: string,
    extra: Node,
    look: (batch: number, seen: { readonly x: AnyTensor; readonly y: AnyTensor }) => Promise<void>,
  ): Promise<void>;
}

/**
 * @param memory bytes of live values to keep; batches beyond that start again from where they were last kept
 */
export function calibration(
  nets: { readonly dense: Net; readonly pruned: Net },
  batches: readonly Readonly<Record<string, AnyTensor>>[],
  loaded: LoadedModule,
  memory: number,
): Calibration {
  const reads = readsOf(nets.dense.nodes);
  const standings = batches.map((feeds): Standing => {
    const live = new Map(Object.entries(feeds));
    return { at: 0, dense: live, pruned: live };
  });

  let kept = standings.reduce((sum, standing) => sum + bytesOf(standing), 0);

  return {
    async advance(to, input, extra, look) {
      const executor = createExecutor(loaded);
      const runner = stagedRunner(executor);
      const stretches = new Map<string, Graph>();
      const stretch = (net: 'dense' | 'pruned', at: number, more: readonly Node[]) => {
        const key = `${net} ${at} ${more.length}`;
        const found = stretches.get(key) ?? stretchOf(nets[net], at, to, reads[to], more);
        stretches.set(key, found);
        return found;
      };
      try {
        for (let batch = 0; batch < standings.length; batch++) {
          const { at, ...live } = standings[batch];
          const same = sameSoFar(nets, live, at, to);
          const run = (net: 'dense' | 'pruned', more: readonly Node[]) => {
            const graph = stretch(net, at, more);
            return graph.nodes.length === 0
              ? new Map<string, AnyTensor>()
              : runner.run(graph, feedsOf(graph, live[net]));
          };
          const made = run('dense', [extra]);
          const y = made.get(extra.outputs[0]) as AnyTensor;
          const dense = stillRead(live.dense, made, reads[to]);
          const pruned = same ? dense : stillRead(live.pruned, run('pruned', []), reads[to]);
          const next: Standing = { at: to, dense, pruned };
          const growth = bytesOf(next) - bytesOf(standings[batch]);
          // What does not fit is not kept, and costs time instead.
          if (growth <= 0 || kept + growth <= memory) {
            standings[batch] = next;
            kept += growth;
          }
          await look(batch, { x: pruned.get(input) as AnyTensor, y });
        }
      } finally {
        executor.dispose();
      }
    },
  };
}

/** Per node what it and later ones read. */
function readsOf(nodes: readonly Node[]): ReadonlySet<string>[] {
  const reads: ReadonlySet<string>[] = [];
  let later: ReadonlySet<string> = new Set();
  for (const { inputs } of [...nodes].reverse()) {
    later = new Set([...later, ...inputs]);
    reads.unshift(later);
  }
  return reads;
}

/** The nodes from `at` to before `to`, and more, as a graph. */
function stretchOf(
  { nodes, constants }: Net,
  at: number,
  to: number,
  wanted: ReadonlySet<string>,
  more: readonly Node[],
): Graph {
  const run = nodes.slice(at, to);
  const outputs = run.flatMap((node) => node.outputs).filter((output) => wanted.has(output));
  const all = [...run, ...more];
  const used = new Map<string, Constant>();
  for (const { inputs } of all)
    for (const input of inputs) {
      const constant = constants.get(input);
      if (constant) used.set(input, constant);
    }
  for (const node of more) outputs.push(...node.outputs);
  return { name: 'stretch', inputs: [], outputs, constants: used, nodes: all, updates: [] };
}

/** What the graph reads of what there is: the key of a plan grows with it. */
function feedsOf({ nodes }: Graph, live: Live): Record<string, AnyTensor> {
  const feeds: Record<string, AnyTensor> = {};
  for (const { inputs } of nodes)
    for (const input of inputs) {
      const tensor = live.get(input);
      if (tensor) feeds[input] = tensor;
    }
  return feeds;
}

function stillRead(live: Live, made: Live, reads: ReadonlySet<string>): Live {
  return new Map([...live, ...made].filter(([name]) => reads.has(name)));
}

/** Whether both nets would compute the same from here: nothing was pruned on the way. */
function sameSoFar(
  { dense, pruned }: { readonly dense: Net; readonly pruned: Net },
  live: { readonly dense: Live; readonly pruned: Live },
  at: number,
  to: number,
): boolean {
  for (let i = at; i < to; i++) {
    const [a, b] = [dense.nodes[i], pruned.nodes[i]];
    for (const input of new Set([...a.inputs, ...b.inputs]))
      if (dense.constants.get(input) !== pruned.constants.get(input)) return false;
  }
  for (const [name, tensor] of live.dense) if (live.pruned.get(name) !== tensor) return false;
  return true;
}

/** Tensors that both nets hold count once. */
function bytesOf({ dense, pruned }: Standing): number {
  const buffers = new Set([...dense.values(), ...pruned.values()].map(({ data }) => data.buffer));
  return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
}
