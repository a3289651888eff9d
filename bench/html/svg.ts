/** Two kinds of plot as SVG text: lines over the share of zeros, and bars under a roof. Colours are those of the page's style. */

export interface Point {
  /** Share of zeros. */
  readonly sparsity: number;
  readonly value: number;
}

export interface Series {
  readonly name: string;
  /** Class of the page's style that gives the colour. */
  readonly colour: string;
  readonly points: readonly Point[];
}

export interface LinePlot {
  readonly title: string;
  readonly series: readonly Series[];
  /** A value that stands for another engine: a dashed line across. */
  readonly levels: readonly { readonly name: string; readonly value: number }[];
  /** What skipping zeros at no cost would give, from this value at no zeros. */
  readonly ideal: number | undefined;
}

const SIZE = { width: 400, height: 270, left: 44, right: 14, top: 30, bottom: 34 } as const;
const TICKS = [0, 0.5, 0.8, 0.9, 0.95] as const;

/** Both axes are logarithms, across of what is left and up of the speed: skipping zeros at no cost is a straight line. */
export function linePlot({ title, series, levels, ideal }: LinePlot): string {
  const { width, height, left, right, top, bottom } = SIZE;
  const values = [...series.flatMap(({ points }) => points.map(({ value }) => value)), ...levels.map((l) => l.value)];
  const low = Math.floor(Math.log2(Math.min(...values) * 0.95));
  const high = Math.max(low + 1, Math.ceil(Math.log2(Math.max(...values) * 1.05)));
  const last = TICKS[TICKS.length - 1];
  const x = (sparsity: number) => left + ((width - left - right) * Math.log(1 - sparsity)) / Math.log(1 - last);
  const y = (value: number) => height - bottom - ((height - top - bottom) * (Math.log2(value) - low)) / (high - low);
  const parts: string[] = [text(left, 18, title, 'title')];
  for (let power = low; power <= high; power++) {
    const at = y(2 ** power);
    parts.push(line(left, at, width - right, at, 'grid'), text(left - 6, at + 4, `${number(2 ** power)}×`, 'end'));
  }
  for (const tick of TICKS)
    parts.push(
      line(x(tick), top, x(tick), height - bottom, 'grid'),
      text(x(tick), height - bottom + 16, `${Math.round(100 * tick)} %`, tick === last ? 'end' : 'middle'),
    );
  if (ideal !== undefined) {
    // Cut where it leaves the plot.
    const end = Math.min(last, 1 - ideal / 2 ** high);
    parts.push(line(x(0), y(ideal), x(end), y(ideal / (1 - end)), 'ideal'));
  }
  for (const [i, { name, value }] of levels.entries()) {
    // Two levels may be close: one is named above its line, the other below.
    const label = text(width - right - 4, y(value) + (i === 0 ? 13 : -5), name, 'note');
    parts.push(line(left, y(value), width - right, y(value), 'level'), label);
  }
  for (const { name, colour, points } of series) {
    const marks = points.map(({ sparsity, value }) => {
      const tip = `${name}, ${Math.round(100 * sparsity)} % zeros: ${number(value)}×`;
      return `<circle class="${colour}" cx="${round(x(sparsity))}" cy="${round(y(value))}" r="4"><title>${escaped(tip)}</title></circle>`;
    });
    const path = points.map(({ sparsity, value }) => `${round(x(sparsity))},${round(y(value))}`).join(' ');
    parts.push(`<polyline class="${colour}" points="${path}"/>`, ...marks);
  }
  return svg(width, height, title, parts);
}

export interface Bar {
  readonly name: string;
  readonly colour: string;
  readonly value: number;
}

export interface BarPlot {
  readonly title: string;
  readonly bars: readonly Bar[];
  /** The most that any bar can reach: a line down. */
  readonly roof: number | undefined;
  /** What the end of the scale stands for; the same on every plot of a page. */
  readonly top: number;
  readonly unit: string;
}

export function barPlot({ title, bars, roof, top, unit }: BarPlot): string {
  const [width, row, first, left, right] = [400, 19, 30, 150, 46];
  const height = first + bars.length * row + 8;
  const length = (value: number) => ((width - left - right) * value) / top;
  const parts = [text(8, 18, title, 'title')];
  for (const [i, { name, colour, value }] of bars.entries()) {
    const at = first + i * row;
    const shape = `x="${left}" y="${at + 3}" width="${round(Math.max(1, length(value)))}" height="${row - 6}" rx="2"`;
    parts.push(
      text(left - 6, at + 14, name, 'end'),
      `<rect class="${colour}" ${shape}><title>${escaped(`${name}: ${number(value)} ${unit}`)}</title></rect>`,
      text(left + length(value) + 5, at + 14, number(value), 'value'),
    );
  }
  if (roof !== undefined) {
    const at = left + length(roof);
    parts.push(line(at, first - 2, at, height - 6, 'roof'));
  }
  return svg(width, height, title, parts);
}

function svg(width: number, height: number, title: string, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">${parts.join('')}</svg>`;
}

function line(x1: number, y1: number, x2: number, y2: number, name: string): string {
  return `<line class="${name}" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
}

function text(x: number, y: number, words: string, name: string): string {
  return `<text class="${name}" x="${round(x)}" y="${round(y)}">${escaped(words)}</text>`;
}

const round = (value: number) => Math.round(10 * value) / 10;

export function number(value: number): string {
  return String(Number(value.toPrecision(value < 1 ? 2 : 3)));
}

export function escaped(words: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return words.replace(/[&<>"]/g, (character) => names[character]);
}
