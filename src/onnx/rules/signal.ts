/** Window functions of signal processing, written out as cosines over a range. */
import type { DType } from '../../core/dtype.ts';
import { importType } from '../data-types.ts';
import type { ImportNode, ImportRule, ImportRules } from '../import-rule.ts';

/** weights[0] - weights[1] cos(t) + weights[2] cos(2 t) for t = 2 pi k / n, where a window that is not periodic ends with n. */
function importWindow(node: ImportNode, weights: readonly number[]): void {
  const { attributes, emit, number } = node;
  const to = importType(attributes.get('output_datatype', 'int', 1), `${node.label}, attribute output_datatype`);
  const steps = emit('range', [], { start: 0, limit: node.one(0, 'size'), delta: 1, type: 'float32' });
  const size = emit('cast', [node.inputs[0]], { to: 'float32' });
  const period = attributes.get('periodic', 'int', 1) !== 0 ? size : emit('sub', [size, number(1)]);
  const angle = emit('mul', [emit('div', [steps, period]), number(2 * Math.PI)]);
  const sum = weights.slice(1).reduce((before, weight, i) => {
    const wave = emit('cos', [i === 0 ? angle : emit('mul', [angle, number(i + 1)])]);
    return emit(i % 2 === 0 ? 'sub' : 'add', [before, emit('mul', [wave, number(weight)])]);
  }, number(weights[0]));
  node.finish('cast', [sum], { to: to satisfies DType });
}

const window = (...weights: readonly number[]): ImportRule => ({
  since: 17,
  inputs: [1, 1],
  attributes: { output_datatype: 'int', periodic: 'int' },
  run: (node) => importWindow(node, weights),
});

export const signalImports: ImportRules = {
  BlackmanWindow: window(0.42, 0.5, 0.08),
  HammingWindow: window(25 / 46, 21 / 46),
  HannWindow: window(0.5, 0.5),
};
