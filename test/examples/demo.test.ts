/** The demo on a small part of the images, start to end, as a user runs it. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const tsx = createRequire(import.meta.url).resolve('tsx/cli');
const out = mkdtempSync(join(tmpdir(), 'lacewing-demo-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

function demo(...args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, [tsx, 'examples/demo/main.ts', ...args], { maxBuffer: 1 << 20 });
}

describe('npm run demo', () => {
  it('trains, prunes, saves, reloads, checks and measures', { timeout: 60000 }, async () => {
    const { stdout } = await demo('--quick', '--out', out);
    const lines = stdout.split('\n');

    // Two stages learn after the dense one, and each says what its weights hash to.
    expect(stdout.match(/test error \d+\.\d\d %, weights [0-9a-f]{12}/g)).toHaveLength(3);
    for (const name of ['mlp-dense.onnx', 'mlp-unstructured.onnx', 'mlp-unstructured.lace', 'mlp-4x1.lace'])
      expect(existsSync(join(out, name)), name).toBe(true);

    // Per copy: .lace in two encodings, ONNX read back, and onnxruntime.
    expect(lines.filter((line) => line.startsWith('ok '))).toHaveLength(8);
    expect(lines.filter((line) => line.startsWith('FAILED'))).toEqual([]);
    expect(stdout).toContain('All checks passed');

    const rows = lines.filter((line) => /^│ (dense|9\d\.\d % zeros)/.test(line)).map((line) => line.split('│'));
    const runs = rows.map((cells) => cells[2].trim());
    expect(runs).toEqual(['dense', 'dense', 'csr', 'auto', 'dense', 'bsr', 'auto', 'onnxruntime-web']);
    for (const cells of rows) {
      const error = Number.parseFloat(cells[4]);
      expect(error, 'a network that has learnt something').toBeLessThan(60);
      const numbers = cells.slice(8, 16).map(Number);
      expect(numbers.every((number) => number > 0)).toBe(true);
    }
    const share = (row: number) => Number.parseFloat(rows[row][7]);
    expect(share(0)).toBe(100);
    expect(share(2)).toBeLessThan(8);
    expect(share(5)).toBeLessThan(8);
  });

  it('says what is wrong with an option, without a stack trace', { timeout: 20000 }, async () => {
    const failure = await demo('--model', 'resnet').catch(
      (error: unknown) => error as { code: number; stderr: string },
    );
    expect(failure).toMatchObject({ code: 2, stderr: '--model: want one of mlp, lenet5, vit, got "resnet"\n' });
  });
});
