/** What a run found, as a table for the documents and as a curve. */
import type { Marks } from './marks.ts';
import type { Speed } from './speed.ts';
import type { Outcome } from './stages.ts';

export interface Row {
  readonly outcome: Outcome;
  /** Test lines that the exported model reads alike in onnxruntime. */
  readonly same: number;
  readonly speed: Speed;
}

export interface Setting {
  readonly dense: Marks;
  readonly count: number;
  readonly trained: number;
}

export function reportOf(rows: readonly Row[], setting: Setting): { readonly markdown: string; readonly svg: string } {
  return { markdown: markdownOf(rows, setting), svg: curveOf(rows, setting.dense) };
}

function markdownOf(rows: readonly Row[], { dense, count, trained }: Setting): string {
  const heads = [
    'zeros',
    'pruned only',
    'reconstructed',
    'distilled',
    'without spaces',
    'lines exact',
    'alike in onnxruntime',
  ];
  const lines = [
    [...heads, 'ms a line', '× onnxruntime-web, dense', 'minutes to reconstruct', 'to distil', 'steps'],
    Array.from({ length: 12 }, () => '---'),
    ['0', '', '', share(dense.error), share(dense.withoutSpaces), `${dense.exact} of ${count}`, '', '', '', '', '', ''],
    ...rows.map(({ outcome, same, speed }) => [
      share(outcome.sparsity, 0),
      ...[outcome.pruned, outcome.reconstructed, outcome.distilled].map(({ error }) => share(error)),
      share(outcome.distilled.withoutSpaces),
      `${outcome.distilled.exact} of ${count}`,
      `${same} of ${count}`,
      speed.lacewing.toFixed(1),
      (speed.peer / speed.lacewing).toFixed(2),
      (outcome.seconds.reconstruct / 60).toFixed(1),
      (outcome.seconds.distil / 60).toFixed(1),
      String(outcome.steps),
    ]),
  ];
  const table = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return `${table}\n\nShares of wrong characters in ${count} test lines; ${trained} training lines; minutes of processor time.\n`;
}

function share(value: number, digits = 2): string {
  return `${(100 * value).toFixed(digits)} %`;
}

const SIZE = { width: 460, height: 300, left: 56, right: 20, top: 34, bottom: 40 } as const;
const LEAST = 0.001;
const STYLE =
  'text{font:11px system-ui,sans-serif;fill:#5d6778}.title{font-size:13px;font-weight:600}.end{text-anchor:end}' +
  '.middle{text-anchor:middle}.grid{stroke:#aab2c0;stroke-opacity:.4}polyline{fill:none;stroke-width:2.2}';

/** Errors on a logarithmic scale over the share of zeros: what each stage leaves. */
function curveOf(rows: readonly Row[], dense: Marks): string {
  const { width, height, left, right, top, bottom } = SIZE;
  const last = Math.max(0.8, ...rows.map(({ outcome }) => outcome.sparsity));
  const x = (sparsity: number) => left + ((width - left - right) * sparsity) / last;
  const y = (error: number) =>
    height - bottom - ((height - top - bottom) * Math.log(Math.max(LEAST, error) / LEAST)) / Math.log(1.2 / LEAST);
  const parts = [text(left, 18, 'Characters read wrongly, by share of zeros', 'title')];
  for (const tick of [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1])
    parts.push(
      line(left, y(tick), width - right, y(tick)),
      text(left - 6, y(tick) + 4, `${Number((100 * tick).toFixed(1))} %`, 'end'),
    );
  for (const tick of [0, ...rows.map(({ outcome }) => outcome.sparsity)])
    parts.push(
      line(x(tick), top, x(tick), height - bottom),
      text(x(tick), height - bottom + 16, share(tick, 0), 'middle'),
    );
  const series = [
    { name: 'pruned only', colour: '#d0573a', of: (row: Row) => row.outcome.pruned },
    { name: 'reconstructed', colour: '#c77d0a', of: (row: Row) => row.outcome.reconstructed },
    { name: 'distilled', colour: '#0f9d77', of: (row: Row) => row.outcome.distilled },
  ];
  series.forEach(({ name, colour, of }, i) => {
    const points = [[0, dense.error] as const, ...rows.map((row) => [row.outcome.sparsity, of(row).error] as const)];
    const path = points.map(([sparsity, error]) => `${round(x(sparsity))},${round(y(error))}`).join(' ');
    parts.push(`<polyline stroke="${colour}" points="${path}"/>`);
    for (const [sparsity, error] of points)
      parts.push(
        `<circle fill="${colour}" cx="${round(x(sparsity))}" cy="${round(y(error))}" r="4"><title>${name}, ${share(sparsity, 0)}: ${share(error)}</title></circle>`,
      );
    const at = left + 12 + i * 120;
    parts.push(`<circle fill="${colour}" cx="${at}" cy="${height - 8}" r="4"/>`, text(at + 8, height - 4, name));
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Characters read wrongly, by share of zeros"><style>${STYLE}</style>${parts.join('')}</svg>\n`;
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="grid" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
}

function text(x: number, y: number, words: string, name = ''): string {
  return `<text class="${name}" x="${round(x)}" y="${round(y)}">${words}</text>`;
}

const round = (value: number) => Math.round(10 * value) / 10;
