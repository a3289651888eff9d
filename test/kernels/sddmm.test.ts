import { describe, expect, it } from 'vitest';
import type { SparseConstant } from '../../src/formats/constant.ts';
import { STICK_OUT, storedPositions } from '../../src/formats/positions.ts';
import { formOf } from '../../src/kernels/forms.ts';
import type { Kernel } from '../../src/kernels/kernel.ts';
import { sddmmKernels } from '../../src/kernels/sddmm.ts';
import { builds, distance, gaussian, place } from './harness.ts';
import { convert, requestOf, run } from './run-match.ts';
import { encodings, weight } from './weights.ts';

/** Σ_t x[t][k] dy[t][n] at the stored positions of w, in the order of its values; 0 for what sticks out. */
function sampled(w: SparseConstant, x: Float32Array, dy: Float32Array, t: number): Float64Array {
  const k = w.shape[1 - w.outputAxis];
  const n = w.shape[w.outputAxis];
  return Float64Array.from(storedPositions(w), (at) => {
    if (at === STICK_OUT) return 0;
    const index = [Math.floor(at / w.shape[1]), at % w.shape[1]];
    let sum = 0;
    for (let i = 0; i < t; i++) sum += x[i * k + index[1 - w.outputAxis]] * dy[i * n + index[w.outputAxis]];
    return sum;
  });
}

describe.each(builds)('sddmm rows, %s build', (build) => {
  describe.each(encodings)('$name', (encoding) => {
    it.each([0, 1, 7, 8, 9, 16, 37])('t = %i', (t) => {
      for (const [k, n, density] of [
        [33, 19, 0.3],
        [1, 1, 1],
        [5, 8, 0],
        [6, 12, 1],
        [0, 3, 1],
        [3, 0, 1],
      ])
        for (const outputAxis of [0, 1]) {
          const constant = weight(outputAxis === 1 ? [k, n] : [n, k], outputAxis, encoding, density);
          const [x, dy] = [gaussian(1, t * k), gaussian(2, t * n)];
          const inputs = [
            { shape: [t, k], data: x },
            { shape: [t, n], data: dy },
            { shape: constant.shape, constant },
          ];
          const node = { op: 'sddmm', attributes: { outputAxis }, inputs, outputs: [[constant.values.length]] };
          const want = sampled(constant, x, dy, t);
          let matched = 0;
          for (const kernel of sddmmKernels) {
            if (kernel.op !== 'sddmm' || typeof kernel.match(requestOf(node)) === 'string') continue;
            matched++;
            expect(distance(run(build, kernel, node)[0], want), kernel.name).toBeLessThan(1e-5);
          }
          expect(matched).toBeGreaterThan(0);
        }
    });
  });

  it('folds leading axes', () => {
    const constant = weight([5, 4], 1, encodings[0], 1);
    const [x, dy] = [gaussian(1, 60), gaussian(2, 48)];
    const inputs = [
      { shape: [3, 4, 5], data: x },
      { shape: [3, 4, 4], data: dy },
      { shape: [5, 4], constant },
    ];
    const [got] = run(build, sddmmKernels[0], { op: 'sddmm', inputs, outputs: [[constant.values.length]] });
    expect(distance(got, sampled(constant, x, dy, 12))).toBeLessThan(1e-5);
  });

  it('picks a dense gradient at the stored positions', () => {
    const kernel = sddmmKernels.find(({ op }) => op === 'sample') as Kernel;
    for (const encoding of encodings) {
      const constant = weight([6, 11], 1, encoding, 0.5);
      const data = gaussian(3, 66);
      const inputs = [
        { shape: [6, 11], data },
        { shape: [6, 11], constant },
      ];
      const [got] = run(build, kernel, { op: 'sample', inputs, outputs: [[constant.values.length]] });
      expect(got).toEqual(Float32Array.from(storedPositions(constant), (at) => (at === STICK_OUT ? 0 : data[at])));
    }
  });
});

describe.each(builds)('sddmm exports, %s build', (build) => {
  const kinds = [
    ['f32_sddmm_csr', 'csr', 0, 1],
    ['f32_sddmm_bsr_2x1', 'bsr2x1', 1, 2],
    ['f32_sddmm_bsr_4x1', 'bsr4x1', 2, 4],
  ] as const;
  const [rows, k] = [11, 13];

  it.each(kinds)(
    '%s ignores padding lanes, adds when told, and clears up to the capacity',
    (name, kind, encoding, height) => {
      const constant = weight([rows, k], 0, encodings[encoding], 0.5);
      const stored = constant.values.length;
      for (const width of [8, 16] as const)
        for (const t of [0, 1, 3, 4, 5, 8, 11, 16, 21])
          for (const accumulate of [0, 1]) {
            const [x, dy] = [gaussian(1, t * k), gaussian(2, t * rows)];
            const panels = [x, dy].map((data) => {
              const packed = convert(build, { shape: [t, data === x ? k : rows], data }, 'rows', `panels${width}`);
              const depth = data === x ? k : rows;
              for (let lane = t; lane < Math.ceil(t / width) * width; lane++)
                for (let i = 0; i < depth; i++)
                  packed[(Math.floor(lane / width) * depth + i) * width + (lane % width)] =
                    i % 2 ? Number.NaN : Infinity;
              return packed;
            });
            const pattern = formOf(`${kind}.pattern.${width}`)?.build(constant) as Uint32Array;
            const out = gaussian(3, stored + 5);
            const { at, exports, read, release } = place(build, [pattern, panels[0], out, panels[1]], 4);
            exports[name](
              ...[rows, t, width, stored + 5, at[0], at[0] + (Math.ceil(rows / height) + 1) * 4],
              ...[at[3], rows * width * 4, at[1], k * width * 4, accumulate, at[2]],
            );
            release();
            const want = Float64Array.from(out, (old) => (accumulate ? old : 0));
            sampled(constant, x, dy, t).forEach((value, i) => {
              want[i] += value;
            });
            expect(distance(read(2, out), want)).toBeLessThan(1e-5);
          }
    },
  );

  it.each(kinds)(
    '%s: NaN in a real lane reaches its values; what sticks out stays 0',
    (name, kind, encoding, height) => {
      const constant = weight([5, 3], 0, encodings[encoding], 1);
      const positions = storedPositions(constant);
      const [x, dy] = [new Float32Array(9 * 3).fill(1), new Float32Array(9 * 5).fill(1)];
      dy[4] = Number.NaN;
      const panel = (data: Float32Array, depth: number) =>
        convert(build, { shape: [9, depth], data }, 'rows', 'panels8');
      const pattern = formOf(`${kind}.pattern.8`)?.build(constant) as Uint32Array;
      const out = new Float32Array(constant.values.length);
      const { at, exports, read } = place(build, [pattern, panel(x, 3), panel(dy, 5), out]);
      exports[name](
        5,
        9,
        8,
        out.length,
        at[0],
        at[0] + (Math.ceil(5 / height) + 1) * 4,
        at[2],
        5 * 32,
        at[1],
        3 * 32,
        0,
        at[3],
      );
      const want = Float32Array.from(positions, (p) => (p === STICK_OUT ? 0 : p >= 12 ? Number.NaN : 9));
      expect(read(3, out)).toEqual(want);
    },
  );
});

describe('what the rows refuse', () => {
  const constant = weight([5, 4], 1, encodings[0], 1);
  const inputs = [{ shape: [9, 5] }, { shape: [9, 4] }, { shape: [5, 4], constant }];
  const match = (over: object) => sddmmKernels[0].match(requestOf({ op: 'sddmm', inputs, outputs: [[20]], ...over }));
  it('with a reason', () => {
    expect(match({ attributes: { outputAxis: 0 } })).toContain('output axis 0, got 1');
    expect(match({ inputs: [inputs[0], inputs[1], { shape: [5, 4] }] })).toContain('sparse constant');
    expect(match({ inputs: [{ shape: [8, 5] }, inputs[1], inputs[2]] })).toContain('wants [t, 5] and [t, 4]');
    expect(sddmmKernels[2].match(requestOf({ op: 'sddmm', inputs, outputs: [[20]] }))).toContain('share columns');
  });
});
