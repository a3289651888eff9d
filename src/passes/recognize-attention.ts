import { type Graph, type Node, producersOf } from '../graph/graph.ts';
import { attributesOf } from '../ops/call.ts';
import { number } from '../ops/op.ts';
import { endOf } from './attention/end.ts';
import { isCausal } from './attention/mask.ts';
import { agree, fits, isSquare, type Places, placesOf } from './attention/places.ts';
import { productBehind, scoresOf } from './attention/scores.ts';
import { readersOf, type Search, shapesOf } from './attention/search.ts';
import { editOf, type Found, write } from './attention/write.ts';
import { trialsOf } from './trials.ts';

/**
 * Finds the attention that exporters spell out and puts one `attention` in its place:
 *
 *     softmax(scale · Q Kᵀ + masks) V     with Q, K and V made by reshapes, transposes, slices of tokens [n, s, features]
 *
 * however these are ordered, with factors on Q, on K or on the scores. Scores that others read, such as weights that a model
 * returns, stay as they are, and so does a graph that trains: there the products have their gradients. What the attention was
 * made of stays for removeDead, should others read it.
 */
export function recognizeAttention(graph: Graph): Graph {
  const candidates = graph.nodes.filter(({ op }) => op === 'softmax');
  if (candidates.length === 0 || graph.updates.length > 0) return graph;
  const products = graph.nodes.filter(({ op }) => op === 'matmul').length;
  const trials = products < 2 ? undefined : trialsOf(graph);
  if (!trials) return graph;
  const search: Search = { graph, trials, makers: producersOf(graph), readers: readersOf(graph) };
  const edit = editOf(graph);
  const replaced = new Map<Node, readonly Node[]>();
  for (const softmax of candidates) {
    const found = find(softmax, search);
    if (found) replaced.set(found.end, write(found, search, edit));
  }
  if (replaced.size === 0) return graph;
  return { ...graph, constants: edit.constants, nodes: graph.nodes.flatMap((node) => replaced.get(node) ?? [node]) };
}

function find(softmax: Node, search: Search): Found | undefined {
  const [trial] = search.trials;
  const before = shapesOf(softmax.inputs[0], search);
  const axis = number(attributesOf(softmax), 'axis');
  if (!before?.every(({ length }) => axis === -1 || axis === length - 1)) return undefined;
  const scores = scoresOf(softmax.inputs[0], search);
  const mixing = scores && productBehind(softmax.outputs[0], search);
  if (!scores || !mixing) return undefined;
  for (const tokensFirst of [false, true]) {
    const each = search.trials.map((own) => placesOf(scores.product, scores.flipped, mixing, own, tokensFirst));
    const all = each.filter((found): found is Places => found !== undefined);
    const [first] = all;
    if (all.length < each.length || !all.every((found) => agree(found, first))) continue;
    const scale = scores.scale * first.scale;
    if (!Number.isFinite(scale) || scale === 0) return undefined;
    const fitting = scores.masks.every((mask, i) =>
      all.every(({ places }, t) => fits(mask, scores.shapes[i][t], places, search.trials[t])),
    );
    const end = endOf(mixing, tokensFirst, all, search);
    if (!fitting || !end) continue;
    const causal = scores.masks.map(
      (mask) => isCausal(mask, search.graph, trial.makers) && isSquare(mask, all, search),
    );
    const masks = scores.masks.filter((_, i) => !causal[i]);
    return { places: first.places, scale, tokensFirst, causal: causal.includes(true), masks, ...end };
  }
  return undefined;
}
