/** Every rule: ONNX ops by domain and name to ours, and ours to ONNX. */
import type { ExportRules } from '../export-rule.ts';
import type { ImportRules } from '../import-rule.ts';
import { convExports, convImports } from './conv.ts';
import { elementwiseExports, elementwiseImports, microsoftImports } from './elementwise.ts';
import { identityExports, identityImports } from './identity.ts';
import { matrixExports, matrixImports } from './matrix.ts';
import { movementExports, movementImports } from './movement.ts';
import { normalizationExports, normalizationImports } from './normalization.ts';
import { reduceExports, reduceImports } from './reduce.ts';
import { shapeExports, shapeImports } from './shape.ts';

/** By domain; '' is ai.onnx. Constant is not here: constants are gathered before any rule runs. */
export const importRules: ReadonlyMap<string, ImportRules> = new Map([
  [
    '',
    {
      ...convImports,
      ...elementwiseImports,
      ...identityImports,
      ...matrixImports,
      ...movementImports,
      ...normalizationImports,
      ...reduceImports,
      ...shapeImports,
    },
  ],
  ['com.microsoft', microsoftImports],
]);

export const exportRules: ExportRules = {
  ...convExports,
  ...elementwiseExports,
  ...identityExports,
  ...matrixExports,
  ...movementExports,
  ...normalizationExports,
  ...reduceExports,
  ...shapeExports,
};
