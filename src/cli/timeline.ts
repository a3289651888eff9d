/** A profile as a page: every step a bar from its start to its end, op by op in a row of its own, like a flame graph of one run. */
import type { StepTiming } from '../runtime/timings.ts';

const WIDTH = 1200;
const ROW = 22;
const LEFT = 140;
const TOP = 28;

/** HTML with one inline SVG; names of nodes are text, whatever they hold. */
export function timelinePage(title: string, steps: readonly StepTiming[]): string {
  const total = steps.reduce((sum, { microseconds }) => sum + microseconds, 0);
  const share = new Map<string, number>();
  for (const { op, microseconds } of steps) share.set(op, (share.get(op) ?? 0) + microseconds);
  const ops = [...share].toSorted(([, a], [, b]) => b - a).map(([op]) => op);
  const scale = (WIDTH - LEFT) / (total || 1);
  let start = 0;
  const bars = steps.map(({ title: node, op, kernel, microseconds }) => {
    const x = LEFT + start * scale;
    start += microseconds;
    const y = TOP + ops.indexOf(op) * ROW;
    const label = `${node}: ${op} by ${kernel}, ${microseconds.toFixed(1)} µs, ${percent(microseconds, total)}`;
    const width = Math.max(0.5, microseconds * scale);
    return `<rect x="${x.toFixed(2)}" y="${y}" width="${width.toFixed(2)}" height="${ROW - 4}" fill="${colour(kernel)}"><title>${escaped(label)}</title></rect>`;
  });
  const names = ops.map((op, i) => {
    const text = `${op} ${percent(share.get(op) ?? 0, total)}`;
    return `<text x="${LEFT - 8}" y="${TOP + i * ROW + ROW - 9}" text-anchor="end">${escaped(text)}</text>`;
  });
  const height = TOP + ops.length * ROW + 10;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>
<style>body{font:14px system-ui,sans-serif;margin:24px;color:#222;background:#fff}text{font-size:12px;fill:#222}rect:hover{stroke:#000}</style></head>
<body><h1 style="font-size:16px">${escaped(title)}</h1>
<p>${steps.length} steps, ${(total / 1000).toFixed(3)} ms, each as fast as it was seen. Point at a bar for its node; colours are kernels.</p>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="100%" role="img">
<text x="${LEFT}" y="16">0</text><text x="${WIDTH}" y="16" text-anchor="end">${(total / 1000).toFixed(3)} ms</text>
${names.join('\n')}
${bars.join('\n')}
</svg></body></html>
`;
}

const percent = (part: number, whole: number) => `${((100 * part) / (whole || 1)).toFixed(1)} %`;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** The same colour for the same kernel, on every page. */
function colour(kernel: string): string {
  let hash = 0;
  for (const letter of kernel) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
  return `hsl(${((hash % 360) + 360) % 360} 55% 60%)`;
}
