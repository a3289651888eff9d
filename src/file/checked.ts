/** Reads parsed JSON field by field. Every function throws ModelError: `<where>: want ..., got ...`. */
import { ModelError } from '../core/errors.ts';

export type Json = Readonly<Record<string, unknown>>;

export function refuse(where: string, want: string, got: unknown): never {
  throw new ModelError(`${where}: want ${want}, got ${describe(got)}`);
}

/** A few words for any value. Does not go deep: a hostile file may nest its JSON until the stack is full. */
export function describe(value: unknown): string {
  if (value === undefined) return 'none';
  if (Array.isArray(value)) {
    const plain = value.length <= 16 && value.every((item) => typeof item !== 'object');
    return plain ? `[${value.join(', ')}]` : `a list of ${value.length}`;
  }
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = String(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

/** An object with these fields and no others: what we do not know we must not ignore. A trailing `?` marks one that may be absent. */
export function fields(value: unknown, where: string, names: readonly string[]): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(where, 'an object', value);
  const known = new Set(names.map((name) => name.replace(/\?$/, '')));
  for (const name of Object.keys(value))
    if (!known.has(name)) refuse(where, `fields among ${[...known].join(', ')}`, name);
  for (const name of names)
    if (!name.endsWith('?') && !Object.hasOwn(value, name)) refuse(where, `field ${name}`, undefined);
  return value as Json;
}

export function text(value: unknown, where: string): string {
  return typeof value === 'string' ? value : refuse(where, 'a string', value);
}

export function whole(value: unknown, where: string, least: number, most: number): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
  return refuse(where, `a whole number in [${least}, ${most}]`, value);
}

export function list<T>(value: unknown, where: string, each: (item: unknown, where: string) => T): T[] {
  if (!Array.isArray(value)) return refuse(where, 'a list', value);
  return value.map((item, i) => each(item, `${where}[${i}]`));
}

export function choice<T extends string>(value: unknown, where: string, names: readonly T[]): T {
  const found = names.find((name) => name === value);
  return found ?? refuse(where, names.join(' or '), value);
}
