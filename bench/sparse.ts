/**
 * lacewing/sparse beside scipy, torch and the npm package ml-sparse-matrix: sparse times dense, copies in and out included,
 * every contestant in a process of its own, in turns.
 *
 *     npx tsx bench/sparse.ts [--rounds N] [--json FILE]        after `npm run build`
 *
 * scipy and torch are those of the Python that PYTHON names (python3 by default); who is not installed does not take part.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { info, ready, SparseTensor, Tensor } from 'lacewing/sparse';
import { machine, printHeader, printResult, type Result } from './report.ts';
import { numbers } from './subject.ts';

/** Rows, columns and columns of the dense operand; nine of ten numbers are 0. */
const SHAPES = [
  [768, 3072, 128],
  [3072, 768, 128],
  [768, 3072, 8],
  [768, 3072, 1],
] as const;
const DENSITY = 0.1;
/** A turn of ml-sparse-matrix takes so long that it only gets one in so many rounds, on the first shape. */
const SELDOM = 20;

interface Contestant {
  readonly name: string;
  readonly every: number;
  readonly times: number[];
  /** Milliseconds of one product. */
  turn(): Promise<number>;
  stop(): void;
}

interface Problem {
  readonly matrix: SparseTensor;
  readonly dense: Tensor<'float32'>;
  readonly folder: string;
  /** What the values of the product add up to, and how far off float32 sums may be. */
  readonly sum: number;
  readonly slack: number;
}

function problemOf([rows, columns, t]: readonly [number, number, number], folder: string): Problem {
  const draw = numbers(rows * columns, 7);
  const value = numbers(rows * columns, 8);
  const matrix = SparseTensor.fromMask(
    [rows, columns],
    (row, column) => draw[row * columns + column] < 2 * DENSITY - 1,
    (row, column) => value[row * columns + column],
  );
  const dense = new Tensor('float32', numbers(columns * t, 9), [columns, t]);
  const arrays = matrix.arrays();
  if (arrays.layout !== 'csr') throw new Error('want csr');
  mkdirSync(folder, { recursive: true });
  const { rowPointers: pointers, columnIndices: indices, values } = arrays;
  for (const [name, array] of Object.entries({ pointers, indices, values, dense: dense.data }))
    writeFileSync(join(folder, name), new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  writeFileSync(join(folder, 'shape.json'), JSON.stringify([rows, columns, t]));
  const [columnSums, denseSums] = [matrix.columnSums(), SparseTensor.fromDense(dense).rowSums()];
  const sum = columnSums.reduce((total, each, i) => total + each * denseSums[i], 0);
  return { matrix, dense, folder, sum, slack: 1e-3 * Math.sqrt(matrix.stored * t) };
}

/** A wrong product would be no contest. */
function checkSum(name: string, { sum, slack }: Problem, got: number): void {
  if (!(Math.abs(got - sum) <= slack)) throw new Error(`${name}: want a product that adds up to ${sum}, got ${got}`);
}

function ourselves(problem: Problem): Contestant {
  const { matrix, dense } = problem;
  const product = matrix.matmul(dense);
  checkSum(
    'lacewing',
    problem,
    product.data.reduce((total, each) => total + each, 0),
  );
  return {
    ...{ name: `lacewing, ${info().build}`, every: 1, times: [] },
    async turn() {
      const begin = performance.now();
      matrix.matmul(dense);
      return performance.now() - begin;
    },
    stop: () => matrix.dispose(),
  };
}

/** A program that answers a line per turn; undefined when it does not start. */
async function peer(
  name: string,
  problem: Problem,
  command: string,
  args: readonly string[],
  every = 1,
): Promise<Contestant | undefined> {
  const child: ChildProcess = spawn(command, [...args, problem.folder], { stdio: ['pipe', 'pipe', 'ignore'] });
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error('want pipes to and from the process');
  child.on('error', () => undefined);
  stdin.on('error', () => undefined);
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) {
    console.log(`${name} is not installed: left out`);
    return undefined;
  }
  const { version, sum } = JSON.parse(first.value) as { readonly version: string; readonly sum: number };
  checkSum(name, problem, sum);
  return {
    ...{ name: `${name} ${version}`, every, times: [] },
    async turn() {
      stdin.write('\n');
      const line = await lines.next();
      if (line.done) throw new Error(`${name}: want the time of a product, got the end of its output`);
      return Number(line.value);
    },
    stop: () => stdin.end(),
  };
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

async function contest(shape: (typeof SHAPES)[number], rounds: number, folder: string): Promise<Result> {
  const problem = problemOf(shape, folder);
  const { stored } = problem.matrix;
  const python = process.env.PYTHON ?? 'python3';
  const script = fileURLToPath(new URL('./peers/sparse.py', import.meta.url));
  const all = [ourselves(problem)];
  const add = (contestant: Contestant | undefined) => contestant && all.push(contestant);
  try {
    add(await peer('scipy', problem, python, [script, 'scipy']));
    add(await peer('torch', problem, python, [script, 'torch']));
    if (shape === SHAPES[0]) {
      const program = fileURLToPath(new URL('./peers/ml-sparse-matrix/product.mjs', import.meta.url));
      add(await peer('ml-sparse-matrix', problem, process.execPath, [program], SELDOM));
    }
    for (const { every, turn } of all) for (let i = 0; i < 10 && every === 1; i++) await turn();
    for (let round = 0; round < rounds; round++)
      for (const { every, turn, times } of all) if (round % every === 0) times.push(await turn());
  } finally {
    for (const { stop } of all) stop();
  }
  const [own] = all;
  const [best, middle] = [Math.min(...own.times), median(own.times)];
  const [rows, columns, t] = shape;
  return {
    title: `[${rows}, ${columns}] with ${stored} of ${rows * columns} stored, times [${columns}, ${t}], ${rounds} rounds`,
    columns: ['contestant', 'min ms', 'median ms', 'GF/s at min', 'we are × by min', '× by median'],
    rows: all.map(({ name, times }) => [
      name,
      ...[Math.min(...times).toFixed(3), median(times).toFixed(3)],
      ...[((2 * stored * t) / Math.min(...times) / 1e6).toFixed(2)],
      ...[(Math.min(...times) / best).toFixed(2), (median(times) / middle).toFixed(2)],
    ]),
  };
}

/** Installs the npm package that takes part, on first use. */
function installPeer(): void {
  const folder = fileURLToPath(new URL('./peers/ml-sparse-matrix/', import.meta.url));
  if (!existsSync(join(folder, 'node_modules')))
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' });
}

const { values: options } = parseArgs({ options: { rounds: { type: 'string' }, json: { type: 'string' } } });
const rounds = Number(options.rounds ?? 61);
if (!(Number.isSafeInteger(rounds) && rounds >= 1)) {
  console.error(`--rounds: want a whole number from 1, got "${options.rounds}"`);
  process.exit(2);
}
installPeer();
await ready();
printHeader('sparse');
const before = loadavg().map((load) => load.toFixed(1));
const folder = mkdtempSync(join(tmpdir(), 'lacewing-sparse-'));
try {
  const results: Result[] = [];
  for (const shape of SHAPES) {
    results.push(await contest(shape, rounds, join(folder, shape.join('x'))));
    printResult(results[results.length - 1]);
  }
  const load = `the machine's load was ${before.join(', ')} before and ${loadavg()[0].toFixed(1)} after`;
  console.log(load);
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify({ bench: 'sparse', ...machine(), load, results }, undefined, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
