/** Tensors as plain data: what goes to an engine and comes back, in this process or from another. */
export interface Value {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayLike<number> | ArrayLike<bigint>;
}

export type Values = Readonly<Record<string, Value>>;

export function floats(dims: readonly number[], data: Float32Array | ((i: number) => number)): Value {
  const length = dims.reduce((size, dim) => size * dim, 1);
  return {
    type: 'float32',
    dims,
    data: typeof data === 'function' ? Float32Array.from({ length }, (_, i) => data(i)) : data,
  };
}

export function integer(value: number, dims: readonly number[] = []): Value {
  return { type: 'int64', dims, data: BigInt64Array.of(BigInt(value)) };
}
