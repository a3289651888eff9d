/** Picks the kernel for a node: every row that can do it is priced with the conversions it needs, the cheapest wins. */
import type { Kernel, Match, Read, Request } from '../kernels/kernel.ts';
import { kernelsFor } from '../kernels/registry.ts';

export interface Candidate {
  readonly kernel: Kernel;
  readonly match: Match;
  readonly request: Request;
  readonly microseconds: number;
}

export interface Choice {
  readonly chosen: Candidate | undefined;
  /** All that fit, cheapest first. */
  readonly candidates: readonly Candidate[];
  readonly reason: string;
}

/**
 * @param requests the node with its weights as they are encoded, and perhaps again with them dense
 * @param conversion predicted cost of bringing an input into the layout that is read
 * @param wanted the kernel to take where it fits, whatever is predicted
 */
export function choose(requests: readonly Request[], conversion: (read: Read) => number, wanted?: string): Choice {
  const candidates: Candidate[] = [];
  const refusals: string[] = [];
  for (const request of requests) {
    for (const kernel of kernelsFor(request.op)) {
      const match = kernel.match(request);
      if (typeof match === 'string') {
        refusals.push(`${kernel.name} ${match}`);
        continue;
      }
      const extra = match.reads.reduce((sum, read) => sum + conversion(read), 0);
      candidates.push({ kernel, match, request, microseconds: match.microseconds + extra });
    }
  }
  candidates.sort((a, b) => a.microseconds - b.microseconds);
  const forced = candidates.find(({ kernel }) => kernel.name === wanted);
  if (forced) return { chosen: forced, candidates, reason: 'asked for' };
  const [chosen, ...others] = candidates;
  if (!chosen)
    return { chosen, candidates, reason: refusals.length > 0 ? refusals.join('; ') : 'no kernel for this op' };
  const reason =
    others.length === 0
      ? 'the only kernel that fits'
      : `beats ${others.map((o) => `${o.kernel.name} ${o.microseconds.toFixed(1)} µs`).join(', ')}`;
  return { chosen, candidates, reason };
}
