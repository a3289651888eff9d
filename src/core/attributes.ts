/** "The numbers of input `input`": known only when a graph is planned or run. Such inputs follow the op's own ones. */
export interface InputRef {
  readonly input: number;
}

export type AttributeValue = number | string | boolean | readonly number[];

/** A node's settings. Which ones an op takes, and their defaults, its op row says. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** The settings of a node in a graph, some of which may be left to values. */
export type OpenAttributes = Readonly<Record<string, AttributeValue | InputRef>>;

export function isInputRef(value: AttributeValue | InputRef | undefined): value is InputRef {
  return typeof value === 'object' && !Array.isArray(value);
}
