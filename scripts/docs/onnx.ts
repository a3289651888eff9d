import { exportRules, importRules } from '../../src/onnx/rules/table.ts';
import { ops } from '../../src/ops/table.ts';
import { codes, table } from './markdown.ts';

function count([min, max]: readonly [number, number]): string {
  if (max === Number.POSITIVE_INFINITY) return `${min} or more`;
  return min === max ? String(min) : `${min} to ${max}`;
}

/** ONNX ops that are read, and what each rule understands. */
export function importTable(): string {
  const lines = [...importRules].flatMap(([domain, rules]) =>
    Object.entries(rules)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([op, rule]) => [
        `\`${domain ? `${domain}.` : ''}${op}\``,
        count(rule.inputs),
        codes(Object.keys(rule.attributes ?? {})),
        rule.since === undefined ? '' : String(rule.since),
      ]),
  );
  return table([['ONNX op', 'inputs', 'attributes', 'from opset'], ...lines]);
}

/** Lacewing ops that can be written as ONNX, and those that cannot. */
export function exportList(): string {
  const names = [...ops.keys()];
  const written = names.filter((name) => Object.hasOwn(exportRules, name));
  const others = names.filter((name) => !Object.hasOwn(exportRules, name));
  return `Written: ${codes(written)}.\n\nRefused, by name of the node: ${codes(others)}.`;
}
