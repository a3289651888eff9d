/** The HTML report: one page that needs nothing else, from what the benches wrote as JSON. Runs in browsers too. */
import { byLayer, isOwn, type LayerRun, rival } from '../layers/run.ts';
import { allTables, nameOf } from '../layers/tables.ts';
import { cellText, headline, isText, type Report, type Result } from '../result.ts';
import { style } from './style.ts';
import { barPlot, escaped, linePlot, number, type Series } from './svg.ts';

/** Class of the style by pattern, in the order of the legend. */
const colours: readonly (readonly [pattern: string, colour: string])[] = [
  ['dense', 'dense'],
  ['unstructured', 'unstructured'],
  ['4x1', 'b4'],
  ['8x1', 'b8'],
  ['16x1', 'b16'],
  ['2:4 by 4', 'nm'],
];
const colourOf = (run: LayerRun) =>
  isOwn(run) ? (colours.find(([pattern]) => pattern === run.pattern)?.[1] ?? 'dense') : 'other';
const WEB = 'onnxruntime-web';
const NATIVE = 'onnxruntime-node';

/** The page for one or more runs of benches, each in sections of its own. */
export function reportPage(reports: readonly Report[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Lacewing benches</title><style>${style}</style></head>
<body><main>${reports.map(sectionsOf).join('')}</main></body></html>
`;
}

/** The sections of one run, plots first. */
export function sectionsOf(report: Report): string {
  const { bench, when, load, runs, results, roof } = report;
  return [
    `<h1>Lacewing: ${escaped(bench)}</h1>`,
    `<p>${escaped(headline(report))}. ${escaped(when)}${load ? `, ${escaped(load)}` : ''}.</p>`,
    ...(runs && runs.length > 0 ? [...speedSections(runs), ...rateSections(runs, roof)] : []),
    '<h2>Tables</h2>',
    ...[...(runs ? allTables(runs) : []), ...results].map(tableOf),
  ].join('\n');
}

function speedSections(runs: readonly LayerRun[]): string[] {
  const plots = [...byLayer(runs)].flatMap(([layer, own]) => {
    const web = rival(own, layer, WEB);
    const dense = rival(own, layer, 'lacewing');
    if (!web || !dense) return [];
    const single = own.filter((run) => isOwn(run) && run.threads === 1);
    const series = colours.flatMap(([pattern, colour]): Series[] => {
      // Weights without zeros are where the line of unstructured ones begins.
      const member = (run: LayerRun) =>
        run.pattern === pattern || (pattern === 'unstructured' && run.pattern === 'dense');
      const points = single.filter(member).map(({ sparsity, min }) => ({ sparsity, value: web.min / min }));
      if (pattern === 'dense' || points.length === 0) return [];
      return [{ name: pattern, colour, points: points.sort((a, b) => a.sparsity - b.sparsity) }];
    });
    const native = rival(own, layer, NATIVE);
    const levels = [
      { name: WEB, value: 1 },
      ...(native ? [{ name: `${NATIVE} (native)`, value: web.min / native.min }] : []),
    ];
    return [linePlot({ title: layer, series, levels, ideal: web.min / dense.min })];
  });
  if (plots.length === 0) return [];
  return [
    '<h2>Speed over the share of zeros</h2>',
    `<p>How many times as fast as ${WEB} on the same layer, by minima of session.run. The dotted line is what skipping zeros
     at no cost would make of our dense layer.</p>`,
    legend(runs),
    grid(plots),
  ];
}

function rateSections(runs: readonly LayerRun[], roof: number | undefined): string[] {
  const rate = ({ flops, min }: LayerRun) => flops / min / 1000;
  // What is no WebAssembly, or more than a thread, has another roof.
  const under = runs.filter(({ engine, threads }) => engine !== NATIVE && threads === 1);
  const top = Math.max(roof ?? 0, ...under.map(rate));
  const plots = [...byLayer(under)].map(([title, own]) => {
    const bars = own.map((run) => ({ name: barName(run), colour: colourOf(run), value: rate(run) }));
    return barPlot({ title, bars, roof, top, unit: 'GF/s' });
  });
  const line =
    roof === undefined ? '' : ` The dashed line is what f32x4 multiplies and adds alone reach: ${number(roof)}.`;
  return [
    '<h2>GF/s under the roof</h2>',
    `<p>Operations on weights that are not zero per second.${line}</p>`,
    legend(runs),
    grid(plots),
  ];
}

function barName(run: LayerRun): string {
  if (!isOwn(run)) return run.engine;
  const zeros = run.sparsity === 0 ? '' : ` ${Math.round(100 * run.sparsity)} %`;
  return `${nameOf(run).replace('lacewing, ', '')}${zeros}`;
}

function legend(runs: readonly LayerRun[]): string {
  const present = new Set(runs.filter(isOwn).map(({ pattern }) => pattern));
  const entries = colours.filter(([pattern]) => present.has(pattern));
  const all = [...entries, ...(runs.every(isOwn) ? [] : [['other engines', 'other'] as const])];
  return `<div class="legend">${all.map(([name, colour]) => `<span><i class="${colour}"></i>${escaped(name)}</span>`).join('')}</div>`;
}

function grid(plots: readonly string[]): string {
  return `<div class="plots">${plots.map((plot) => `<div class="card">${plot}</div>`).join('')}</div>`;
}

/** A table that opens on a click; what was wanted and reached is open. */
export function tableOf(result: Result): string {
  const { title, columns, rows } = result;
  const words = columns.map((_, column) => (isText(result, column) ? 'words' : ''));
  const cell = (tag: string, text: string, column: number) => {
    const classes = [words[column], text === 'pass' || text === 'short' ? text : ''].filter(Boolean).join(' ');
    return `<${tag}${classes && ` class="${classes}"`}>${escaped(text)}</${tag}>`;
  };
  const head = columns.map((name, i) => cell('th', name, i)).join('');
  const body = rows
    .map((row) => `<tr>${row.map((value, i) => cell('td', cellText(value), i)).join('')}</tr>`)
    .join('\n');
  const open = title.startsWith('acceptance') ? ' open' : '';
  return `<details${open}><summary>${escaped(title)}</summary><table><tr>${head}</tr>\n${body}</table></details>`;
}
