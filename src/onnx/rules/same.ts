/** Rules for ops that are the same in ONNX and here, but for spelling and the names of their numbers. */
import { number } from '../../ops/op.ts';
import { float } from '../attributes.ts';
import type { ExportRule, ExportRules } from '../export-rule.ts';
import type { ImportRule, ImportRules } from '../import-rule.ts';

/** A row per op of ours. */
export interface SameRow {
  readonly onnx: string;
  /** The opset in which it came. */
  readonly since?: number;
  readonly inputs: number;
  /** Float attributes by our name: ONNX's, and its default. */
  readonly floats?: Readonly<Record<string, readonly [onnx: string, fallback: number]>>;
}

export type SameRows = Readonly<Record<string, SameRow>>;

export function sameImports(rows: SameRows): ImportRules {
  return Object.fromEntries(
    Object.entries(rows).map(([ours, { onnx, since, inputs, floats = {} }]): [string, ImportRule] => [
      onnx,
      {
        ...(since !== undefined && { since }),
        inputs: [inputs, inputs],
        attributes: Object.fromEntries(Object.values(floats).map(([name]) => [name, 'float' as const])),
        run(node) {
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
