import { UsageError } from 'lacewing';
import type { PatternOption } from 'lacewing/prune';

export interface NamedPattern {
  readonly name: string;
  readonly option: PatternOption;
  /** The encoding that stores it, and so the session format that runs it. */
  readonly format: 'csr' | 'bsr' | 'nm';
  /** Zeros that the pattern prescribes, if it does. */
  readonly sparsity: number | undefined;
}

/** 'unstructured', '4x1' (blocks of output features by inputs), '2:4', or '2:4x4' (positions shared by 4 output features). */
export function patternNamed(name: string): NamedPattern {
  if (name === 'unstructured') return { name, option: 'unstructured', format: 'csr', sparsity: undefined };
  const block = /^([1-9]\d*)x([1-9]\d*)$/.exec(name);
  if (block)
    return { name, option: { block: [Number(block[1]), Number(block[2])] }, format: 'bsr', sparsity: undefined };
  const nm = /^([1-9]\d*):([1-9]\d*)(?:x([1-9]\d*))?$/.exec(name);
  if (nm) {
    const [, n, m, shared = '1'] = nm;
    const sparsity = 1 - Number(n) / Number(m);
    return { name, option: { nm: `${Number(n)}:${Number(m)}`, sharedRows: Number(shared) }, format: 'nm', sparsity };
  }
  throw new UsageError(`--pattern: want unstructured, a block such as 4x1, or N:M such as 2:4 or 2:4x4, got "${name}"`);
}
