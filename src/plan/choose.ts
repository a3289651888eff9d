/** Picks the kernel for a node: every row that can do it is priced with the conversions it needs, the cheapest wins. */
import type { Kernel, Layout, Match, Read, Request } from '../kernels/kernel.ts';
import { kernelsFor } from '../kernels/registry.ts';

export interface Candidate {
  readonly kernel: Kernel;
  readonly match: Match;
  readonly request: Request;
  readonly microseconds: number;
}

/** What the best layout of the result saves later, the others pay now. */
function addAfter(candidates: Candidate[], after: (layout: Layout) => number): void {
  const later = new Map([...new Set(candidates.map(({ match }) => match.writes[0]))].map((l) => [l, after(l)]));
  const least = Math.min(...later.values());
  candidates.forEach((candidate, i) => {
    const more = (later.get(candidate.match.writes[0]) ?? least) - least;
    candidates[i] = { ...candidate, microseconds: candidate.microseconds + more };
  });
}

export interface Choice {
  readonly chosen: Candidate | undefined;
  /** All that fit, cheapest first. */
  readonly candidates: readonly Candidate[];
  readonly reason: string;
}

/** Predicted microseconds outside the kernel itself. */
export interface Prices {
  /** To bring an input into the layout that is read. */
  readonly conversion: (read: Read) => number;
  /** Of those who read the result, if it is made in this layout; absent where they do not care. */
  readonly after?: (layout: Layout) => number;
}

/**
 * @param requests the node with its weights as they are encoded, and perhaps again with them dense; and with its result in
 * layouts that its readers like
 * @param wanted the kernel to take where it fits, whatever is predicted
 */
export function choose(requests: readonly Request[], { conversion, after }: Prices, wanted?: string): Choice {
  const candidates: Candidate[] = [];
  const refusals: string[] = [];
  for (const request of requests) {
    for (const kernel of kernelsFor(request.op)) {
      const match = kernel.match(request);
      if (typeof match === 'string') {
        refusals.push(`${kernel.name} ${match}`);
        continue;
      }
      // The same match as without the wish.
      if (after && request.wanted !== undefined && request.wanted !== match.writes[0]) continue;
      const extra = match.reads.reduce((sum, read) => sum + conversion(read), 0);
      candidates.push({ kernel, match, request, microseconds: match.microseconds + extra });
    }
  }
  if (after) addAfter(candidates, after);
  candidates.sort((a, b) => a.microseconds - b.microseconds);
  const forced = candidates.find(({ kernel }) => kernel.name === wanted);
  if (forced) return { chosen: forced, candidates, reason: 'asked for' };
  const [chosen, ...others] = candidates.filter(
    ({ kernel }, i) => candidates.findIndex((c) => c.kernel === kernel) === i,
  );
  if (!chosen)
    return { chosen, candidates, reason: refusals.length > 0 ? refusals.join('; ') : 'no kernel for this op' };
  const reason =
    others.length === 0
      ? 'the only kernel that fits'
      : `beats ${others.map((o) => `${o.kernel.name} ${o.microseconds.toFixed(1)} µs`).join(', ')}`;
  return { chosen, candidates, reason };
}
