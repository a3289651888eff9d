/** Finds the rule for a node, checks what every rule wants checked, and runs it. */
import { attributeProblems } from './attributes.ts';
import type { ImportNode, ImportRule } from './import-rule.ts';
import type { NodeProto } from './messages.ts';
import { domainOf } from './model.ts';
import { importRules } from './rules/table.ts';

/** From here on the rules know every form of an op; older files may use those that say so (`since`). */
const OLDEST = 6;

/** The rule for a node whose domain, opset and attributes it can serve; what is missing is added to `problems`. */
export function ruleOf(node: NodeProto, label: string, opset: number, problems: string[]): ImportRule | undefined {
  const domain = domainOf(node.domain);
  const rules = importRules.get(domain);
  const opType = node.opType ?? '';
  if (!rules || !Object.hasOwn(rules, opType)) {
    problems.push(`${label}: the op ${domain ? `${domain}.` : ''}${opType} is not supported`);
    return undefined;
  }
  const rule = rules[opType];
  const before = problems.length;
  if (domain !== '' && opset === 0) problems.push(`${label}: the model does not say which opset of ${domain} it uses`);
  if (domain === '' && opset < (rule.since ?? OLDEST))
    problems.push(
      rule.since === undefined
        ? `${label}: want opset ${OLDEST} or later for ${opType}, the model uses ${opset}`
        : `${label}: ${opType} came with opset ${rule.since}, the model uses ${opset}`,
    );
  if (node.overload) problems.push(`${label}: overloads of functions are not supported, got ${node.overload}`);
  for (const problem of attributeProblems(node.attribute, rule.attributes ?? {}, label)) problems.push(problem);
  return problems.length === before ? rule : undefined;
}

export function runRule(rule: ImportRule, node: ImportNode): void {
  const [min, max] = rule.inputs;
  const { inputs, outputs } = node;
  const absent = !rule.optional && inputs.slice(0, max === Number.POSITIVE_INFINITY ? inputs.length : min).includes('');
  if (inputs.length < min || inputs.length > max || absent)
    node.reject(
      `want ${min === max ? min : `${min} to ${max}`} inputs, got (${inputs.map((input) => input || '_').join(', ')})`,
    );
  if (outputs.length < 1 || outputs.length > (rule.outputs ?? 1))
    node.reject(`want 1 to ${rule.outputs ?? 1} outputs, got (${outputs.map((output) => output || '_').join(', ')})`);
  rule.run(node);
}
