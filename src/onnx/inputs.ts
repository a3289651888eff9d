/** The graph's inputs: ValueInfoProto to names, element types and extents. */
import { ModelError, UsageError } from '../core/errors.ts';
import { type Dim, MAX_ELEMENTS, MAX_RANK } from '../core/shape.ts';
import type { GraphInput } from '../graph/graph.ts';
import { collect } from './constants.ts';
import { importType } from './data-types.ts';
import type { ValueInfoProto } from './messages.ts';

/** Numbers for symbolic extents, by name. */
export type FixedDims = Readonly<Record<string, number>>;

/**
 * Every input that is not a constant: files before IR version 4 list their initializers as inputs too. float16
 * becomes float32. An extent without a name, or of -1 as some writers have it, gets a name of its own: `<input>.<axis>`.
 */
export function readInputs(
  infos: readonly ValueInfoProto[],
  constants: ReadonlyMap<string, unknown>,
  dims: FixedDims,
  problems: string[],
): GraphInput[] {
  const own = infos.filter(({ name }) => !constants.has(name ?? ''));
  const symbols = new Set(
    own.flatMap(({ type }) => (type?.tensorType?.shape?.dim ?? []).map(({ dimParam }) => dimParam ?? '')),
  );
  for (const [name, extent] of Object.entries(dims)) {
    if (!symbols.has(name))
      throw new UsageError(`dims: want names among ${[...symbols].filter(Boolean).join(', ') || 'none'}, got ${name}`);
    if (!Number.isInteger(extent) || extent < 0)
      throw new UsageError(`dims: want ${name} as a whole number, got ${extent}`);
  }
  const inputs: GraphInput[] = [];
  const names = new Set<string>();
  for (const info of own) {
    const name = info.name ?? '';
    if (name === '' || names.has(name)) problems.push(`input "${name}": want a name of its own`);
    names.add(name);
    const input = collect(problems, () => readInput(info, name, dims, symbols));
    // An input that cannot be read still has its name, so that its uses are not reported as well.
    inputs.push(input ?? { name, dtype: 'float32', shape: [] });
  }
  return inputs;
}

function readInput({ type }: ValueInfoProto, name: string, dims: FixedDims, symbols: Set<string>): GraphInput {
  const what = `input "${name}"`;
  const tensor = type?.tensorType;
  if (!tensor) throw new ModelError(`${what}: want a tensor, got a sequence, map, optional, sparse tensor or no type`);
  const dtype = importType(tensor.elemType, what);
  if (!tensor.shape) throw new ModelError(`${what}: want a shape, if only of open extents, got none`);
  const { dim } = tensor.shape;
  if (dim.length > MAX_RANK) throw new ModelError(`${what}: want rank <= ${MAX_RANK}, got ${dim.length}`);
  const shape = dim.map(({ dimValue, dimParam }, axis): Dim => {
    if (dimParam) return Object.hasOwn(dims, dimParam) ? dims[dimParam] : dimParam;
    if (dimValue !== undefined && dimValue !== -1) {
      if (dimValue < 0 || dimValue > MAX_ELEMENTS)
        throw new ModelError(`${what}: want extents in [0, ${MAX_ELEMENTS}], got ${dimValue}`);
      return dimValue;
    }
    let symbol = `${name}.${axis}`;
    while (symbols.has(symbol)) symbol += "'";
    symbols.add(symbol);
    return symbol;
  });
  return { name, dtype, shape };
}
