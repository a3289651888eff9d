/** Every rule: ONNX ops by domain and name to ours, and ours to ONNX. */
import type { ExportRules } from '../export-rule.ts';
import type { ImportRules } from '../import-rule.ts';
import { attentionExports, attentionImports } from './attention.ts';
import { controlExports, controlImports } from './control.ts';
import { convExports, convImports } from './conv.ts';
import { convTransposeExports, convTransposeImports } from './conv-transpose.ts';
import { einsumExports, einsumImports } from './einsum.ts';
import { elementwiseExports, elementwiseImports, microsoftImports } from './elementwise.ts';
import { identityExports, identityImports } from './identity.ts';
import { indexingExports, indexingImports } from './indexing.ts';
import { lossExports, lossImports } from './loss.ts';
import { nbitsImports } from './matmul-nbits.ts';
import { matrixExports, matrixImports, microsoftMatrixImports } from './matrix.ts';
import { microsoftNormImports } from './microsoft-norm.ts';
import { movementExports, movementImports } from './movement.ts';
import { normExports, normImports } from './norm.ts';
import { normalizationExports, normalizationImports } from './normalization.ts';
import { poolExports, poolImports } from './pool.ts';
import { microsoftQuantizeImports, quantizeExports, quantizeImports } from './quantize.ts';
import { recurrentExports, recurrentImports } from './recurrent.ts';
import { reduceExports, reduceImports } from './reduce.ts';
import { resampleExports, resampleImports } from './resample.ts';
import { sequenceImports } from './sequence.ts';
import { shapeExports, shapeImports } from './shape.ts';
import { signalImports } from './signal.ts';

/** By domain; '' is ai.onnx. Constant is not here: constants are gathered before any rule runs. */
export const importRules: ReadonlyMap<string, ImportRules> = new Map([
  [
    '',
    {
      ...controlImports,
      ...convImports,
      ...convTransposeImports,
      ...einsumImports,
      ...elementwiseImports,
      ...identityImports,
      ...indexingImports,
      ...lossImports,
      ...matrixImports,
      ...movementImports,
      ...normalizationImports,
      ...normImports,
      ...poolImports,
      ...quantizeImports,
      ...recurrentImports,
      ...reduceImports,
      ...resampleImports,
      ...sequenceImports,
      ...shapeImports,
      ...signalImports,
    },
  ],
  [
    'com.microsoft',
    {
      ...attentionImports,
      ...nbitsImports,
      ...microsoftImports,
      ...microsoftNormImports,
      ...microsoftMatrixImports,
      ...microsoftQuantizeImports,
    },
  ],
]);

export const exportRules: ExportRules = {
  ...attentionExports,
  ...controlExports,
  ...convExports,
  ...convTransposeExports,
  ...einsumExports,
  ...elementwiseExports,
  ...identityExports,
  ...indexingExports,
  ...lossExports,
  ...matrixExports,
  ...movementExports,
  ...normalizationExports,
  ...normExports,
  ...poolExports,
  ...quantizeExports,
  ...recurrentExports,
  ...reduceExports,
  ...resampleExports,
  ...shapeExports,
};
