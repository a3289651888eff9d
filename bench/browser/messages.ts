/** What the page, the bench and the other engine tell each other; each is a thread of its own. */
import type { Report, Result } from '../result.ts';

export interface Order {
  readonly rounds: number;
  /** Every layer, not only the few of a quick look. */
  readonly all: boolean;
  readonly browser: string;
}

export type News =
  | { readonly headline: string }
  | { readonly doing: string }
  | { readonly result: Result }
  | { readonly report: Report }
  | { readonly error: string };

export type Question =
  | { readonly load: Uint8Array; readonly data: Float32Array; readonly dims: readonly number[] }
  | { readonly time: number };

export type Answer =
  | { readonly version: string; readonly output: Float32Array }
  | { readonly microseconds: number }
  | { readonly error: string };
