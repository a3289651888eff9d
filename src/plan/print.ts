import { format } from '../core/shape.ts';
import type { Node } from '../graph/graph.ts';
import { opOf } from '../ops/call.ts';
import type { Buffer, Plan, Step } from './plan.ts';

/** One line per step: kernel, layouts, bytes written, predicted time and why it was chosen. */
export function printPlan(plan: Plan): string {
  const { graph, steps, prologue, buffers } = plan;
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const rows = [['step', 'node', 'op', 'kernel', 'layout', 'bytes', 'µs', 'reason']];
  for (const [name, list] of [
    ['once', prologue],
    ['', steps],
  ] as const)
    list.forEach((step, i) => {
      rows.push([
        name || String(i),
        step.title,
        opText(step, nodes.get(step.title)),
        step.kernel,
        layoutsOf(step),
        String(bytesOf(step, buffers)),
        step.microseconds.toFixed(1),
        step.pieces ? `${step.reason}; in ${step.pieces} pieces` : step.reason,
      ]);
    });
  const lines = table(rows);
  const shapes = plan.inputs.map(({ name, type }) => `${name} ${format(type.shape)}`).join(', ');
  const kept = sum(buffers.filter(({ place }) => place === 'constant' || place === 'packed'));
  const total = steps.reduce((all, step) => all + step.microseconds, 0);
  return [
    `plan of "${graph.name}" for ${shapes}`,
    ...lines,
    `constants ${kept} bytes; arena ${plan.arenaBytes} bytes (live at most ${plan.liveBytes}, without reuse ${sum(buffers.filter(({ place }) => place === 'arena'))}); predicted ${total.toFixed(1)} µs`,
    '',
  ].join('\n');
}

/** The op with what was fused into it, in its order: `matmul+gelu+add`. */
function opText({ op }: Step, node: Node | undefined): string {
  if (node?.op !== op) return op;
  const { activation = 'none', activationFirst } = node.attributes;
  const own = activation === 'none' ? '' : `+${activation}`;
  const added = node.inputs[opOf(node).inputs.indexOf('residual?')] ? '+add' : '';
  return activationFirst ? op + own + added : op + added + own;
}

function layoutsOf({ layouts }: Step): string {
  const same = new Set([...layouts.reads, ...layouts.writes]);
  return same.size === 1 ? [...same][0] : `${layouts.reads.join(' ')} > ${layouts.writes.join(' ')}`;
}

function bytesOf(step: Step, buffers: readonly Buffer[]): number {
  return sum(step.writes.map((id) => buffers[id]));
}

function sum(buffers: readonly Buffer[]): number {
  return buffers.reduce((total, { bytes }) => total + bytes, 0);
}

/** Columns padded to their widest cell; the last one runs free. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]))).join('  '));
}
