/** Constructors of small models: to learn with, to test with, and to reproduce published numbers. */

export type { ModelOptions } from './layers.ts';
export { lenet5 } from './lenet5.ts';
export { mlp } from './mlp.ts';
export { type VitOptions, vit } from './vit.ts';
