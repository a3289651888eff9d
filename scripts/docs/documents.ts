import { readdirSync } from 'node:fs';
import { cliHelp } from './cli.ts';
import { errorTable } from './errors.ts';
import { fileSizes } from './file-sizes.ts';
import { conversionTable, kernelTable } from './kernels.ts';
import type { Part } from './markdown.ts';
import { exportList, importTable } from './onnx.ts';
import { opTable } from './ops.ts';
import { printedPlan } from './plan.ts';
import { roomTable } from './rooms.ts';

/** Every made part by the name in its mark. */
export const makers: Readonly<Record<string, Part>> = {
  cli: cliHelp,
  conversions: conversionTable,
  errors: errorTable,
  'file-sizes': fileSizes,
  kernels: kernelTable,
  'onnx-export': exportList,
  'onnx-import': importTable,
  ops: opTable,
  plan: printedPlan,
  rooms: roomTable,
};

/** Every document of the repository. */
export function documents(): string[] {
  const inDocs = readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);
  return ['README.md', 'ARCHITECTURE.md', ...inDocs.sort()];
}
