/** Where the backend tests of the ONNX project lie, and which there are. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Debian's package libonnx-testdata puts them here. */
const ROOT = '/usr/share/libonnx-testdata/data';

export const groups = ['node', 'pytorch-converted', 'pytorch-operator', 'simple'] as const;

export interface Case {
  /** `node/test_abs` */
  readonly name: string;
  readonly folder: string;
}

/** Every test whose name contains `only`; undefined where the package is not installed. */
export function casesOf(only = '', root = ROOT): Case[] | undefined {
  if (!existsSync(root)) return undefined;
  return groups.flatMap((group) =>
    readdirSync(join(root, group))
      .sort()
      .map((test) => ({ name: `${group}/${test}`, folder: join(root, group, test) }))
      .filter(({ name, folder }) => name.includes(only) && existsSync(join(folder, 'model.onnx'))),
  );
}
