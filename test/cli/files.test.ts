import { chmodSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { checkpointFile, readFileBytes, writeFileAtomic } from '../../src/node/index.ts';
import { folder } from './lacewing.ts';

describe('files', () => {
  it('are replaced whole, through links, with their permissions', async () => {
    const at = folder();
    writeFileSync(at.file('a'), 'old');
    chmodSync(at.file('a'), 0o640);
    symlinkSync('a', at.file('link'));
    await writeFileAtomic(at.file('link'), new TextEncoder().encode('new'));
    expect(readFileSync(at.file('a'), 'utf8')).toBe('new');
    expect(statSync(at.file('a')).mode & 0o777).toBe(0o640);
    expect(lstatSync(at.file('link')).isSymbolicLink()).toBe(true);
    expect(at.names()).toEqual(['a', 'link']);
  });

  it('are read as plain bytes: a slice is a copy', async () => {
    const at = folder();
    writeFileSync(at.file('a'), 'abc');
    const bytes = await readFileBytes(at.file('a'));
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
    expect(bytes).toEqual(Uint8Array.of(97, 98, 99));
  });

  it('complain with path and reason', async () => {
    const at = folder();
    await expect(readFileBytes(at.file('none'))).rejects.toThrow(/none": want a file to read, got no such file/);
    await expect(readFileBytes(at.path)).rejects.toThrow(UsageError);
    await expect(writeFileAtomic(at.path, new Uint8Array(3))).rejects.toThrow(/want to write 3 bytes, got a folder/);
    await expect(writeFileAtomic(at.file('no/a'), new Uint8Array(3))).rejects.toThrow(/no such file or folder/);
    await expect(writeFileAtomic(at.file('x'.repeat(300)), new Uint8Array(3))).rejects.toThrow(/name that is too long/);
    expect(at.names()).toEqual([]);
  });
});

it('a checkpoint file is none until it is saved', async () => {
  const at = folder();
  const { save, load } = checkpointFile(at.file('run.ckpt'));
  expect(await load()).toBeUndefined();
  await save(Uint8Array.of(1, 2));
  await save(Uint8Array.of(3));
  expect(await load()).toEqual(Uint8Array.of(3));
  expect(at.names()).toEqual(['run.ckpt']);
});
