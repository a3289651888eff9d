import type { AttributeValue } from '../../src/core/attributes.ts';
import { kernelsFor } from '../../src/kernels/registry.ts';
import type { AttributeRule, Op } from '../../src/ops/op.ts';
import { ops } from '../../src/ops/table.ts';
import { table } from './markdown.ts';

function shown(value: AttributeValue): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

function attribute([name, rule]: readonly [string, AttributeRule]): string {
  const choices = rule.oneOf ? ` (${rule.oneOf.join(', ')})` : '';
  return rule.default === undefined ? `\`${name}\`${choices}` : `\`${name}=${shown(rule.default)}\`${choices}`;
}

/** What runs the op: kernels, nothing at all, or its plain implementation. */
function runsOn(op: Op): string {
  if (op.view) return 'nothing: a view';
  const rows = new Set(kernelsFor(op.name).map(({ name }) => name)).size;
  if (rows > 0) return rows === 1 ? '1 kernel' : `${rows} kernels`;
  const inputs = op.inputs.length;
  return op.shapeOnly?.length === inputs ? 'nothing: known when planned' : 'JavaScript';
}

export function opTable(): string {
  const lines = [...ops.values()].map((op) => [
    `\`${op.name}\``,
    op.inputs.join(', '),
    op.outputs.join(', '),
    Object.entries(op.attributes).map(attribute).join(', '),
    op.gradient ? 'yes' : 'no',
    runsOn(op),
  ]);
  return table([['op', 'inputs', 'outputs', 'attributes', 'gradient', 'runs on'], ...lines]);
}
