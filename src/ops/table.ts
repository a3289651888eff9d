/** Every op, one line each. Adding an op is its file, its line here and its samples for the tests. */
import { add } from './add.ts';
import { matmul } from './matmul.ts';
import type { Op } from './op.ts';
import { relu, reluGrad } from './relu.ts';

const rows: readonly Op[] = [add, matmul, relu, reluGrad];

export const ops: ReadonlyMap<string, Op> = new Map(rows.map((op) => [op.name, op]));
