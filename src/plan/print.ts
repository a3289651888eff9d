import { format } from '../core/shape.ts';
import type { Node } from '../graph/graph.ts';
import { opOf } from '../ops/call.ts';
import type { Buffer, Plan, Step } from './plan.ts';

/** One line per step: kernel, layouts, bytes written, predicted time, what of it is repacking, and why it was chosen. */
export function printPlan(plan: Plan): string {
  const { graph, steps, prologue, buffers } = plan;
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const rows = [['step', 'node', 'op', 'kernel', 'layout', 'bytes', 'µs', 'repacking', 'reason']];
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
        repackingOf(step) > 0 ? repackingOf(step).toFixed(1) : '',
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
    repackingText(steps, total),
    '',
  ].join('\n');
}

const movesOnly = ({ op }: Step) => op === 'convert' || op === 'transpose';

/** Predicted microseconds in which a step only brings numbers into another layout. */
function repackingOf(step: Step): number {
  return movesOnly(step) ? step.microseconds : (step.match?.repacking ?? 0);
}

/** What all conversions cost together, those that steps do themselves among them. */
function repackingText(steps: readonly Step[], total: number): string {
  const part = (some: readonly Step[], what: string) => {
    const own = some.reduce((all, step) => all + repackingOf(step), 0);
    return { own, text: `${some.length} ${what} ${own.toFixed(1)} µs` };
  };
  const parts = [
    part(
      steps.filter(({ op }) => op === 'convert'),
      'conversions',
    ),
    part(
      steps.filter(({ op }) => op === 'transpose'),
      'transposes',
    ),
    part(
      steps.filter((step) => !movesOnly(step) && repackingOf(step) > 0),
      'other steps',
    ),
  ];
  const sum = parts.reduce((all, { own }) => all + own, 0);
  const share = (100 * sum) / (total || 1);
  return `repacking: ${sum.toFixed(1)} µs, ${share.toFixed(1)} % of that: ${parts.map(({ text }) => text).join(', ')}`;
}

/** The op with what was fused into it, in its order: `matmul+gelu+add`. */
function opText({ op }: Step, node: Node | undefined): string {
  if (node?.op !== op) return op;
  const { activation = 'none', activationFirst } = node.attributes;
  const own = activation === 'none' ? '' : `+${activation}`;
  const added = node.inputs[opOf(node).inputs.indexOf('residual?')] ? '+add' : '';
  return activationFirst ? op + own + added : op + added + own;
}

/** Names of layouts; where the taps of a pattern lie is left out. */
function layoutsOf({ layouts }: Step): string {
  const short = (names: readonly string[]) => names.map((name) => name.replace(/(\.taps)\..*$/, '$1'));
  const [reads, writes] = [short(layouts.reads), short(layouts.writes)];
  const same = new Set([...reads, ...writes]);
  return same.size === 1 ? [...same][0] : `${reads.join(' ')} > ${writes.join(' ')}`;
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
