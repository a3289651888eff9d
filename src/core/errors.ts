/** The caller's mistake: a wrong name, shape, type or option. The message says where, what was wanted and what came. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A model file that is broken, hostile or beyond what Lacewing supports. Carries every problem found, not only the first. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly problems: readonly string[];

  constructor(problems: string | readonly string[], options?: ErrorOptions) {
    const all = typeof problems === 'string' ? [problems] : problems;
    super(all.length === 1 ? all[0] : `${all.length} problems:\n${all.map((p) => `  - ${p}`).join('\n')}`, options);
    this.problems = all;
  }
}

/** Our own mistake: throws when something that must hold does not. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Lacewing broke its own rule (please report this): ${message}`);
}
