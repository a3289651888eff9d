/** Brings nodes into an order in which every value is made before it is used. */
import type { NodeProto } from './messages.ts';

/**
 * Positions of the nodes in such an order: the file's own where it is one already. `known` holds inputs and constants.
 * Values made twice, made nowhere or made from themselves are added to `problems`.
 */
export function sortNodes(
  nodes: readonly NodeProto[],
  known: ReadonlySet<string>,
  labels: readonly string[],
  problems: string[],
): number[] {
  const madeBy = new Map<string, number>();
  nodes.forEach((node, position) => {
    for (const output of node.output) {
      if (output === '') continue;
      if (known.has(output) || madeBy.has(output))
        problems.push(`${labels[position]}: its output "${output}" is made elsewhere too`);
      else madeBy.set(output, position);
    }
  });
  const waiting = new Array<number>(nodes.length).fill(0);
  const waiters = nodes.map((): number[] => []);
  nodes.forEach((node, position) => {
    for (const input of new Set(node.input)) {
      if (input === '' || known.has(input)) continue;
      const maker = madeBy.get(input);
      if (maker === undefined) problems.push(`${labels[position]}: its input "${input}" is made nowhere`);
      else {
        waiting[position]++;
        waiters[maker].push(position);
      }
    }
  });
  // A heap of ready positions, smallest first, keeps the file's order wherever it can.
  const ready = minHeap(nodes.length);
  waiting.forEach((count, position) => count === 0 && ready.push(position));
  const order: number[] = [];
  for (let position = ready.pop(); position !== undefined; position = ready.pop()) {
    order.push(position);
    for (const waiter of waiters[position]) if (--waiting[waiter] === 0) ready.push(waiter);
  }
  if (order.length < nodes.length) {
    const stuck = labels.filter((_, position) => waiting[position] > 0);
    problems.push(
      `the graph has a cycle through or before ${stuck.slice(0, 5).join(', ')}${stuck.length > 5 ? ', ...' : ''}`,
    );
  }
  return order;
}

interface Heap {
  push(value: number): void;
  pop(): number | undefined;
}

function minHeap(capacity: number): Heap {
  const heap = new Uint32Array(capacity);
  let length = 0;
  return {
    push(value) {
      let at = length++;
      for (let parent = (at - 1) >> 1; at > 0 && heap[parent] > value; at = parent, parent = (at - 1) >> 1)
        heap[at] = heap[parent];
      heap[at] = value;
    },
    pop() {
      if (length === 0) return undefined;
      const top = heap[0];
      const value = heap[--length];
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= length) break;
        if (child + 1 < length && heap[child + 1] < heap[child]) child++;
        if (heap[child] >= value) break;
        heap[at] = heap[child];
        at = child;
      }
      heap[at] = value;
      return top;
    },
  };
}
