/** Numbers in files beside the model: read by position, fetched, or handed in; and what a hostile model may not do. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';
import { externalLocations, readOnnx } from '../../src/onnx/index.ts';
import type { TensorDraft } from '../../src/onnx/messages.ts';
import { InferenceSession } from '../../src/runtime/session.ts';
import { Tensor } from '../../src/runtime/tensor.ts';
import { body, model, node } from '../onnx/model.ts';
import { provideTestModules } from '../train/modules.ts';

beforeAll(provideTestModules);

const folder = mkdtempSync(join(tmpdir(), 'lacewing-external-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...names: string[]) => join(folder, ...names);

/** A float32 [3] whose numbers lie elsewhere. */
const outside = (name: string, fields: Readonly<Record<string, string>>): TensorDraft => ({
  name,
  dataType: 1,
  dims: [3],
  dataLocation: 1,
  externalData: Object.entries(fields).map(([key, value]) => ({ key, value })),
});

/** y = x + w, where w lies at the given place. */
const added = (fields: Readonly<Record<string, string>>) =>
  model({
    nodes: [node('Add', ['x', 'w'], ['y'])],
    inputs: [['x', 'float32', [3]]],
    outputs: ['y'],
    initializers: [outside('w', fields)],
  });

const numbers = new Uint8Array(Float32Array.of(9, 9, 1, 2, 3, 9).buffer);

async function sumOf(source: string | URL): Promise<number[]> {
  using session = await InferenceSession.create(source);
  const { y } = session.runSync({ x: new Tensor('float32', [10, 20, 30]) });
  return Array.from(y.data as Float32Array);
}

describe('files on a disk', () => {
  it('are read by position, wherever they lie in the folder', async () => {
    mkdirSync(at('deep', 'er'), { recursive: true });
    writeFileSync(at('deep', 'er', 'w ü.bin'), numbers);
    writeFileSync(at('a.onnx'), added({ location: 'deep/er/w ü.bin', offset: '8', length: '12' }));
    expect(await sumOf(at('a.onnx'))).toEqual([11, 22, 33]);
    expect(await sumOf(new URL(`file://${at('a.onnx')}`))).toEqual([11, 22, 33]);
    writeFileSync(at('b.onnx'), added({ location: './deep/er/w ü.bin', offset: '0' }));
    expect(await sumOf(at('b.onnx'))).toEqual([19, 29, 31]);
  });

  it('may be larger than any buffer', async () => {
    const offset = 5 * 2 ** 30;
    const file = openSync(at('huge.bin'), 'w');
    ftruncateSync(file, offset);
    writeSync(file, numbers, 8, 12, offset);
    closeSync(file);
    writeFileSync(at('huge.onnx'), added({ location: 'huge.bin', offset: String(offset), length: '12' }));
    expect(await sumOf(at('huge.onnx'))).toEqual([11, 22, 33]);
    rmSync(at('huge.bin'));
  });

  it('hold constants of nodes and of graphs in attributes too', async () => {
    const place = { location: 'w.bin', offset: '8' };
    writeFileSync(at('w.bin'), numbers);
    const constant = node('Constant', [], ['v'], { value: { t: outside('', place), type: 4 } });
    const branch = (name: string, op: string) =>
      body(name, { nodes: [node(op, ['v', 'u'], [name])], initializers: [outside('u', place)], outputs: [name] });
    const bytes = model({
      nodes: [
        constant,
        node('If', ['a'], ['y'], { then_branch: branch('sum', 'Add'), else_branch: branch('product', 'Mul') }),
      ],
      inputs: [['a', 'bool', []]],
      outputs: ['y'],
    });
    expect(externalLocations(bytes)).toEqual(['w.bin']);
    writeFileSync(at('nested.onnx'), bytes);
    using session = await InferenceSession.create(at('nested.onnx'));
    const run = (a: number) => Array.from(session.runSync({ a: new Tensor('bool', [a], []) }).y.data as Float32Array);
    expect([run(1), run(0)]).toEqual([
      [2, 4, 6],
      [1, 4, 9],
    ]);
  });

  it.each<readonly [string, Readonly<Record<string, string>>, RegExp]>([
    ['an absolute path', { location: '/etc/passwd' }, /folder of the model, got location "\/etc\/passwd"/],
    ['a path upwards', { location: '../w.bin' }, /got location/],
    ['a path upwards in the middle', { location: 'deep/../../w.bin' }, /got location/],
    ['a path with backslashes', { location: '..\\w.bin' }, /got location/],
    ['a drive', { location: 'C:w.bin' }, /got location/],
    ['a URL', { location: 'http://elsewhere/w.bin' }, /got location/],
    ['a path with a zero', { location: 'w.bin\0' }, /got location/],
    ['no path', {}, /got location ""/],
    ['a folder', { location: 'deep' }, /want a file, got a folder|EISDIR/],
    ['a file that is not there', { location: 'none.bin' }, /"none\.bin": want such a file in .*, got none/],
    ['a link out of the folder', { location: 'link.bin' }, /got a link to/],
    ['an offset behind the end', { location: 'w.bin', offset: '16' }, /want bytes 16 to 28, got a file of 24/],
    ['an offset beyond everything', { location: 'w.bin', offset: '9007199254740991' }, /got a file of 24/],
    [
      'a negative offset',
      { location: 'w.bin', offset: '-4' },
      /the offset of external data as a whole number, got "-4"/,
    ],
    ['an offset that is none', { location: 'w.bin', offset: '1e1' }, /got "1e1"/],
    ['an offset that no double holds', { location: 'w.bin', offset: '9007199254740993' }, /as a whole number/],
    ['a wrong length', { location: 'w.bin', length: '8' }, /want 12 bytes, got a length of 8/],
  ])('%s is refused', async (_, fields, message) => {
    writeFileSync(at('w.bin'), numbers);
    mkdirSync(at('inside'), { recursive: true });
    mkdirSync(at('inside', 'deep'), { recursive: true });
    writeFileSync(at('inside', 'w.bin'), numbers);
    rmSync(at('inside', 'link.bin'), { force: true });
    symlinkSync(at('w.bin'), at('inside', 'link.bin'));
    writeFileSync(at('inside', 'bad.onnx'), added(fields));
    const created = InferenceSession.create(at('inside', 'bad.onnx'));
    await expect(created).rejects.toThrow(ModelError);
    await expect(created).rejects.toThrow(message);
    await expect(created).rejects.toThrow('initializer "w"');
  });

  it.skipIf(process.platform === 'win32')(
    'a pipe is refused, and a size that no file has costs no memory',
    async () => {
      execFileSync('mkfifo', [at('pipe.bin')]);
      writeFileSync(at('pipe.onnx'), added({ location: 'pipe.bin' }));
      await expect(InferenceSession.create(at('pipe.onnx'))).rejects.toThrow(/want a file, got a folder or a device/);
      const large = { ...outside('w', { location: 'w.bin' }), dims: [2 ** 29] };
      writeFileSync(at('large.onnx'), model({ nodes: [], initializers: [large], outputs: ['w'] }));
      const before = process.memoryUsage().arrayBuffers;
      await expect(InferenceSession.create(at('large.onnx'))).rejects.toThrow(/got a file of 24/);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 27);
    },
  );
});

describe('files at a URL', () => {
  const served = new Map<string, Uint8Array>([['/models/w%20%C3%BC.bin', numbers]]);
  const asked: string[] = [];
  let server: Server;
  let base = '';
  beforeAll(async () => {
    server = createServer(({ url = '' }, response) => {
      asked.push(url);
      const found = served.get(url);
      response.statusCode = found ? 200 : 404;
      response.end(found);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('are fetched from beside the model', async () => {
    served.set('/models/a.onnx', added({ location: 'w ü.bin', offset: '8' }));
    expect(await sumOf(`${base}/models/a.onnx`)).toEqual([11, 22, 33]);
  });

  it('are refused where the model names others, or ends too early', async () => {
    for (const location of ['//elsewhere/w.bin', 'http:w.bin', '../secret', '/secret']) {
      served.set('/models/b.onnx', added({ location }));
      await expect(sumOf(`${base}/models/b.onnx`)).rejects.toThrow(/in the folder of the model/);
    }
    expect(asked.filter((url) => url !== '/models/b.onnx').every((url) => url.startsWith('/models/'))).toBe(true);
    served.set('/models/b.onnx', added({ location: 'w ü.bin', offset: '20' }));
    await expect(sumOf(`${base}/models/b.onnx`)).rejects.toThrow(/want bytes 20 to 32, got a file of 24/);
    served.set('/models/b.onnx', added({ location: 'gone.bin' }));
    await expect(sumOf(`${base}/models/b.onnx`)).rejects.toThrow(/gone\.bin.*want HTTP 200, got 404/);
  });
});

it('are named where constants of functions lie in them', () => {
  const constant = node('Constant', [], ['y'], { value: { t: outside('', { location: 'f.bin' }), type: 4 } });
  const opsetImport = [{ domain: '', version: 17 }];
  const functions = [{ name: 'F', domain: 'own', output: ['y'], node: [constant], opsetImport }];
  const bytes = model({ nodes: [node('F', [], ['y'], {}, { domain: 'own' })], outputs: ['y'], functions });
  expect(externalLocations(bytes)).toEqual(['f.bin']);
  const graph = readOnnx(bytes, { external: () => numbers.subarray(8, 20) });
  expect(graph.constants.get('y')).toMatchObject({ data: Float32Array.of(1, 2, 3) });
});

describe('a reader of the caller', () => {
  it('gets what the model asks for, and may not give less', () => {
    const bytes = added({ location: './w.bin', offset: '8', length: '12', checksum: 'any' });
    const calls: unknown[] = [];
    const graph = readOnnx(bytes, {
      external(...call) {
        calls.push(call);
        return numbers.subarray(8, 20);
      },
    });
    expect(calls).toEqual([['w.bin', 8, 12]]);
    expect(graph.constants.get('w')).toMatchObject({ data: Float32Array.of(1, 2, 3) });
    const read = (external: () => Uint8Array) => () => readOnnx(bytes, { external });
    expect(read(() => numbers)).toThrow('external data in "w.bin": want 12 bytes at 8, got 24');
    expect(read(() => undefined as never)).toThrow('want 12 bytes at 8, got none');
    const broken = () => {
      throw new Error('the line is down');
    };
    expect(read(broken)).toThrow('initializer "w": external data in "w.bin": the line is down');
    expect(() => readOnnx(bytes)).toThrow(
      'external data in "w.bin": want a way to read it (the option external), got none',
    );
  });

  it('is not asked for more than a memory holds', () => {
    const parts = Array.from({ length: 5 }, (_, i) => ({
      ...outside(`w${i}`, { location: 'w.bin' }),
      dims: [2 ** 28],
    }));
    const bytes = model({ nodes: [], initializers: parts, outputs: parts.map(({ name }) => name as string) });
    let asked = 0;
    const external = () => {
      asked++;
      throw new Error('no such thing');
    };
    expect(() => readOnnx(bytes, { external })).toThrow('want at most 4294967296 bytes in all, got more');
    expect(asked).toBe(4);
  });
});
