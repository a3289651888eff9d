/** Runs the built command line in a folder of its own, as a user would. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump } from 'npyjs';
import { afterAll } from 'vitest';
import { random, uniform } from '../../src/core/random.ts';
import { writeLace } from '../../src/file/index.ts';
import type { Graph } from '../../src/graph/graph.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Folder {
  readonly path: string;
  /** Runs `lacewing …` in the folder and waits for its end. */
  lacewing(...args: readonly string[]): Promise<Outcome>;
  /** The JSON on stdout of a run that must succeed. */
  json<T>(...args: readonly string[]): Promise<T>;
  /** Starts it without waiting. */
  start(...args: readonly string[]): ChildProcess;
  file(name: string): string;
  /** Whether two files hold the same bytes. */
  same(a: string, b: string): boolean;
  /** Names in the folder, hidden ones too, in order. */
  names(): string[];
  npy(name: string, data: Float32Array | Int32Array | Float64Array | Uint8Array, shape: readonly number[]): void;
  lace(name: string, graph: Graph): void;
}

const root = mkdtempSync(join(tmpdir(), 'lacewing-cli-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A temporary folder that goes away with the tests of the file. */
export function folder(): Folder {
  const path = mkdtempSync(join(root, 'at-'));
  const file = (name: string) => join(path, name);
  const lacewing = (...args: readonly string[]) =>
    new Promise<Outcome>((resolve) => {
      execFile(process.execPath, [main, ...args], { cwd: path }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
      });
    });
  return {
    path,
    file,
    lacewing,
    async json(...args) {
      const { code, stdout, stderr } = await lacewing(...args, '--json');
      if (code !== 0) throw new Error(`lacewing ${args.join(' ')} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout);
    },
    start: (...args) => spawn(process.execPath, [main, ...args], { cwd: path, stdio: 'ignore' }),
    same: (a, b) => readFileSync(file(a)).equals(readFileSync(file(b))),
    names: () => readdirSync(path).sort(),
    npy: (name, data, shape) => writeFileSync(file(name), new Uint8Array(dump(data, [...shape]))),
    lace: (name, graph) => writeFileSync(file(name), writeLace(graph)),
  };
}

/** Writes x.npy (points, float64 as NumPy makes them) and y.npy (which side of a parabola each is on). */
export function writePoints({ npy }: Folder, items = 200): void {
  const generator = random(3);
  const points = Float64Array.from({ length: 2 * items }, () => 2 * uniform(generator) - 1);
  const sides = Int32Array.from({ length: items }, (_, i) => (points[2 * i] ** 2 > points[2 * i + 1] + 0.3 ? 1 : 0));
  npy('x.npy', points, [items, 2]);
  npy('y.npy', sides, [items]);
}

export const data = ['--inputs', 'x.npy', '--targets', 'y.npy'] as const;
export const validation = ['--validation-inputs', 'x.npy', '--validation-targets', 'y.npy'] as const;
