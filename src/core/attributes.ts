export type AttributeValue = number | string | boolean | readonly number[];

/** A node's settings. Which ones an op takes, and their defaults, its op row says. */
export type Attributes = Readonly<Record<string, AttributeValue>>;
