import { MAX_RANK } from '../core/shape.ts';
import type { Graph } from './graph.ts';

/** Names used before they exist, made twice, or never made; inputs of absurd rank. Order implies there is no cycle. */
export function wiringProblems(graph: Graph): string[] {
  const problems: string[] = [];
  const made = new Set<string>();
  const all = new Set(graph.nodes.flatMap((node) => node.outputs));
  const make = (value: string, by: string) => {
    if (made.has(value)) problems.push(`${by}: value "${value}" is made twice`);
    made.add(value);
  };
  for (const { name, shape } of graph.inputs) {
    make(name, `input "${name}"`);
    if (shape.length > MAX_RANK) problems.push(`input "${name}": want rank <= ${MAX_RANK}, got ${shape.length}`);
    for (const dim of shape)
      if (typeof dim === 'number' && (!Number.isInteger(dim) || dim < 0))
        problems.push(`input "${name}": want extents >= 0 or names, got ${dim}`);
  }
  for (const name of graph.constants.keys()) make(name, `constant "${name}"`);
  const names = new Set<string>();
  for (const node of graph.nodes) {
    const at = `${node.op} "${node.name}"`;
    if (names.has(node.name)) problems.push(`${at}: the name is used twice`);
    names.add(node.name);
    for (const input of node.inputs)
      if (input !== '' && !made.has(input))
        problems.push(
          `${at}: input "${input}" is ${all.has(input) ? 'made later (a cycle or a wrong order)' : 'made nowhere'}`,
        );
    for (const output of node.outputs) if (output !== '') make(output, at);
  }
  for (const output of graph.outputs) if (!made.has(output)) problems.push(`output "${output}" is made nowhere`);
  const updated = new Set<string>();
  for (const { constant, value } of graph.updates) {
    if (!graph.constants.has(constant)) problems.push(`update of "${constant}": there is no such constant`);
    if (!made.has(value)) problems.push(`update of "${constant}": value "${value}" is made nowhere`);
    if (updated.has(constant)) problems.push(`update of "${constant}": it is updated twice`);
    updated.add(constant);
  }
  return problems;
}
