/** How results look: tables, sizes, shares. */
import Table from 'cli-table3';
import colors from 'picocolors';
import { type Dim, format } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';

/** Writes one line to stdout. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a result for machines to stdout. */
export function sayJson(value: unknown): void {
  say(JSON.stringify(value, null, 2));
}

/** Writes a remark to stderr, where it does not mix with results. */
export function remark(line: string): void {
  process.stderr.write(`${line}\n`);
}

export interface Column {
  readonly head: string;
  /** Numbers stand to the right. */
  readonly right?: boolean;
}

const blank = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'].map((c) => [
    c,
    '',
  ]),
);
const bare = Object.fromEntries(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'].map((c) => [c, '']));

/** A table without lines, two blanks between columns. */
export function tableOf(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: columns.map(({ head }) => colors.bold(head)),
    colAligns: columns.map(({ right }) => (right ? 'right' : 'left')),
    chars: { ...blank, ...bare, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(2)} %`;
}

export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  return count < 1024 ** 2 ? `${(count / 1024).toFixed(1)} KiB` : `${(count / 1024 ** 2).toFixed(2)} MiB`;
}

/** Digits in groups of three. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

export function microseconds(value: number): string {
  return value < 100 ? value.toFixed(2) : value < 10000 ? value.toFixed(1) : value.toFixed(0);
}

/** A value as `image float32 [batch, 784]`. */
export function valueText(name: string, dtype: string, shape: readonly Dim[]): string {
  return `${name}  ${dtype} ${format(shape)}`;
}

/** How a constant is stored, as the option --pattern words it: `dense`, `csr`, `bsr 4x1`, `2:4`, `2:4x4`. */
export function encodingText(constant: Constant): string {
  switch (constant.encoding) {
    case 'bsr':
      return `bsr ${constant.block.join('x')}`;
    case 'nm':
      return `${constant.n}:${constant.m}${constant.sharedRows > 1 ? `x${constant.sharedRows}` : ''}`;
    default:
      return constant.encoding;
  }
}
