import { existsSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readLace } from '../../src/file/index.ts';
import { mlp } from '../../src/models/index.ts';
import { prune } from '../../src/prune/index.ts';
import { data, folder, validation, writePoints } from './lacewing.ts';

interface Trained {
  readonly steps: number;
  readonly sparsity: number;
  readonly before: { readonly loss: number };
  readonly after: { readonly loss: number; readonly error: number };
  readonly epochs: readonly unknown[];
}

const fresh = ['train', '--architecture', 'mlp', '--hidden', '16,16', ...data] as const;

describe.concurrent('train', () => {
  it('makes a new model that fits its data, and tells of each epoch', async () => {
    const at = folder();
    writePoints(at);
    const args = [...fresh, ...validation, '--epochs', '30', '--batch', '20', '--lr', '0.01', '-o', 'a.lace'];
    const { code, stdout, stderr } = await at.lacewing(...args);
    expect(code).toBe(0);
    expect(stderr.trimEnd().split('\n')).toHaveLength(30);
    expect(stderr).toMatch(/^epoch 1\/30: loss \d\.\d+, validation loss \d\.\d+, error \d+\.\d\d %$/m);
    expect(stdout).toMatch(/^before .*\n^after +0\.[01]\d+ +\d\.\d\d %$/m);
    expect(readLace(readFileSync(at.file('a.lace'))).inputs[0].shape).toEqual(['batch', 2]);
  });

  it('takes every optimizer, schedule and loss', async () => {
    const at = folder();
    writePoints(at);
    at.npy(
      't.npy',
      Float64Array.from({ length: 200 }, (_, i) => i / 200),
      [200, 1],
    );
    const short = ['--epochs', '2', '--batch', '50'];
    const runs = await Promise.all([
      at.lacewing(...fresh, ...short, '--optimizer', 'sgd', '--momentum', '0.5', '--schedule', 'step', '-o', 'a.lace'),
      at.lacewing(
        ...fresh,
        ...short,
        '--optimizer',
        'adamw',
        '--weight-decay',
        '0.1',
        '--schedule',
        'constant',
        '-o',
        'b.onnx',
      ),
      at.lacewing(
        'train',
        '--architecture',
        'mlp',
        '--inputs',
        'x.npy',
        '--targets',
        't.npy',
        '--loss',
        'mse',
        ...short,
        '-o',
        'c.lace',
      ),
    ]);
    for (const { code, stderr } of runs) expect({ code, stderr }).toMatchObject({ code: 0 });
  });

  it('gives the same file for the same seed', async () => {
    const at = folder();
    writePoints(at);
    const trains = (seed: string, output: string) =>
      at.lacewing(...fresh, '--epochs', '2', '--seed', seed, '-o', output);
    await Promise.all([trains('5', 'a.lace'), trains('5', 'b.lace'), trains('6', 'c.lace')]);
    expect(at.same('b.lace', 'a.lace')).toBe(true);
    expect(at.same('c.lace', 'a.lace')).toBe(false);
  });

  it('goes on after a kill as if nothing had happened', async () => {
    const at = folder();
    writePoints(at, 400);
    const long = [...fresh, '--epochs', '150', '--batch', '10'];
    const parts = [...long, '--checkpoint', 'run.ckpt', '--checkpoint-every', '200', '-o', 'parts.lace'];
    const victim = at.start(...parts);
    const gone = new Promise((resolve) => victim.once('exit', resolve));
    while (!existsSync(at.file('run.ckpt')) && victim.exitCode === null) await setTimeout(5);
    victim.kill('SIGKILL');
    await gone;
    expect(existsSync(at.file('parts.lace'))).toBe(false);

    const again = await at.lacewing(...parts);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('--resume');
    const resumed = await at.lacewing(...parts, '--resume');
    expect(resumed.stderr).toMatch(/^resumed after step \d*[1-9]\d*$/m);
    expect(resumed.code).toBe(0);
    await at.lacewing(...long, '-o', 'whole.lace');
    expect(at.same('parts.lace', 'whole.lace')).toBe(true);

    const done = await at.lacewing(...parts, '--resume');
    expect(done).toMatchObject({ code: 0 });
    expect(done.stderr).toContain('has all 150 epochs already');
    expect(at.same('parts.lace', 'whole.lace')).toBe(true);
  }, 20_000);
});

describe.concurrent('finetune', () => {
  it('keeps the zeros of a pruned model, also those that an ONNX file writes out', async () => {
    const at = folder();
    writePoints(at);
    const pruned = prune(mlp([2, 16, 16, 2]), { sparsity: 0.75 }).graph;
    at.lace('a.lace', pruned);
    await at.lacewing('export', 'a.lace', '-o', 'a.onnx');
    const tune = (model: string, output: string) =>
      at.json<Trained>('finetune', model, ...data, ...validation, '--epochs', '5', '--batch', '20', '-o', output);
    const [lace] = await Promise.all([tune('a.lace', 'b.lace'), tune('a.onnx', 'c.lace')]);
    expect(lace).toMatchObject({ sparsity: 0.75, steps: 50 });
    expect(lace.after.loss).toBeLessThan(lace.before.loss);
    const { constants } = readLace(readFileSync(at.file('b.lace')));
    expect(readLace(readFileSync(at.file('c.lace'))).constants).toEqual(constants);
    const [was, is] = [pruned.constants.get('fc2.weight'), constants.get('fc2.weight')];
    expect(is).toEqual({ ...was, values: expect.any(Float32Array) });
    expect(is).not.toEqual(was);
  });

  it.each([
    ['at once', ['--sparsity', '0.8', '--schedule-pruning', 'oneShot'], 0.8],
    ['in rounds', ['--sparsity', '0.8', '--rounds', '3'], 0.8],
    ['on a curve, by gradients', ['--sparsity', '0.8', '--schedule-pruning', 'cubic', '--criterion', 'taylor'], 0.8],
    ['to a pattern', ['--pattern', '2:4', '--ignore', '/fc[13]/'], 0.5 * 0.8],
  ])('prunes on the way, %s', async (_, options, sparsity) => {
    const at = folder();
    writePoints(at);
    at.lace('a.lace', mlp([2, 16, 16, 2]));
    const args = [
      'finetune',
      'a.lace',
      ...data,
      ...validation,
      '--epochs',
      '4',
      '--batch',
      '20',
      ...options,
      '-o',
      'b.lace',
    ];
    expect((await at.json<Trained>(...args)).sparsity).toBeCloseTo(sparsity, 2);
  });

  it('distils from another model, with targets and without', async () => {
    const at = folder();
    writePoints(at);
    const dense = mlp([2, 16, 16, 2], { seed: 4 });
    at.lace('dense.lace', dense);
    at.lace('a.lace', prune(dense, { sparsity: 0.5 }).graph);
    const hidden = dense.nodes[1].outputs[0];
    const base = ['finetune', 'a.lace', '--inputs', 'x.npy', '--validation-inputs', 'x.npy', '--teacher', 'dense.lace'];
    const short = ['--epochs', '10', '--batch', '20'];
    const [alone, both] = await Promise.all([
      at.json<Trained>(...base, ...short, '--temperature', '2', '--feature', `${hidden}=0.5`, '-o', 'b.onnx'),
      at.json<Trained>(
        ...[...base, ...short, '--targets', 'y.npy', '--validation-targets', 'y.npy', '--targets-weight', '0.1'],
        ...['--batch-norm', 'frozen', '-o', 'c.lace'],
      ),
    ]);
    expect(alone).toMatchObject({ sparsity: 0.5, steps: 100 });
    expect(alone.after.loss).toBeLessThan(alone.before.loss);
    expect(alone.after.error).toBeUndefined();
    expect(both.after.error).toBeGreaterThan(0);
  });

  it('prunes further what was pruned before', async () => {
    const at = folder();
    writePoints(at);
    at.lace('a.lace', prune(mlp([2, 16, 16, 2]), { sparsity: 0.5 }).graph);
    const args = ['finetune', 'a.lace', ...data, ...validation, '--epochs', '4', '--batch', '20', '--sparsity', '0.9'];
    expect((await at.json<Trained>(...args, '-o', 'b.lace')).sparsity).toBeCloseTo(0.9, 2);
  });
});
