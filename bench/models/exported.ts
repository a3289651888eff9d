/** Models that PyTorch exports on this machine: random weights by a seed, nothing downloaded. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./export.py', import.meta.url));
const folder = fileURLToPath(new URL('../../build/models/', import.meta.url));

/** The file of a model, exported when first asked for; undefined where there is no PyTorch. */
export function exported(name: string): string | undefined {
  const path = `${folder}${name}.onnx`;
  if (existsSync(path) && statSync(path).mtimeMs > statSync(script).mtimeMs) return path;
  const python = pythonWithTorch();
  if (python === undefined) return undefined;
  mkdirSync(folder, { recursive: true });
  execFileSync(python, [script, folder, name], { stdio: ['ignore', 'ignore', 'inherit'] });
  return path;
}

let found: { readonly python: string | undefined } | undefined;

/** Debian's own Python first: that is the one which python3-torch belongs to. */
function pythonWithTorch(): string | undefined {
  found ??= { python: ['/usr/bin/python3', 'python3'].find(hasTorch) };
  return found.python;
}

function hasTorch(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import torch, torchvision'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
