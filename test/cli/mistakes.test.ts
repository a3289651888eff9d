import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mlp } from '../../src/models/index.ts';
import { data, type Folder, folder, writePoints } from './lacewing.ts';

/** A folder with a model a.lace and points to train on. */
function prepared(): Folder {
  const at = folder();
  at.lace('a.lace', mlp([2, 4, 2]));
  writePoints(at, 20);
  writeFileSync(at.file('junk.onnx'), 'not a model');
  at.npy(
    'high.npy',
    Int32Array.from({ length: 20 }, () => 2),
    [20],
  );
  at.npy('short.npy', Int32Array.from({ length: 19 }), [19]);
  return at;
}

const tune = ['finetune', 'a.lace', ...data, '-o', 'b.lace'];

describe.concurrent("a user's mistake ends with 2 and one line", () => {
  it.each<readonly [string, readonly string[], RegExp]>([
    ['an unknown verb', ['prun'], /want a verb among train, prune, .*got "prun"/],
    [
      'an unknown option',
      ['prune', 'a.lace', '--sparsty', '0.5', '-o', 'b.lace'],
      /unknown option '--sparsty'.*--sparsity/,
    ],
    ['a missing argument', ['inspect'], /missing required argument 'model'/],
    ['a missing option', ['prune', 'a.lace', '--sparsity', '0.5'], /required option '-o/],
    ['too many arguments', ['inspect', 'a.lace', 'b.lace'], /too many arguments/],
    ['a missing file', ['inspect', 'none.lace'], /"none\.lace".*no such file/],
    ['a sparsity above 1', ['prune', 'a.lace', '--sparsity', '90', '-o', 'b.lace'], /'90'.*from 0 to 1/],
    ['no sparsity', ['prune', 'a.lace', '-o', 'b.lace'], /want a sparsity/],
    [
      'a sparsity against its pattern',
      ['prune', 'a.lace', '--pattern', '2:4', '--sparsity', '0.9', '-o', 'b.lace'],
      /0\.5/,
    ],
    [
      'a ridge without data',
      ['prune', 'a.lace', '--sparsity', '0.5', '--ridge', '1', '-o', 'b.lace'],
      /--ridge: want --reconstruct with it/,
    ],
    [
      'calibration data that is not there',
      ['prune', 'a.lace', '--sparsity', '0.5', '--reconstruct', 'no.npy', '-o', 'b.lace'],
      /"no\.npy"/,
    ],
    ['a temperature without a teacher', [...tune, '--temperature', '2'], /--temperature: want --teacher with it/],
    [
      'a weight of targets that are not there',
      ['finetune', 'a.lace', '--inputs', 'x.npy', '--teacher', 'a.lace', '--targets-weight', '1', '-o', 'b.lace'],
      /--targets-weight: want --targets with it/,
    ],
    [
      'a feature that is nobody',
      [...tune, '--teacher', 'a.lace', '--feature', 'no'],
      /feature "no": want a float32 value/,
    ],
    ['a strange pattern', ['prune', 'a.lace', '--pattern', '4', '-o', 'b.lace'], /Want unstructured, 4x1/],
    ['a criterion that needs data', ['prune', 'a.lace', '--criterion', 'taylor', '-o', 'b.lace'], /magnitude, random/],
    ['a target that is nobody', ['prune', 'a.lace', '--sparsity', '0.5', '--target', 'fc9', '-o', 'b.lace'], /"fc9"/],
    [
      'a broken expression',
      ['prune', 'a.lace', '--sparsity', '0.5', '--ignore', '/(/', '-o', 'b.lace'],
      /regular expr/,
    ],
    ['an unknown extension', ['prune', 'a.lace', '--sparsity', '0.5', '-o', 'b.txt'], /\.lace or \.onnx/],
    ['a folder that is missing', ['prune', 'a.lace', '--sparsity', '0.5', '-o', 'no/b.lace'], /"no\/b\.lace".*ENOENT/],
    ['the wrong export', ['export', 'a.lace', '-o', 'b.lace'], /ending in \.onnx/],
    ['a sparse .lace', ['convert', 'a.lace', 'b.lace', '--sparse'], /--sparse/],
    ['a shape without extents', ['inspect', 'a.lace', '--shape', 'image'], /image=1x784/],
    ['a shape of nothing', ['bench', 'a.lace', '--shape', 'img=1x2'], /image.*"img"/],
    ['a shape that does not fit', ['bench', 'a.lace', '--shape', 'image=1x3'], /want shape .*, got \[1, 3\]/],
    ['a format for other weights', ['bench', 'a.lace', '--format', 'nm'], /want weights pruned as N:M/],
    ['an unknown format', ['run', 'a.lace', '--format', 'coo', '-o', 'out'], /auto, dense, csr/],
    ['an input left out', ['run', 'a.lace', '-o', 'out'], /--input image=FILE\.npy/],
    ['an unknown input', ['run', 'a.lace', '--input', 'img=x.npy', '-o', 'out'], /image, got "img"/],
    ['numbers that are none', ['run', 'a.lace', '--input', 'image=junk.onnx', '-o', 'out'], /want a \.npy file/],
    ['numbers of another shape', ['run', 'a.lace', '--input', 'image=y.npy', '-o', 'out'], /\[batch, 2\], got \[20\]/],
    ['no model', ['train', ...data, '-o', 'b.lace'], /either a model file or --architecture/],
    ['two models', ['train', 'a.lace', '--architecture', 'mlp', ...data, '-o', 'b.lace'], /either a model/],
    ['no data', ['train', 'a.lace', '-o', 'b.lace'], /--inputs FILE\.npy and --targets/],
    ['half a validation', [...tune, '--validation-inputs', 'x.npy'], /together/],
    [
      'targets that are fractions',
      ['train', 'a.lace', '--inputs', 'x.npy', '--targets', 'x.npy', '-o', 'b.lace'],
      /int32/,
    ],
    [
      'targets of another length',
      ['train', 'a.lace', '--inputs', 'x.npy', '--targets', 'short.npy', '-o', 'b.lace'],
      /19/,
    ],
    ['a class too many', ['train', 'a.lace', '--inputs', 'x.npy', '--targets', 'high.npy', '-o', 'b.lace'], /2/],
    ['momentum for adam', [...tune, '--momentum', '0.9'], /--momentum: want --optimizer sgd, got adam/],
    ['a resumption of nothing', [...tune, '--resume'], /--checkpoint/],
    ['a missing checkpoint', [...tune, '--checkpoint', 'no.ckpt', '--resume'], /"no\.ckpt", got none/],
    ['a criterion without a sparsity', [...tune, '--criterion', 'random'], /want --sparsity or --pattern/],
  ])('%s', async (_, args, message) => {
    const at = prepared();
    const before = at.names();
    const { code, stdout, stderr } = await at.lacewing(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^lacewing: [^\n]+\n$/);
    expect(at.names()).toEqual(before);
  });
});

describe('other ends', () => {
  it('a broken model ends with 1 and says where; --debug adds the trace', async () => {
    const at = prepared();
    const { code, stderr } = await at.lacewing('inspect', 'junk.onnx');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^lacewing: "junk\.onnx": [^\n]+\n$/);
    expect((await at.lacewing('inspect', 'junk.onnx', '--debug')).stderr).toMatch(/\n\s+at /);
  });

  it.skipIf(!existsSync('/dev/full'))('a full disk is said to be one', async () => {
    const at = prepared();
    symlinkSync('/dev/full', at.file('full.lace'));
    const { code, stderr } = await at.lacewing('prune', 'a.lace', '--sparsity', '0.5', '-o', 'full.lace');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^lacewing: "full\.lace": want to write \d+ bytes, got a full disk \(ENOSPC\)\n$/);
  });

  it.skipIf(process.platform === 'win32')('a write that fails half way leaves the old file and no other', async () => {
    const at = folder();
    at.lace('big.lace', mlp([200, 200, 2]));
    writeFileSync(at.file('old.lace'), 'old');
    const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;
    const command = `ulimit -f 16; exec "${process.execPath}" "${main}" convert big.lace old.lace`;
    const run = () => execFileSync('sh', ['-c', command], { cwd: at.path, stdio: 'pipe' });
    expect(run).toThrow(/"old\.lace": want to write \d+ bytes, got a file larger than is allowed/);
    expect(readFileSync(at.file('old.lace'), 'utf8')).toBe('old');
    expect(at.names()).toEqual(['big.lace', 'old.lace']);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('a folder without permission', async () => {
    const at = prepared();
    mkdirSync(at.file('locked'));
    chmodSync(at.file('locked'), 0o555);
    const { code, stderr } = await at.lacewing('prune', 'a.lace', '--sparsity', '0.5', '-o', 'locked/b.lace');
    expect(code).toBe(2);
    expect(stderr).toMatch(/"locked\/b\.lace".*(EACCES|permission)/);
  });
});
