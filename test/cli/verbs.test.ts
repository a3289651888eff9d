import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseNpy } from '../../src/cli/npy.ts';
import { readLace } from '../../src/file/index.ts';
import { mlp } from '../../src/models/index.ts';
import { readOnnx, writeOnnx } from '../../src/onnx/index.ts';
import { prune } from '../../src/prune/index.ts';
import { folder, writePoints } from './lacewing.ts';

const dense = mlp([2, 16, 16, 2], { seed: 1 });
const sparse = prune(dense, { sparsity: 0.75 }).graph;

describe.concurrent('help', () => {
  it('lists every verb, and gives each a page with examples', async () => {
    const { lacewing } = folder();
    const { code, stdout } = await lacewing('--help');
    expect(code).toBe(0);
    const verbs = [
      'train',
      'prune',
      'finetune',
      'export',
      'convert',
      'inspect',
      'run',
      'check',
      'bench',
      'profile',
      'forecast',
    ];
    const pages = await Promise.all(verbs.map((verb) => lacewing(verb, '--help')));
    verbs.forEach((verb, i) => {
      expect(stdout).toContain(`  ${verb} `);
      expect(pages[i]).toMatchObject({ code: 0, stderr: '' });
      expect(pages[i].stdout).toContain(`$ lacewing ${verb} `);
    });
  });

  it('prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await folder().lacewing('--version')).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});

describe.concurrent('prune', () => {
  it('writes a sparse model and a table', async () => {
    const at = folder();
    at.lace('a.lace', dense);
    const { code, stdout, stderr } = await at.lacewing('prune', 'a.lace', '--sparsity', '0.75', '-o', 'b.lace');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/fc2\.weight +\[16, 16\] +unstructured +75\.00 % +64 +256/);
    expect(stdout).toMatch(/all prunable +75\.00 %/);
    expect(readLace(readFileSync(at.file('b.lace'))).constants.get('fc2.weight')?.encoding).toBe('csr');
  });

  it('fits what is left to the outputs on given inputs', async () => {
    const at = folder();
    at.lace('a.lace', dense);
    writePoints(at);
    const options = ['prune', 'a.lace', '--sparsity', '0.5', '--reconstruct', 'x.npy', '--ridge', '0.001'];
    const { code, stdout, stderr } = await at.lacewing(...options, '-o', 'b.lace');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const head of ['reconstructed', 'error pruned', 'error now']) expect(stdout).toContain(head);
    expect(stdout).toMatch(/^fc2\.weight +200( +0\.\d{4}){2} +\d+\.\d\d$/m);
    const { reconstruction } = await at.json<{ reconstruction: { layers: { before: number; after: number }[] } }>(
      ...options,
      ...['-o', 'c.onnx'],
    );
    for (const { before, after } of reconstruction.layers) expect(after).toBeLessThanOrEqual(before);
    expect(readLace(readFileSync(at.file('b.lace'))).constants.get('fc2.weight')?.encoding).toBe('csr');
  });

  it('takes patterns, scopes, targets and names to ignore', async () => {
    const at = folder();
    at.lace('a.lace', dense);
    const prunes = (...args: string[]) => at.json<{ layers: Layer[] }>('prune', 'a.lace', ...args);
    const [nm, block, some, global] = await Promise.all([
      prunes('--pattern', '2:4x4', '-o', 'nm.lace'),
      prunes('--pattern', '4x1', '--sparsity', '0.5', '-o', 'block.lace'),
      prunes('--sparsity', '0.5', '--target', '/^fc[12]/', '--ignore', 'fc1', '-o', 'some.onnx'),
      prunes('--sparsity', '0.5', '--scope', 'global', '--criterion', 'random', '-o', 'global.lace'),
    ]);
    expect(nm.layers[1]).toMatchObject({ pattern: '2:4 shared by 4 rows', sparsity: 0.5 });
    expect(block.layers[1]).toMatchObject({ pattern: 'block 4x1', sparsity: 0.5 });
    expect(some.layers.map(({ skipped }) => skipped)).toEqual(['ignored', undefined, 'not among the targets']);
    expect(global.layers.reduce((sum, { nonZeros }) => sum + nonZeros, 0)).toBe(160);
    expect(readOnnx(readFileSync(at.file('some.onnx'))).outputs).toEqual(['logits']);
  });
});

interface Layer {
  readonly nonZeros: number;
  readonly sparsity: number;
  readonly skipped?: string;
}

describe.concurrent('export and convert', () => {
  it('keep the numbers from .lace to ONNX and back, and store the zeros of an ONNX file sparse again', async () => {
    const at = folder();
    at.lace('a.lace', sparse);
    expect(await at.lacewing('export', 'a.lace', '-o', 'b.onnx')).toMatchObject({ code: 0, stderr: '' });
    expect(await at.lacewing('convert', 'b.onnx', 'c.lace')).toMatchObject({ code: 0 });
    expect(await at.lacewing('convert', 'c.lace', 'd.onnx')).toMatchObject({ code: 0 });
    expect(at.same('d.onnx', 'b.onnx')).toBe(true);
    expect(readLace(readFileSync(at.file('c.lace'))).constants).toEqual(sparse.constants);
  });

  it('write sparse initializers on request', async () => {
    const at = folder();
    at.lace('a.lace', prune(mlp([64, 64, 8]), { sparsity: 0.95 }).graph);
    await Promise.all([
      at.lacewing('export', 'a.lace', '-o', 'dense.onnx'),
      at.lacewing('export', 'a.lace', '--sparse', '-o', 'sparse.onnx'),
    ]);
    expect(statSync(at.file('sparse.onnx')).size).toBeLessThan(statSync(at.file('dense.onnx')).size / 3);
    expect(readOnnx(readFileSync(at.file('sparse.onnx'))).constants.get('fc1.weight')?.encoding).toBe('csr');
  });
});

describe.concurrent('inspect', () => {
  it('prints encodings, zeros, totals and the plan', async () => {
    const at = folder();
    at.lace('a.lace', sparse);
    const { code, stdout } = await at.lacewing('inspect', 'a.lace', '--plan', '--shape', 'image=8x2');
    expect(code).toBe(0);
    expect(stdout).toContain('input   image  float32 [batch, 2]');
    expect(stdout).toContain('output  logits  float32 [batch, 2]');
    expect(stdout).toMatch(/fc2\.weight +matmul +\[16, 16\] +csr +75\.00 % +64 +256/);
    expect(stdout).toMatch(/all parameters +67\.80 % +114 +354/);
    expect(stdout).toContain('plan of "mlp" for image [8, 2]');
  });

  it('says the same as JSON', async () => {
    const at = folder();
    at.lace('a.lace', sparse);
    expect(await at.json('inspect', 'a.lace')).toMatchObject({
      inputs: [{ name: 'image', dtype: 'float32', shape: ['batch', 2] }],
      outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 2] }],
      layers: [{ name: 'fc1.weight', op: 'matmul', pattern: 'csr' }, { name: 'fc2.weight' }, { name: 'fc3.weight' }],
      prunable: { sparsity: 0.75, total: 320 },
    });
  });
});

describe.concurrent('run', () => {
  it('writes each output under a name that a file system takes', async () => {
    const at = folder();
    const renamed = writeOnnx({
      ...dense,
      nodes: dense.nodes.map((node) => ({ ...node, outputs: node.outputs.map((o) => (o === 'logits' ? 'a/b:0' : o)) })),
      outputs: ['a/b:0'],
    });
    writeFileSync(at.file('a.onnx'), renamed);
    at.npy('x.npy', Float64Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
    expect(await at.json('run', 'a.onnx', '--input', 'image=x.npy', '-o', 'out')).toEqual([
      { name: 'a/b:0', type: 'float32', shape: [3, 2], file: 'out/a_b_0.npy' },
    ]);
    const { shape, data } = parseNpy(readFileSync(at.file('out/a_b_0.npy')), 'out');
    expect(shape).toEqual([3, 2]);
    expect(Array.from(data).every((value) => Number.isFinite(value))).toBe(true);
  });

  it('gives the same numbers whatever the format', async () => {
    const at = folder();
    at.lace('a.lace', sparse);
    at.npy('x.npy', Float32Array.of(1, -2, 0.5, 4), [2, 2]);
    const runs = await Promise.all(
      ['dense', 'csr', 'bsr'].map(async (format) => {
        await at.lacewing('run', 'a.lace', '--input', 'image=x.npy', '--format', format, '-o', format);
        return Array.from(parseNpy(readFileSync(at.file(`${format}/logits.npy`)), format).data, Number);
      }),
    );
    for (const numbers of runs) numbers.forEach((value, i) => expect(value).toBeCloseTo(runs[0][i], 5));
  });
});

describe.concurrent('check', () => {
  it('estimates what a sound model costs', async () => {
    const at = folder();
    at.lace('a.lace', sparse);
    const { code, stdout } = await at.lacewing('check', 'a.lace', '--shape', 'image=10x2');
    expect(code).toBe(0);
    expect(stdout).toContain('a.lace can run');
    expect(stdout).toContain('multiply-adds: 3,200, 800 without the zeros');
    expect(stdout).toContain('prunable layers: 3 of 3');
  });

  it('lists all problems of a model that cannot run, and ends with 1', async () => {
    const at = folder();
    // Another op of the same length in place of both relus.
    const bytes = Buffer.from(writeOnnx(dense));
    for (let i = bytes.indexOf('\x04Relu'); i >= 0; i = bytes.indexOf('\x04Relu', i)) bytes.write('\x04Sulu', i);
    writeFileSync(at.file('a.onnx'), bytes);
    const { code, stdout, stderr } = await at.lacewing('check', 'a.onnx');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toContain('a.onnx cannot run: 2 problems');
    expect(stdout).toMatch(/- Sulu "fc1\.relu": .*not supported\n {2}- Sulu "fc2\.relu"/);
    const other = await at.lacewing('run', 'a.onnx', '-o', 'out');
    expect(other.code).toBe(1);
    expect(other.stderr).not.toMatch(/\n\s+at /);
    expect(existsSync(at.file('out'))).toBe(false);
  });
});

describe.concurrent('bench of a model that is not pruned', () => {
  it('times it beside itself with weights gone at random', async () => {
    const at = folder();
    at.lace('a.lace', dense);
    const args = ['bench', 'a.lace', '--shape', 'image=4x2', '--runs', '3', '--json'];
    const { code, stdout } = await at.lacewing(...args, '--sparsity', '0.75', '--pattern', '4x1', '--random-mask');
    expect(code).toBe(0);
    const { timings } = JSON.parse(stdout) as { timings: { format: string; min: number }[] };
    expect(timings.map(({ format }) => format)).toEqual(['dense', 'pruned, auto']);
    expect(await at.lacewing(...args, '--random-mask')).toMatchObject({ code: 2 });
  });
});

describe.concurrent('profile', () => {
  it('prints every step and draws a timeline', async () => {
    const at = folder();
    at.lace('a.lace', sparse);
    const args = ['profile', 'a.lace', '--shape', 'image=4x2', '--runs', '3'];
    const { code, stdout } = await at.lacewing(...args, '--html', 'a.html');
    expect(code).toBe(0);
    expect(stdout).toMatch(/fc2 +matmul/);
    expect(stdout).toContain('wrote a.html');
    const page = readFileSync(at.file('a.html'), 'utf8');
    expect(page.match(/<rect /g)?.length).toBeGreaterThanOrEqual(3);
    const { steps } = JSON.parse((await at.lacewing(...args, '--json')).stdout) as { steps: unknown[] };
    expect(steps.length).toBeGreaterThanOrEqual(3);
  });
});

describe.concurrent('bench', () => {
  it('times every format', async () => {
    const at = folder();
    at.lace('a.lace', sparse);
    const args = ['bench', 'a.lace', '--shape', 'image=4x2', '--runs', '3'];
    const { stdout } = await at.lacewing(...args);
    expect(stdout).toMatch(/^dense .*\n^csr .*\n^bsr .*\n^auto /m);
    const { timings } = await at.json<{ timings: { format: string; median: number; min: number }[] }>(
      ...args,
      '--format',
      'csr',
      '--format',
      'dense',
    );
    expect(timings.map(({ format }) => format)).toEqual(['csr', 'dense']);
    for (const { median, min } of timings) expect(median).toBeGreaterThanOrEqual(min);
  });
});
