import { describe, expect, it } from 'vitest';
import type { SparseConstant } from '../../src/formats/constant.ts';
import { toDense } from '../../src/formats/table.ts';
import { formOf, forms } from '../../src/kernels/forms.ts';
import type { Kernel } from '../../src/kernels/kernel.ts';
import { layoutBytes } from '../../src/kernels/layouts.ts';
import { spmmKernels as panelKernels } from '../../src/kernels/spmm-matmul.ts';
import { spmvKernels } from '../../src/kernels/spmv.ts';
import { kinds, native, walkable } from '../../src/kernels/walk.ts';
import { builds, distance, gaussian, place } from './harness.ts';
import { convert, inLayout, requestOf, run, runRaw } from './run-match.ts';
import { encodings, weight } from './weights.ts';

const INF = Number.POSITIVE_INFINITY;
const clamp = (x: number, lo: number, hi: number) => Math.min(Math.max(x, lo), hi);

/** x [t, k] times w, whose entry (i, j) multiplies input i into output j. */
function product(
  x: Float32Array,
  t: number,
  k: number,
  n: number,
  w: (i: number, j: number) => number,
  bias?: Float32Array,
) {
  return Float64Array.from({ length: t * n }, (_, at) => {
    let sum = bias ? bias[at % n] : 0;
    for (let i = 0; i < k; i++) sum += x[Math.floor(at / n) * k + i] * w(i, at % n);
    return sum;
  });
}

const spmmKernels = [...spmvKernels, ...panelKernels];
const rowOf = (name: string) => spmmKernels.find((kernel) => kernel.name === name) as Kernel;

/** Every row that takes the node, run and compared; returns the names. */
function each(build: string, constant: SparseConstant, transposeB: boolean, t: number, lead = [t]): string[] {
  const [d0, d1] = constant.shape;
  const [k, n] = transposeB ? [d1, d0] : [d0, d1];
  const dense = toDense(constant);
  const [x, bias] = [gaussian(7, t * k), gaussian(8, n)];
  const plain = product(x, t, k, n, (i, j) => (transposeB ? dense[j * k + i] : dense[i * n + j]), bias);
  const want = plain.map((v) => clamp(v, -0.5, 2));
  const attributes = { transposeB, activation: 'clip', min: -0.5, max: 2 };
  const inputs = [
    { shape: [...lead, k], data: x },
    { shape: constant.shape, constant },
    { shape: [n], data: bias },
  ];
  const node = { op: 'matmul', attributes, inputs, outputs: [[...lead, n]] };
  const names: string[] = [];
  for (const kernel of spmmKernels) {
    const request = requestOf(node);
    const match = kernel.match(request);
    if (typeof match === 'string') continue;
    names.push(kernel.name);
    expect(match.microseconds).toBeGreaterThanOrEqual(0);
    expect(distance(run(build, kernel, node)[0], want), kernel.name).toBeLessThan(2e-5);
    const unpacked = run(build, kernel, { ...node, wanted: 'rows' })[0];
    expect(distance(unpacked, want), `${kernel.name} into rows`).toBeLessThan(2e-5);
    const bare = run(build, kernel, { ...node, inputs: inputs.slice(0, 2), attributes: { transposeB } })[0];
    expect(
      distance(
        bare,
        plain.map((v, i) => v - bias[i % n]),
      ),
      kernel.name,
    ).toBeLessThan(2e-5);
  }
  return names;
}

describe.each(builds)('matmul by a sparse constant, %s build', (build) => {
  describe.each(encodings)('$name', (encoding) => {
    it.each([1, 3, 8, 35])('%i rows of x', (t) => {
      for (const [k, n, density] of [
        [33, 19, 0.3],
        [1, 1, 1],
        [5, 8, 0],
        [6, 12, 1],
      ])
        for (const outputAxis of [0, 1]) {
          const transposeB = (k + t) % 2 === 0;
          const constant = weight(transposeB ? [n, k] : [k, n], outputAxis, encoding, density);
          expect(each(build, constant, transposeB, t).length).toBeGreaterThan(0);
        }
    });

    it('more rows of the weight than are unpacked at a time', () => {
      each(build, weight([5, 400], 1, encoding, 0.3), false, 50);
    });

    it('more columns of the weight than a tile has', () => {
      each(build, weight([500, 20], 1, encoding, 0.1), false, 41);
    });

    it('no rows, no columns, no depth', () => {
      for (const [k, n, t] of [
        [3, 4, 0],
        [3, 0, 5],
        [0, 4, 5],
      ])
        for (const outputAxis of [0, 1]) each(build, weight([k, n], outputAxis, encoding, 1), false, t);
    });
  });

  it('7x96x333, and leading axes folded', () => {
    for (const encoding of encodings) {
      each(build, weight([96, 333], 1, encoding, 0.1), false, 7);
      each(build, weight([333, 96], 0, encoding, 0.1), true, 12, [2, 3, 2]);
    }
  });
});

describe('which rows take what', () => {
  const names = (constant: SparseConstant, t: number, transposeB = false) => {
    const [d0, d1] = constant.shape;
    const [k, n] = transposeB ? [d1, d0] : [d0, d1];
    const inputs = [{ shape: [t, k] }, { shape: constant.shape, constant }];
    const request = requestOf({ op: 'matmul', attributes: { transposeB }, inputs, outputs: [[t, n]] });
    return spmmKernels.filter((kernel) => typeof kernel.match(request) !== 'string').map((kernel) => kernel.name);
  };
  const of = (name: string, shape = [12, 8], axis = 1) =>
    weight(shape, axis, encodings.find((e) => e.name === name) ?? encodings[0], 0.5);

  it('goes by encoding and number of rows', () => {
    expect(names(of('csr'), 1)).toEqual(['f32_spmv_csr', 'f32_spmv_sell_4', 'f32_spmm_csr_1x8']);
    expect(names(of('csr'), 20)).toEqual(['f32_spmm_csr_1x16', 'f32_spmm_csr_1x32']);
    expect(names(of('bsr 4x1'), 20)).toEqual([
      ...['f32_spmm_csr_1x16', 'f32_spmm_csr_1x32', 'f32_spmm_bsr_2x16', 'f32_spmm_bsr_4x8', 'f32_spmm_bsr_4x16'],
    ]);
    expect(names(of('bsr 2x1'), 20)).toEqual(['f32_spmm_csr_1x16', 'f32_spmm_csr_1x32', 'f32_spmm_bsr_2x16']);
    expect(names(of('3:5 shared by 4'), 1)).toEqual([
      'f32_spmv_csr',
      'f32_spmv_sell_4',
      'f32_spmv_bsr_4x1',
      'f32_spmm_csr_1x8',
      'f32_spmm_bsr_4x8',
    ]);
  });

  it('walks the transpose as csr', () => {
    const byColumns = ['f32_spmm_csr_1x16', 'f32_spmm_csr_1x32'];
    expect(names(of('bsr 4x1', [12, 8], 0), 20)).toEqual(byColumns);
    expect(names(of('bsr 4x1', [12, 8], 1), 20, true)).toEqual(byColumns);
  });

  it('refuses the rest with a reason', () => {
    const { match } = rowOf('f32_spmm_csr_1x16');
    const constant = of('csr');
    const inputs = [{ shape: [20, 12] }, { shape: [12, 8], constant }];
    const base = { op: 'matmul', inputs, outputs: [[20, 8]] };
    expect(match(requestOf({ ...base, inputs: [inputs[0], { shape: [12, 8] }] }))).toContain('sparse constant');
    expect(
      match(requestOf({ ...base, inputs: [{ shape: [12, 20] }, inputs[1]], attributes: { transposeA: true } })),
    ).toContain('not transposed');
    expect(match(requestOf({ ...base, inputs: [{ shape: [20, 11] }, inputs[1]] }))).toContain('wants [..., m, k]');
    expect(match(requestOf({ ...base, inputs: [{ shape: [8, 12] }, inputs[1]] }))).toContain('more than 8 rows, got 8');
    const cube = { shape: [2, 12, 8], constant: of('csr', [2, 12, 8], 2) };
    expect(match(requestOf({ ...base, inputs: [inputs[0], cube] }))).toContain('rank 2');
  });

  it('leaves a weight whole that may change, or has few columns', () => {
    const { match } = rowOf('f32_spmm_csr_1x32');
    const read = (k: number, mutable: boolean) => {
      const request = requestOf({
        ...{ op: 'matmul', outputs: [[32, 8]] },
        inputs: [{ shape: [32, k] }, { shape: [k, 8], constant: weight([k, 8], 1, encodings[0], 0.1) }],
      });
      const [x, w] = request.inputs;
      const found = match({ ...request, inputs: [x, w && { ...w, mutable }] });
      return typeof found === 'string' ? found : found.reads[1].layout;
    };
    expect(read(800, false)).toBe('csr.tiles.16');
    expect(read(800, true)).toBe('csr.pattern.16');
    expect(read(100, false)).toBe('csr.pattern.16');
  });

  it('predicts by the class of the engine', () => {
    const constant = weight([768, 64], 1, encodings[0], 0.5);
    const cheapest = (engine: 'simd' | 'relaxed') => {
      const request = requestOf({
        op: 'matmul',
        inputs: [{ shape: [64, 768] }, { shape: [768, 64], constant }],
        outputs: [[64, 64]],
      });
      const found = panelKernels.flatMap(({ name, match }) => {
        const each = match({ ...request, engine });
        return typeof each === 'string' ? [] : [{ name, microseconds: each.microseconds }];
      });
      return found.sort((a, b) => a.microseconds - b.microseconds)[0].name;
    };
    expect([cheapest('simd'), cheapest('relaxed')]).toEqual(['f32_spmm_csr_1x16', 'f32_spmm_csr_1x32']);
  });

  it('predicts less time for fewer weights', () => {
    const microseconds = (density: number) => {
      const constant = weight([64, 64], 1, encodings[0], density);
      const match = rowOf('f32_spmm_csr_1x16').match(
        requestOf({ op: 'matmul', inputs: [{ shape: [64, 64] }, { shape: [64, 64], constant }], outputs: [[64, 64]] }),
      );
      return typeof match === 'string' ? Number.NaN : match.microseconds;
    };
    expect(microseconds(0.1)).toBeLessThan(microseconds(0.5) / 2);
  });
});

describe.each(builds)('panel outputs, %s build', (build) => {
  it('have finite padding', () => {
    for (const t of [5, 19])
      for (const kernel of spmmKernels) {
        const constant = weight([9, 10], 1, encodings[2], 0.6);
        const inputs = [
          { shape: [t, 9], data: gaussian(1, t * 9) },
          { shape: [9, 10], constant },
          { shape: [10], data: gaussian(2, 10) },
        ];
        const node = { op: 'matmul', inputs, outputs: [[t, 10]] };
        if (typeof kernel.match(requestOf(node)) === 'string') continue;
        expect(runRaw(build, kernel, node).every(Number.isFinite), kernel.name).toBe(true);
      }
  });
});

/** Kernels on operands laid out by hand: plain outputs, NaN, the end of memory. */
describe.each(builds)('exports, %s build', (build) => {
  const variants = [
    ['f32_spmm_csr_1x8', 'csr', 8],
    ['f32_spmm_csr_1x8', 'csr', 16],
    ['f32_spmm_csr_1x16', 'csr', 16],
    ['f32_spmm_csr_1x32', 'csr', 16],
    ['f32_spmm_bsr_2x16', 'bsr2x1', 16],
    ['f32_spmm_bsr_4x8', 'bsr4x1', 8],
    ['f32_spmm_bsr_4x8', 'bsr4x1', 16],
    ['f32_spmm_bsr_4x16', 'bsr4x1', 16],
  ] as const;
  const [rows, k] = [11, 13];

  it.each(variants)(
    '%s of %s in panels of %i stores a plain [rows][t] output and nothing past it',
    (name, kind, width) => {
      const encoding = encodings[{ csr: 0, bsr2x1: 1, bsr4x1: 2 }[kind]];
      const constant = weight([rows, k], 0, encoding, 0.5);
      const dense = toDense(constant);
      const pattern = formOf(`${kind}.pattern.${width}`)?.build(constant) as Uint32Array;
      const offsets = (Math.ceil(rows / { csr: 1, bsr2x1: 2, bsr4x1: 4 }[kind]) + 1) * 4;
      for (const t of [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 24, 25, 33]) {
        const x = gaussian(t + 1, t * k);
        const panels = convert(build, { shape: [t, k], data: x }, 'rows', `panels${width}`);
        const want = product(x, t, k, rows, (i, j) => dense[j * k + i]);
        const out = new Float32Array(rows * t).fill(Number.NaN);
        // Once with the panels, once with the output, at the end of memory.
        for (const [xAt, outAt, operands] of [
          [2, 3, [panels, out]],
          [3, 2, [out, panels]],
        ] as const) {
          const bench = place(build, [pattern, constant.values, ...operands], 4);
          const { at } = bench;
          bench.exports[name](
            ...[rows, t, width, at[0], at[0] + offsets, at[1], 0, -INF, INF, at[xAt], k * width * 4],
            ...[at[outAt], t * 4, width * 4, 0],
          );
          bench.release();
          const got = bench.read(outAt, out);
          expect(
            distance(
              Float64Array.from({ length: t * rows }, (_, i) => got[(i % rows) * t + Math.floor(i / rows)]),
              want,
            ),
          ).toBeLessThan(1e-5);
        }
      }
    },
  );

  it('f32_spmm_csr_1x32 adds tile on tile and touches nothing past the output', () => {
    const [tall, breadth] = [900, 300];
    const constant = weight([rows, tall], 0, encodings[0], 0.1);
    const dense = toDense(constant);
    const pattern = formOf('csr.tiles.16')?.build(constant) as Uint32Array;
    const offsets = (3 * rows + 1) * 4;
    expect(pattern.slice(3 * rows + 1, 3 * rows + 1 + pattern[rows]).every((at) => at < breadth * 64)).toBe(true);
    const values = inLayout(build, { shape: [rows, tall], constant }, 'values.csr.tiles');
    const bias = gaussian(1, rows);
    for (const t of [1, 6, 9, 16, 19, 25, 32, 39, 47]) {
      const x = gaussian(t, t * tall);
      const panels = convert(build, { shape: [t, tall], data: x }, 'rows', 'panels16');
      const want = product(x, t, tall, rows, (i, j) => dense[j * tall + i], bias).map((sum) => clamp(sum, -1, 1));
      const out = new Float32Array(rows * t).fill(Number.NaN);
      const { at, exports, read, release } = place(build, [pattern, values, panels, bias, out], 4);
      for (const tile of [0, 1, 2])
        exports.f32_spmm_csr_1x32(
          ...[rows, t, 16, at[0] + tile * rows * 4, at[0] + offsets, at[1], at[3]],
          ...(tile < 2 ? [-INF, INF] : [-1, 1]),
          ...[at[2], tall * 64, at[4], t * 4, 64, Number(tile > 0)],
        );
      release();
      const got = read(4, out);
      const byRows = Float64Array.from({ length: t * rows }, (_, i) => got[(i % rows) * t + Math.floor(i / rows)]);
      expect(distance(byRows, want), `${t} columns`).toBeLessThan(1e-5);
    }
  });

  it.each(spmmKernels.map(({ name }) => name))('%s keeps NaN and clamps infinities', (name) => {
    const kernel = rowOf(name);
    const constant = weight([3, 8], 1, encodings[2], 1);
    constant.values.fill(1);
    for (const t of [3, 9]) {
      const x = new Float32Array(t * 3).fill(1);
      x[0] = Number.NaN;
      x[3] = INF;
      x[6] = -INF;
      const attributes = { activation: 'clip', min: -2, max: 2 };
      const node = {
        op: 'matmul',
        attributes,
        inputs: [
          { shape: [t, 3], data: x },
          { shape: [3, 8], constant },
        ],
        outputs: [[t, 8]],
      };
      if (typeof kernel.match(requestOf(node)) === 'string') continue;
      const [got] = run(build, kernel, node);
      expect([got[0], got[8], got[16], got[24 % got.length]]).toEqual([Number.NaN, 2, -2, t > 3 ? 2 : Number.NaN]);
    }
  });

  it('an empty weight leaves the bias', () => {
    for (const kernel of spmmKernels) {
      const constant = weight([4, 6], 1, encodings[2], 0);
      for (const t of [1, 20]) {
        const bias = gaussian(1, 6);
        const inputs = [
          { shape: [t, 4], data: gaussian(2, t * 4) },
          { shape: [4, 6], constant },
          { shape: [6], data: bias },
        ];
        const node = { op: 'matmul', inputs, outputs: [[t, 6]] };
        if (typeof kernel.match(requestOf(node)) === 'string') continue;
        expect(run(build, kernel, node)[0]).toEqual(Float32Array.from({ length: t * 6 }, (_, i) => bias[i % 6]));
      }
    }
  });

  it('a smaller pattern in the same memory is followed', () => {
    const full = weight([rows, k], 0, encodings[0], 1);
    const less = weight([rows, k], 0, encodings[0], 0.3);
    const form = formOf('csr.pattern.8')?.build(full) as Uint32Array;
    form.set(formOf('csr.pattern.8')?.build(less) as Uint32Array);
    const values = full.values.slice();
    values.set(less.values);
    const x = gaussian(3, 5 * k);
    const panels = convert(build, { shape: [5, k], data: x }, 'rows', 'panels8');
    const out = new Float32Array(rows * 8);
    const { exports, at, read } = place(build, [form, values, panels, out]);
    exports.f32_spmm_csr_1x8(
      rows,
      8,
      8,
      at[0],
      at[0] + (rows + 1) * 4,
      at[1],
      0,
      -INF,
      INF,
      at[2],
      k * 32,
      at[3],
      32,
      rows * 32,
    );
    const dense = toDense(less);
    const want = product(x, 5, k, rows, (i, j) => dense[j * k + i]);
    expect(distance(convert(build, { shape: [5, rows] }, 'panels8', 'rows', read(3, out)), want)).toBeLessThan(1e-5);
  });
});

describe('forms', () => {
  it.each(encodings)('$name: sizes of layouts are those of what is built, and orders are inverse', (encoding) => {
    for (const shape of [
      [13, 11],
      [8, 12],
      [0, 3],
      [1, 1],
    ]) {
      const constant = weight(shape, 0, encoding, 0.5);
      const operand = { dtype: 'float32', shape, constant, layout: 'values' } as const;
      for (const { layout, build } of forms) {
        const kind = layout.split('.')[0] as 'csr';
        if (kinds.includes(kind) && !walkable(constant, kind)) continue;
        expect(layoutBytes(layout, operand)).toBe(build(constant).byteLength);
      }
      for (const kind of kinds) {
        if (!walkable(constant, kind)) continue;
        const order = formOf(`${kind}.order`)?.build(constant) as Uint32Array;
        const inverse = formOf(`${kind}.inverse`)?.build(constant) as Uint32Array;
        order.forEach((index, i) => {
          if (index !== 0xffffffff) expect(inverse[index]).toBe(i);
        });
        expect(layoutBytes(`values.${kind}`, operand)).toBe(order.byteLength);
        if (!native(constant, kind)) continue;
        expect(order.length).toBe(constant.values.length);
        order.forEach((index, i) => {
          if (constant.values[i] !== 0) expect(index).toBe(i);
        });
      }
      const values = inLayout('simd', { shape, constant }, 'values.transposed');
      expect(values.byteLength).toBe(layoutBytes('values.transposed', operand));
    }
  });
});
