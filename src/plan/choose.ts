/** Picks the kernel for a node: every row that can do it is priced with the conversions it needs, the cheapest wins. */
import type { Kernel, Match, Read, Request } from '../kernels/kernel.ts';
import { kernelsFor } from '../kernels/table.ts';

export interface Candidate {
  readonly kernel: Kernel;
  readonly match: Match;
  readonly request: Request;
  readonly microseconds: number;
}

export interface Choice {
  readonly chosen: Candidate | undefined;
  readonly reason: string;
}

/**
 * @param requests the node with its weights as they are encoded, and perhaps again with them dense
 * @param conversion predicted cost of bringing an input into the layout that is read
 * @param only the one kernel to take where it fits
 */
export function choose(requests: readonly Request[], conversion: (read: Read) => number, only?: string): Choice {
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
  const forced = candidates.find(({ kernel }) => kernel.name === only);
  if (forced) return { chosen: forced, reason: 'asked for' };
  const [chosen, ...others] = candidates;
  if (!chosen) return { chosen, reason: refusals.length > 0 ? refusals.join('; ') : 'no kernel for this op' };
  const reason =
    others.length === 0
      ? 'the only kernel that fits'
      : `beats ${others.map((o) => `${o.kernel.name} ${o.microseconds.toFixed(1)} µs`).join(', ')}`;
  return { chosen, reason };
}
