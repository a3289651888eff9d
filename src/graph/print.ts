import { format } from '../core/shape.ts';
import type { Constant } from '../formats/constant.ts';
import type { Graph, Node } from './graph.ts';

/** The graph as text, one node a line: for people, diffs and golden tests. */
export function printGraph(graph: Graph): string {
  const lines = [`graph "${graph.name}"`];
  for (const { name, dtype, shape } of graph.inputs) lines.push(`  input ${name}: ${dtype} ${format(shape)}`);
  for (const [name, constant] of graph.constants) lines.push(`  constant ${name}: ${describe(constant)}`);
  for (const node of graph.nodes) {
    lines.push(`  ${printNode(node)}`);
    for (const [name, body] of Object.entries(node.bodies ?? {}))
      for (const [i, line] of printGraph(body).trimEnd().split('\n').entries())
        lines.push(`    ${i === 0 ? `${name}: ` : ''}${line}`);
  }
  for (const { constant, value } of graph.updates) lines.push(`  update ${constant} <- ${value}`);
  lines.push(`  output ${graph.outputs.join(', ')}`);
  return `${lines.join('\n')}\n`;
}

export function printNode({ op, name, inputs, outputs, attributes }: Node): string {
  const settings = Object.entries(attributes).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const left = outputs.map((output) => output || '_').join(', ');
  return `${left} = ${op}(${inputs.map((input) => input || '_').join(', ')})${settings.length ? ` {${settings.join(', ')}}` : ''}  "${name}"`;
}

function describe(constant: Constant): string {
  const { dtype, shape, encoding } = constant;
  if (encoding === 'dense') return `${dtype} ${format(shape)}`;
  return `${dtype} ${format(shape)} ${encoding}, ${constant.values.length} stored`;
}
