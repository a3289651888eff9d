/** Whether a model can run here, everything that stands in the way, and what it will cost. */
import { ModelError, UsageError } from '../core/errors.ts';
import { type Dim, format, type Shape } from '../core/shape.ts';
import { detectFormat, readLace } from '../file/index.ts';
import type { Constant } from '../formats/constant.ts';
import type { Graph } from '../graph/graph.ts';
import { loadEveryKernel } from '../kernels/table.ts';
import { conversionsOf } from '../onnx/conversions.ts';
import { type ReadExternal, readOnnx } from '../onnx/index.ts';
import { bindSymbols, symbolsOf, trials } from '../ops/infer.ts';
import { loadEveryOp } from '../ops/table.ts';
import { obstaclesOf, problemsOf } from '../ops/verify.ts';
import { candidatesOf } from '../prune/index.ts';
import { type Estimate, estimate } from './estimate.ts';

export interface CheckOptions {
  /** Extents per input; those left open take what the given ones say, else 1, else what fits. */
  readonly shapes?: Readonly<Record<string, Shape>>;
  /** As for `readOnnx`. */
  readonly external?: ReadExternal;
}

export interface Layer {
  /** The constant that is a weight, and the first node that uses it. */
  readonly name: string;
  readonly node: string;
  readonly shape: Shape;
  readonly constant: Constant;
  /** Why it cannot be pruned; absent where it can. */
  readonly obstacle?: string;
}

export interface Verdict {
  readonly runs: boolean;
  /** Everything that keeps the model from running, each with the name of its node. */
  readonly problems: readonly string[];
  /** What is converted when the model is read. */
  readonly conversions: readonly string[];
  /** Absent where the model cannot be read. */
  readonly graph?: Graph;
  /** The extents that the estimate is for. */
  readonly shapes?: ReadonlyMap<string, Shape>;
  readonly estimate?: Estimate;
  readonly layers: readonly Layer[];
}

/**
 * @param model bytes of an ONNX or .lace file, or a graph
 * @throws UsageError for shapes that are no shapes of the inputs
 */
export function check(model: Uint8Array | Graph, { shapes = {}, external }: CheckOptions = {}): Verdict {
  loadEveryOp();
  loadEveryKernel();
  const read = readable(model, external);
  if ('problems' in read) return { runs: false, layers: [], ...read };
  const { graph, conversions } = read;
  const unsound = problemsOf(graph);
  const problems = unsound.length > 0 ? unsound : obstaclesOf(graph);
  if (problems.length > 0) return { runs: false, problems, conversions, graph, layers: [] };
  const layers = candidatesOf(graph).map(({ outputAxis, ...layer }): Layer => layer);
  const cost = costOf(graph, new Map(Object.entries(shapes)));
  if ('problem' in cost) return { runs: false, problems: [cost.problem], conversions, graph, layers };
  return { runs: true, problems, conversions, graph, layers, ...cost };
}

type Read =
  | { readonly graph: Graph; readonly conversions: readonly string[] }
  | { readonly problems: readonly string[]; readonly conversions: readonly string[] };

function readable(model: Uint8Array | Graph, external: ReadExternal | undefined): Read {
  if (!(model instanceof Uint8Array)) return { graph: model, conversions: [] };
  let conversions: readonly string[] = [];
  try {
    if (detectFormat(model) === 'lace') return { graph: readLace(model), conversions };
    conversions = conversionsOf(model);
    return { graph: readOnnx(model, external && { external }), conversions };
  } catch (error) {
    if (error instanceof ModelError) return { problems: error.problems, conversions };
    throw error;
  }
}

type Cost = { readonly shapes: ReadonlyMap<string, Shape>; readonly estimate: Estimate } | { readonly problem: string };

/** For the given extents; open ones are 1 or, where that does not fit, what inference tries. */
function costOf(graph: Graph, given: ReadonlyMap<string, Shape>): Cost {
  const known = bindSymbols(graph, given);
  const open = symbolsOf(graph.inputs).filter((symbol) => !known.has(symbol));
  let problem: string | undefined;
  for (const { base, step } of [{ base: 1, step: 0 }, ...(open.length > 0 ? trials : [])]) {
    const symbols = new Map([...known, ...open.map((symbol, i) => [symbol, base + step * i] as const)]);
    const extent = (dim: Dim) => (typeof dim === 'number' ? dim : (symbols.get(dim) ?? 1));
    const shapes = new Map(graph.inputs.map(({ name, shape }) => [name, shape.map(extent)]));
    try {
      return { shapes, estimate: estimate(graph, shapes) };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const tried = [...shapes].map(([name, shape]) => `${name} ${format(shape)}`).join(', ');
      problem ??= `with ${tried}: ${error.message} (other shapes may do)`;
    }
  }
  return { problem: problem ?? 'no shapes fit' };
}
