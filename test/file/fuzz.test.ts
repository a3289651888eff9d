/** Thousands of damaged .lace files: each is read, or refused with a ModelError, and nothing else. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';
import { readLace, readSafetensors, writeLace, writeSafetensors } from '../../src/file/index.ts';
import { formats } from '../../src/formats/table.ts';
import { graphBuilder } from '../../src/graph/builder.ts';
import { mlp } from '../../src/models/index.ts';
import { damage } from '../damage.ts';

function sparse(): Uint8Array {
  const builder = graphBuilder('sparse');
  const data = Float32Array.from({ length: 96 }, (_, i) => (i % 8 === 0 || i % 8 === 3 ? i : 0));
  const w = {
    csr: formats.csr.fromDense(data, [12, 8], 1),
    bsr: formats.bsr.fromDense(data, [12, 8], 0, undefined, { block: [4, 1] }),
    nm: formats.nm.fromDense(data, [12, 8], 0, undefined, { n: 2, m: 8 }),
  };
  for (const [name, constant] of Object.entries(w)) {
    const x = builder.input(`x.${name}`, 'float32', ['n', 12]);
    const y = builder.node('matmul', [x, builder.constant(name, constant)]);
    builder.output(builder.node('clip', [y], { min: 0, max: Number.POSITIVE_INFINITY }));
  }
  return writeLace(builder.build());
}

const files = [sparse(), writeLace(mlp([3, 2, 2]))];
const file = fc.noBias(fc.nat(files.length - 1)).map((which) => files[which]);

/** Reads the file; true when it is refused. Anything but a ModelError is a failure. */
function refuses(bytes: Uint8Array): boolean {
  try {
    readLace(bytes);
    return false;
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return true;
  }
}

it('reads or refuses 5000 damaged files', { timeout: 25_000 }, () => {
  let refused = 0;
  const property = fc.property(file, damage, (bytes, harm) => {
    if (refuses(harm(bytes))) refused++;
  });
  fc.assert(property, { numRuns: 5000, seed: 30 });
  expect(refused).toBeGreaterThan(3000);
  expect(refused).toBeLessThan(5000);
});

/** Every value inside parsed JSON, as a place to write to. */
function leavesOf(value: object): (readonly [holder: Record<string, unknown>, key: string])[] {
  return Object.entries(value).flatMap(([key, inner]) => [
    [value as Record<string, unknown>, key] as const,
    ...(typeof inner === 'object' && inner !== null ? leavesOf(inner) : []),
  ]);
}

const others = [
  0,
  1,
  2,
  3,
  4,
  8,
  12,
  13,
  255,
  256,
  1e9,
  2 ** 31 - 1,
  2 ** 53,
  1e308,
  -1,
  0.5,
  null,
  true,
  '',
  'csr',
  [],
  {},
  [1, 1],
  [8, 12],
  { float: 'nan' },
];

it('reads or refuses 5000 files whose graph says other things', { timeout: 25_000 }, () => {
  let refused = 0;
  const pick = fc.noBias(fc.nat(2 ** 31));
  const property = fc.property(
    file,
    fc.array(fc.tuple(pick, pick, pick), { minLength: 1, maxLength: 2 }),
    (bytes, changes) => {
      const { tensors, metadata } = readSafetensors(bytes);
      const graph = JSON.parse(metadata.graph);
      for (const [where, what, from] of changes) {
        const leaves = leavesOf(graph);
        const [holder, key] = leaves[where % leaves.length];
        const [other, otherKey] = leaves[from % leaves.length];
        holder[key] = structuredClone(what % 2 === 0 ? other[otherKey] : others[(what >> 1) % others.length]);
      }
      if (refuses(writeSafetensors(tensors, { ...metadata, graph: JSON.stringify(graph) }))) refused++;
    },
  );
  fc.assert(property, { numRuns: 5000, seed: 31 });
  expect(refused).toBeGreaterThan(3000);
  expect(refused).toBeLessThan(5000);
});
