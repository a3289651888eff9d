/** Tensors whose numbers lie in files beside the model. */
import { ModelError } from '../core/errors.ts';
import { ModelProto, type TensorProto } from './messages.ts';
import { tensorsOf } from './tensors-of.ts';
import { readMessage } from './wire.ts';

/** Reads `length` bytes from `offset` on of a file beside the model. `location` is a checked relative path with slashes. */
export type ReadExternal = (location: string, offset: number, length: number) => Uint8Array;

const EXTERNAL = 1;

/** No memory of WebAssembly holds more. */
const MAX_BYTES = 2 ** 32;

export function isExternal({ dataLocation, externalData }: TensorProto): boolean {
  return dataLocation === EXTERNAL || externalData.length > 0;
}

/** Where the numbers are. Throws ModelError on a path that leads out of the model's folder, and on fields that make no sense. */
export function placeOf({ externalData }: TensorProto, what: string) {
  const fields = new Map(externalData.map(({ key = '', value = '' }) => [key, value]));
  const location = fields.get('location') ?? '';
  if (!isInside(location))
    throw new ModelError(
      `${what}: want external data in a file in the folder of the model, got location "${location}"`,
    );
  const whole = (name: string) => {
    const text = fields.get(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
      throw new ModelError(`${what}: want the ${name} of external data as a whole number, got "${text}"`);
    return value;
  };
  return { location: location.replace(/^(\.\/)+/, ''), offset: whole('offset') ?? 0, length: whole('length') };
}

/** A relative path whose parts are names: no drive, no scheme, nothing above. Backslashes part names on some systems. */
function isInside(location: string): boolean {
  const parts = location.replace(/^(\.\/)+/, '').split('/');
  const strange = [...location].some((character) => character < ' ' || character === '\\' || character === ':');
  return !strange && location !== '' && !parts.some((part) => part === '' || part === '.' || part === '..');
}

/** Reads external data with every check; counts what a model has read in all. */
export function externalReader(read: ReadExternal | undefined) {
  let total = 0;
  return (tensor: TensorProto, bytes: number, what: string): Uint8Array => {
    const { location, offset, length = bytes } = placeOf(tensor, what);
    const where = `${what}: external data in "${location}"`;
    if (length !== bytes) throw new ModelError(`${where}: want ${bytes} bytes, got a length of ${length}`);
    if (!read) throw new ModelError(`${where}: want a way to read it (the option external), got none`);
    total += bytes;
    if (total > MAX_BYTES) throw new ModelError(`${where}: want at most ${MAX_BYTES} bytes in all, got more`);
    if (bytes === 0) return new Uint8Array();
    let data: Uint8Array;
    try {
      data = read(location, offset, bytes);
    } catch (error) {
      throw new ModelError(`${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    if (!(data instanceof Uint8Array) || data.length !== bytes)
      throw new ModelError(`${where}: want ${bytes} bytes at ${offset}, got ${data?.length ?? 'none'}`);
    return data;
  };
}

export type ExternalReader = ReturnType<typeof externalReader>;

/** The files that a model names, so that they may be fetched. Those that it must not name are left to the reader. */
export function externalLocations(bytes: Uint8Array): string[] {
  const { graph, functions } = readMessage(ModelProto, bytes);
  const parts = [
    ...(graph ? [graph] : []),
    ...functions.map(({ node }) => ({ initializer: [], sparseInitializer: [], node })),
  ];
  return [...new Set(parts.flatMap((part) => tensorsOf(part).filter(isExternal).flatMap(locationOf)))];
}

function locationOf(tensor: TensorProto): string[] {
  try {
    return [placeOf(tensor, '').location];
  } catch (error) {
    if (error instanceof ModelError) return [];
    throw error;
  }
}
