/** Rules for ops that are the same in ONNX and here, but for spelling and the names of their numbers. */
import { number } from '../../ops/op.ts';
import { float } from '../attributes.ts';
import type { ExportRule, ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRule, ImportRules } from '../import-rule.ts';

/** A row per op of ours. */
export interface SameRow {
  readonly onnx: string;
  /** The opset in which it came. */
  readonly since?: number;
  readonly inputs: number;
  /** Whether the op had `broadcast` and `axis` before opset 7. */
  readonly aligned?: boolean;
  /** Float attributes by our name: ONNX's, and its default. */
  readonly floats?: Readonly<Record<string, readonly [onnx: string, fallback: number]>>;
}

export type SameRows = Readonly<Record<string, SameRow>>;

export function sameImports(rows: SameRows): ImportRules {
  return Object.fromEntries(
    Object.entries(rows).map(([ours, { onnx, since, inputs, aligned, floats = {} }]): [string, ImportRule] => [
      onnx,
      {
        ...(since !== undefined && { since }),
        inputs: [inputs, inputs],
        attributes: {
          ...Object.fromEntries(Object.values(floats).map(([name]) => [name, 'float' as const])),
          ...(aligned && oldBroadcast),
        },
        run(node) {
          if (aligned && (node.opset < 7 || node.attributes.has('axis') || node.attributes.has('broadcast')))
            return node.finish(ours, alignedOperands(node));
          const attributes = Object.entries(floats).map(([key, [name, fallback]]) => [
            key,
            node.attributes.get(name, 'float', fallback),
          ]);
          node.finish(ours, node.inputs, Object.fromEntries(attributes));
        },
      },
    ]),
  );
}

/** Attributes of operators with two operands, which had them until opset 7. */
export const oldBroadcast = { axis: 'int', broadcast: 'int' } as const;

/**
 * Before opset 7 the second operand was repeated only if `broadcast` said so, and its axes stood for those of the first from
 * `axis` on, by default for the last ones: axes of extent 1 behind it bring it there.
 */
export function alignedOperands(node: ImportNode): readonly string[] {
  const { attributes, opset, inputs } = node;
  if (opset >= 7) return node.reject('attributes axis and broadcast ended with opset 7');
  if (attributes.get('broadcast', 'int', 0) === 0 || !attributes.has('axis')) return inputs;
  const axis = attributes.get('axis', 'int');
  return [inputs[0], standingAt(node, axis)];
}

/** The second operand with axes of extent 1 behind it, so that its first axis stands under axis `axis` of the first one. */
export function standingAt(node: ImportNode, axis: number): string {
  const [a, b] = node.inputs;
  const [rank, own] = [node.shape(a)?.length, node.shape(b)?.length];
  if (rank === undefined || own === undefined) return node.reject('want operands of known rank for an axis');
  const behind = rank - own - (axis < 0 ? axis + rank : axis);
  if (behind < 0) node.reject(`want an axis that leaves room for ${own} axes of ${rank}, got ${axis}`);
  return behind === 0 ? b : node.emit('unsqueeze', [b], { axes: Array.from({ length: behind }, (_, i) => own + i) });
}

export function sameExports(rows: SameRows): ExportRules {
  return Object.fromEntries(
    Object.entries(rows).map(([ours, { onnx, floats = {} }]): [string, ExportRule] => [
      ours,
      (node) => {
        const attributes = Object.entries(floats).map(([key, [name]]) => [name, float(number(node.attributes, key))]);
        node.finish(onnx, node.inputs, Object.fromEntries(attributes));
      },
    ]),
  );
}
