/** How a protobuf message is described: a table of fields, from which the types, the reader and the writer all follow. */

/** The protobuf types ONNX uses. Enums are int32; a message that we do not look into may be declared as bytes. */
export type Scalar = 'int32' | 'int64' | 'uint64' | 'float' | 'double' | 'string' | 'bytes';

interface ScalarTypes {
  readonly int32: number;
  /** As a double: exact to 2^53, nearest beyond. */
  readonly int64: number;
  readonly uint64: number;
  readonly float: number;
  readonly double: number;
  readonly string: string;
  readonly bytes: Uint8Array;
}

/** What a repeated field reads as. 64-bit integers stay exact. */
interface ListTypes {
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly uint64: BigUint64Array;
  readonly float: Float32Array;
  readonly double: Float64Array;
  readonly string: readonly string[];
  readonly bytes: readonly Uint8Array[];
}

/** What the writer takes for a repeated field. */
interface ListDrafts {
  readonly int32: ArrayLike<number>;
  readonly int64: ArrayLike<number | bigint>;
  readonly uint64: ArrayLike<number | bigint>;
  readonly float: ArrayLike<number>;
  readonly double: ArrayLike<number>;
  readonly string: readonly string[];
  readonly bytes: readonly Uint8Array[];
}

/** One field. `Read` and `Draft` exist for the type checker only. */
export interface Field<Read = unknown, Draft = unknown> {
  readonly number: number;
  readonly type: Scalar | AnyMessage;
  readonly repeated: boolean;
  readonly types?: readonly [Read, Draft];
}

export type Fields = Readonly<Record<string, Field>>;

export interface Message<F extends Fields> {
  readonly name: string;
  readonly fields: F;
}

export type AnyMessage = Message<Fields>;

/** A message as read: absent fields are undefined, absent repeated fields are empty. */
export type MessageOf<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer Read, unknown> ? Read : never;
};

/** A message to be written: every field may be left out. */
export type DraftOf<F extends Fields> = {
  readonly [K in keyof F]?: F[K] extends Field<unknown, infer Draft> ? Draft | undefined : never;
};

export function message<F extends Fields>(name: string, fields: F): Message<F> {
  return { name, fields };
}

/** A field that appears at most once. */
export function one<S extends Scalar>(number: number, type: S): Field<ScalarTypes[S] | undefined, ScalarTypes[S]>;
export function one<F extends Fields>(number: number, type: Message<F>): Field<MessageOf<F> | undefined, DraftOf<F>>;
export function one(number: number, type: Scalar | AnyMessage): Field<never, never> {
  return { number, type, repeated: false };
}

/** A repeated field. */
export function many<S extends Scalar>(number: number, type: S): Field<ListTypes[S], ListDrafts[S]>;
export function many<F extends Fields>(
  number: number,
  type: Message<F>,
): Field<readonly MessageOf<F>[], readonly DraftOf<F>[]>;
export function many(number: number, type: Scalar | AnyMessage): Field<never, never> {
  return { number, type, repeated: true };
}
