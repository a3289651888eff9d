/** Constants that a graph updates: in place where that is safe, by a copy where it is not. */
import { expect, it } from 'vitest';
import { dense, graphBuilder } from '../../src/graph/builder.ts';
import { createExecutor } from '../../src/runtime/executor.ts';
import { Tensor } from '../../src/runtime/tensor.ts';
import { moduleOf } from './module.ts';

const feed = (x: number) => ({ x: new Tensor('float32', [x, x, x], [3]) });

it('an accumulator that is read after its new value is made keeps the old value until the end', () => {
  const builder = graphBuilder('sum');
  const x = builder.input('x', 'float32', [3]);
  const total = builder.constant('total', dense([3], Float32Array.of(1, 2, 3)));
  const next = builder.node('add', [total, x]);
  builder.output(builder.node('mul', [next, total]));
  builder.update(total, next);
  const graph = builder.build();
  const executor = createExecutor(moduleOf('debug'));
  expect([...(executor.run(graph, feed(1))['mul:out'].data as Float32Array)]).toEqual([2, 6, 12]);
  expect([...(executor.run(graph, feed(1))['mul:out'].data as Float32Array)]).toEqual([6, 12, 20]);
  const held = executor.readConstant('total');
  expect(held?.encoding === 'dense' && [...(held.data as Float32Array)]).toEqual([3, 4, 5]);
  expect(executor.prepare(graph, new Map([['x', [3]]])).plan.steps.map((step) => step.kernel)).toContain('copy_bytes');
});

it('two constants may swap', () => {
  const builder = graphBuilder('swap');
  builder.input('x', 'float32', [3]);
  const a = builder.constant('a', dense([2], Float32Array.of(1, 2)));
  const b = builder.constant('b', dense([2], Float32Array.of(3, 4)));
  const [toA, toB] = [builder.node('neg', [b]), builder.node('neg', [a])];
  builder.update(a, toA);
  builder.update(b, toB);
  const graph = builder.build();
  const executor = createExecutor(moduleOf('debug'));
  executor.run(graph, feed(0));
  const read = (name: string) => {
    const held = executor.readConstant(name);
    return held?.encoding === 'dense' ? [...(held.data as Float32Array)] : [];
  };
  expect([read('a'), read('b')]).toEqual([
    [-3, -4],
    [-1, -2],
  ]);
});

it('nothing is written when the caller says no', () => {
  const builder = graphBuilder('count');
  const x = builder.input('x', 'float32', [3]);
  const total = builder.constant('total', dense([3], new Float32Array(3)));
  const next = builder.node('add', [total, x]);
  builder.output(next);
  builder.update(total, next);
  const graph = builder.build();
  const executor = createExecutor(moduleOf('debug'));
  executor.run(graph, feed(5), () => false);
  const held = executor.readConstant('total');
  expect(held?.encoding === 'dense' && [...(held.data as Float32Array)]).toEqual([0, 0, 0]);
  executor.run(graph, feed(5), () => true);
  const then = executor.readConstant('total');
  expect(then?.encoding === 'dense' && [...(then.data as Float32Array)]).toEqual([5, 5, 5]);
});

it('running statistics wait for the results, however early they are made', () => {
  const builder = graphBuilder('norm');
  const x = builder.input('x', 'float32', ['n', 2]);
  const of = (name: string, value: number) => builder.constant(name, dense([2], new Float32Array(2).fill(value)));
  const [scale, bias, mean, variance] = [of('scale', 1), of('bias', 0), of('mean', 0), of('variance', 1)];
  const outputs = builder.nodes('batchNormTraining', [x, scale, bias, mean, variance], 5, { momentum: 0.5 });
  builder.update(mean, outputs[1]);
  builder.update(variance, outputs[2]);
  builder.output(builder.node('reduceSum', [outputs[0]], { axes: [], keepDims: false }, 'sum'));
  const graph = builder.build();
  const executor = createExecutor(moduleOf('debug'));
  const read = () => {
    const held = executor.readConstant('mean');
    return held?.encoding === 'dense' ? [...(held.data as Float32Array)] : [];
  };
  const tensor = new Tensor('float32', [1, 5, 3, 9], [2, 2]);
  let sum = Number.NaN;
  const look = (keep: boolean) => (results: Record<string, { readonly data: ArrayLike<number | bigint> }>) => {
    sum = Number(results['sum:out'].data[0]);
    return keep;
  };
  executor.run(graph, { x: tensor }, look(false));
  expect(sum).toBeCloseTo(0, 5);
  expect(read()).toEqual([0, 0]);
  executor.run(graph, { x: tensor }, look(true));
  expect(read()).toEqual([1, 3.5]);
});

it('outputs are what was before the updates, whether the caller looks or not', () => {
  const builder = graphBuilder('count');
  const x = builder.input('x', 'float32', [3]);
  const total = builder.constant('total', dense([3], new Float32Array(3)));
  const next = builder.node('add', [total, x], {}, 'next');
  builder.output(next, total);
  builder.update(total, next);
  const graph = builder.build();
  const executor = createExecutor(moduleOf('debug'));
  for (const looks of [undefined, () => false, () => true]) {
    const { 'next:out': sum, total: before } = executor.run(graph, feed(5), looks);
    expect(sum.data).toEqual(Float32Array.from(before.data as Float32Array, (v) => v + 5));
  }
  expect(executor.run(graph, feed(5)).total.data).toEqual(Float32Array.of(10, 10, 10));
  expect(executor.profile(graph, feed(5)).results.total.data).toEqual(Float32Array.of(15, 15, 15));
});

it('a new value of another shape or type than the constant is refused', () => {
  const builder = graphBuilder('wide');
  const x = builder.input('x', 'float32', [3]);
  const constant = builder.constant('c', dense([2], new Float32Array(2)));
  builder.update(constant, builder.node('relu', [x]));
  const executor = createExecutor(moduleOf('debug'));
  expect(() => executor.run(builder.build(), feed(5))).toThrow(
    'update of "c": want float32 [2], got "relu:out" float32 [3]',
  );
});
