import type { Command } from 'commander';

/** One word of the command line: `lacewing <name> …`. */
export interface Verb {
  /** Name and arguments as help prints them, e.g. `prune <model>`. */
  readonly signature: string;
  readonly summary: string;
  /** Whole command lines for its help. */
  readonly examples: readonly string[];
  /** Declares options and the action. The action throws UsageError or ModelError; it prints to stdout only results. */
  readonly declare: (command: Command) => void;
}
