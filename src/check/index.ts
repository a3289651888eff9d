/** Whether a model can run, and what it costs. Public as `lacewing/check`. */
export { type CheckOptions, check, type Layer, type Verdict } from './check.ts';
export type { Estimate } from './estimate.ts';
