/** Padding, whose parameters moved from attributes to inputs. */
import { string } from '../../ops/op.ts';
import { int, text } from '../attributes.ts';
import type { ExportNode } from '../export-rule.ts';
import type { ImportNode } from '../import-rule.ts';

const modes = ['constant', 'reflect', 'edge', 'wrap'];

/** Pads and value are attributes before opset 11, then inputs; opset 18 adds axes, 19 the mode wrap. */
export function importPad(node: ImportNode) {
  const { attributes, inputs, opset } = node;
  const mode = attributes.get('mode', 'string', 'constant');
  if (!modes.includes(mode)) node.reject(`want a mode among ${modes.join(', ')}, got ${mode}`);
  if (opset < 11) {
    if (inputs.length > 1) node.reject('want pads as an attribute before opset 11, got an input');
    const pads = attributes.get('pads', 'ints');
    return node.finish('pad', [inputs[0]], { pads, mode, value: attributes.get('value', 'float', 0) });
  }
  for (const name of ['pads', 'value'])
    if (attributes.has(name)) node.reject(`want ${name} as an input from opset 11 on`);
  const pads = node.list(1, 'pads');
  const value = node.hasInput(2) ? node.one(2, 'constant_value') : 0;
  node.finish('pad', [inputs[0]], { pads, mode, value, axes: node.hasInput(3) ? node.list(3, 'axes') : [] });
}

/** The pads of all axes: opset 17 knows no axes. */
function padsOf(node: ExportNode): readonly number[] | undefined {
  const { axes, pads } = node.attributes;
  if (!Array.isArray(axes) || (axes.length > 0 && !Array.isArray(pads)))
    return node.reject('axes that depend on the feeds cannot be exported to opset 17');
  if (!Array.isArray(pads)) return undefined;
  if (axes.length === 0) return pads;
  const rank = node.shape(node.inputs[0]).length;
  const all = new Array<number>(2 * rank).fill(0);
  axes.forEach((given: number, i: number) => {
    const axis = given < 0 ? given + rank : given;
    all[axis] = pads[i];
    all[rank + axis] = pads[axes.length + i];
  });
  return all;
}

/** The mode wrap came with opset 19; along known extents it is a Gather per axis. */
function exportWrap(node: ExportNode, pads: readonly number[] | undefined) {
  let [x] = node.inputs;
  const shape = node.shape(x);
  shape.forEach((extent, axis) => {
    const before = pads?.[axis] ?? 0;
    const after = pads?.[shape.length + axis] ?? 0;
    if (before === 0 && after === 0) return;
    if (typeof extent !== 'number') return node.reject('mode wrap of unknown extents cannot be exported to opset 17');
    const [first, kept] = [Math.max(0, -before), extent + Math.min(0, before) + Math.min(0, after)];
    const indices = Array.from({ length: before + extent + after }, (_, i) => {
      const at = i - Math.max(0, before);
      return first + (((at % kept) + kept) % kept);
    });
    x = node.emit('Gather', [x, node.integers('indices', indices)], { axis: int(axis) });
  });
  node.finish('Identity', [x]);
}

export function exportPad(node: ExportNode) {
  const [x] = node.inputs;
  const pads = padsOf(node);
  const mode = string(node.attributes, 'mode');
  if (mode === 'wrap') return pads ? exportWrap(node, pads) : node.reject('mode wrap cannot be exported to opset 17');
  const value = mode === 'constant' ? [node.one('value', node.dtype(x))] : [];
  node.finish('Pad', [x, pads ? node.integers('pads', pads) : node.list('pads'), ...value], { mode: text(mode) });
}
