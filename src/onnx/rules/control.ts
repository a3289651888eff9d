/** Ops that run graphs: If, Loop, Scan. */
import { number, numbers } from '../../ops/op.ts';
import { int, ints } from '../attributes.ts';
import type { ExportNode, ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRules } from '../import-rule.ts';

function importIf(node: ImportNode): void {
  const [yes, no] = [node.body('then_branch'), node.body('else_branch')];
  for (const { graph } of [yes, no])
    if (graph.outputs.length !== node.outputs.length)
      node.reject(`want ${node.outputs.length} outputs of each branch, got ${graph.outputs.length}`);
  // A condition that is known leaves one branch, but its values still have names of their own: it stays a graph.
  node.control(
    'if',
    [node.inputs[0], ...yes.captures, ...no.captures],
    {},
    { thenBranch: yes.graph, elseBranch: no.graph },
  );
}

function importLoop(node: ImportNode): void {
  const { graph, captures } = node.body('body');
  const carried = graph.inputs.length - captures.length - 2;
  const given = Math.max(0, node.inputs.length - 2);
  if (carried !== given) node.reject(`want a body with ${given + 2} inputs, got ${carried + 2}`);
  if (graph.outputs.length < 1 + carried)
    node.reject(`want a body with at least ${1 + carried} outputs, got ${graph.outputs.length}`);
  const [trips = '', condition = '', ...values] = node.inputs;
  node.control('loop', [trips, condition, ...values, ...captures], { captures: captures.length }, { body: graph });
}

function importScan(node: ImportNode): void {
  if (node.opset < 9) node.reject('want Scan of opset 9 or later, whose inputs have no batch axis, got opset 8');
  const { graph, captures } = node.body('body');
  const slices = node.attributes.get('num_scan_inputs', 'int');
  const own = graph.inputs.length - captures.length;
  if (own !== node.inputs.length || slices < 1 || slices > own)
    node.reject(`want a body with ${node.inputs.length} inputs, ${slices} of them slices, got ${own}`);
  const list = (name: string) => node.attributes.get(name, 'ints', []);
  node.control(
    'scan',
    [...node.inputs, ...captures],
    {
      captures: captures.length,
      slices,
      inputAxes: list('scan_input_axes'),
      outputAxes: list('scan_output_axes'),
      inputDirections: list('scan_input_directions'),
      outputDirections: list('scan_output_directions'),
    },
    { body: graph },
  );
}

const any = Number.POSITIVE_INFINITY;

export const controlImports: ImportRules = {
  If: {
    inputs: [1, 1],
    outputs: any,
    attributes: { then_branch: 'graph', else_branch: 'graph' },
    run: importIf,
  },
  Loop: { inputs: [0, any], optional: true, outputs: any, attributes: { body: 'graph' }, run: importLoop },
  Scan: {
    since: 8,
    inputs: [1, any],
    outputs: any,
    attributes: {
      body: 'graph',
      num_scan_inputs: 'int',
      scan_input_axes: 'ints',
      scan_output_axes: 'ints',
      scan_input_directions: 'ints',
      scan_output_directions: 'ints',
    },
    run: importScan,
  },
};

/** What the graphs capture is not written: they name it. */
const ownInputs = (node: ExportNode) => node.inputs.slice(0, node.inputs.length - number(node.attributes, 'captures'));

function exportScan(node: ExportNode) {
  const lists = {
    scan_input_axes: 'inputAxes',
    scan_output_axes: 'outputAxes',
    scan_input_directions: 'inputDirections',
    scan_output_directions: 'outputDirections',
  } as const;
  const given = Object.entries(lists).flatMap(([onnx, ours]) => {
    const list = numbers(node.attributes, ours);
    return list.length === 0 ? [] : [[onnx, ints(list)] as const];
  });
  node.finish('Scan', ownInputs(node), {
    body: node.body('body'),
    num_scan_inputs: int(number(node.attributes, 'slices')),
    ...Object.fromEntries(given),
  });
}

export const controlExports: ExportRules = {
  if: (node) =>
    node.finish('If', node.inputs.slice(0, 1), {
      then_branch: node.body('thenBranch'),
      else_branch: node.body('elseBranch'),
    }),
  loop: (node) => node.finish('Loop', ownInputs(node), { body: node.body('body') }),
  scan: exportScan,
};
