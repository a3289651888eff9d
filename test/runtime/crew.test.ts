/** Below sessions: pieces of work on several threads, what they return, and the program that workers read. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '../../src/kernels/kernel.ts';
import { type Instance, instantiate } from '../../src/runtime/instance.ts';
import { type Crew, createCrew } from '../../src/runtime/threads/crew.ts';
import { decodePiece, encode, maskOf, statusAt } from '../../src/runtime/threads/program.ts';
import { startTeam, type Team } from '../../src/runtime/threads/team.ts';
import { moduleOf } from './module.ts';

describe('a program', () => {
  it('gives back the calls, scratch addresses moved for each thread', () => {
    const args = [7, 1024, Number.POSITIVE_INFINITY, 3000];
    const mask = maskOf(args, [7, 1024 + 192, Number.POSITIVE_INFINITY, 3000], 192);
    const pieces = [
      [{ kernel: 3, args, mask }],
      [],
      [
        { kernel: 0, args: [], mask: 0 },
        { kernel: 9, args, mask },
      ],
    ];
    const program = encode(pieces, 192);
    expect(pieces.map((_, piece) => decodePiece(program, piece, 0))).toEqual(pieces);
    expect(decodePiece(program, 2, 3)[1].args).toEqual([7, 1024 + 3 * 192, Number.POSITIVE_INFINITY, 3000]);
    expect(pieces.map((_, piece) => program[statusAt(program, piece)])).toEqual([0, 0, 0]);
  });

  it('takes no argument that moves otherwise', () => {
    expect(() => maskOf([8], [9], 64)).toThrow(/argument 0/);
  });
});

describe.each([1, 2, 4])('pieces on %i threads', (threads) => {
  let team: Team;
  let instance: Instance;
  let crew: Crew;
  const allocate = (bytes: number) => instance.heap.allocate(bytes, 'a test');
  const section = (pieces: readonly (readonly Call[])[]) =>
    crew.section(() => pieces, { address: 0, bytes: 0 }, allocate);

  beforeAll(async () => {
    const { module } = moduleOf('threads');
    team = await startTeam(module, { text: readFileSync('build/wasm/kernels.worker.js', 'utf8') }, threads);
    instance = instantiate(module, undefined, team.memory);
    crew = createCrew(team, module, instance.kernels, instance.heap);
  });
  afterAll(() => team.stop());

  it('are all done when run returns', () => {
    const [pieces, length] = [37, 100];
    const at = allocate(4 * pieces * length);
    for (let round = 1; round <= 300; round++) {
      const { run, program } = section(
        Array.from({ length: pieces }, (_, i) => [
          { kernel: 'i32_fill', args: [length, round * 100 + i, at + 4 * i * length] },
        ]),
      );
      expect(run()).toBe(0);
      const got = instance.heap.view('int32', at, pieces * length) as Int32Array;
      expect(got.every((value, i) => value === round * 100 + Math.floor(i / length))).toBe(true);
      instance.heap.free(program);
    }
  });

  it('tell the status of the first that failed, and the next run starts afresh', () => {
    const [data, indices, out] = [allocate(4 * 5), allocate(4 * 64), allocate(4 * 64)];
    const numbers = () => instance.heap.view('int32', indices, 64) as Int32Array;
    const { run } = section(
      Array.from({ length: 16 }, (_, i) => [
        { kernel: 'gather_4', args: [1, 5, 1, 4, 4, data, indices + 16 * i, out + 16 * i] },
      ]),
    );
    for (let round = 0; round < 50; round++) {
      numbers().fill(4);
      expect(run()).toBe(0);
      // Out of range at the third place of piece 5, and at the first of piece 14.
      numbers()[5 * 4 + 2] = 5;
      numbers()[14 * 4] = -6;
      expect(run()).toBe(3);
    }
  });

  it('that trap break a rule of ours, wherever they ran', () => {
    const beyond = 2 ** 32 - 64;
    const { run } = section(Array.from({ length: 8 }, () => [{ kernel: 'f32_fill', args: [4, 1, beyond] }]));
    for (let round = 0; round < 20; round++) expect(run).toThrow(/broke its own rule.*no kernel traps/);
    expect(section([[]]).run()).toBe(0);
  });

  it('see memory that has grown since', () => {
    for (const megabytes of [3, 20, 50]) {
      const bytes = megabytes << 20;
      const at = allocate(bytes);
      const part = bytes / 4 / 16;
      const { run } = section(
        Array.from({ length: 16 }, (_, i) => [{ kernel: 'f32_fill', args: [part, i, at + 4 * i * part] }]),
      );
      expect(run()).toBe(0);
      const got = instance.heap.view('float32', at, 16 * part) as Float32Array;
      expect(Array.from({ length: 16 }, (_, i) => got[(i + 1) * part - 1])).toEqual([...new Array(16).keys()]);
      instance.heap.free(at);
    }
  });
});
