/** Every row of the kernel table that takes one of the shapes of bench/shapes. */
import { takeTurns } from '../examples/demo/rounds.ts';
import { provideInlineModules } from '../src/entries/inline.ts';
import { kernelsFor } from '../src/kernels/registry.ts';
import { kernels, loadEveryKernel } from '../src/kernels/table.ts';
import { instantiate } from '../src/runtime/instance.ts';
import { init, loadModule } from '../src/runtime/modules.ts';
import type { BenchOptions } from './options.ts';
import type { Result } from './report.ts';
import { placed } from './row.ts';
import { cases } from './works.ts';

export async function benchKernels({ sparsity = 0.9, rounds = 15, only, build }: BenchOptions): Promise<Result[]> {
  provideInlineModules();
  loadEveryKernel();
  await init(build === undefined ? {} : { build });
  const { module, build: running, why } = await loadModule(false);
  const seen = new Set<string>();
  const rows: (string | number)[][] = [];
  for (const { work, shape, weight, amount, unit } of cases(sparsity)) {
    const wanted = kernelsFor(work.op).filter(({ name }) => only === undefined || name.includes(only));
    const instance = instantiate(module);
    const contestants = wanted.flatMap((kernel) => {
      const run = placed(instance, kernel, work);
      if (!run) return [];
      seen.add(`${kernel.op} ${kernel.name}`);
      const time = async (runs: number) => {
        const start = performance.now();
        for (let i = 0; i < runs; i++) run();
        return ((performance.now() - start) * 1000) / runs;
      };
      return [{ name: kernel.name, time }];
    });
    const options = { rounds, turnMicroseconds: 2000, warmUpMicroseconds: 20000 };
    for (const { name, min, median } of await takeTurns(contestants, options))
      rows.push([work.op, name, weight, shape, min, median, amount / min / 1000, amount / median / 1000, unit]);
  }
  const left = new Set(kernels.map(({ op, name }) => `${op} ${name}`).filter((row) => !seen.has(row)));
  return [
    {
      title: `kernels, build ${running} (${why}), ${rounds} rounds; what is not stored is not counted as work`,
      columns: ['op', 'kernel', 'weight', 'shape', 'min µs', 'median µs', 'best rate', 'median rate', 'unit'],
      rows,
    },
    ...(only === undefined
      ? [{ title: 'rows that no shape here reaches', columns: ['op kernel'], rows: [...left].map((row) => [row]) }]
      : []),
  ];
}
