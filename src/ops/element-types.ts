/** The element types of a node's outputs where no shape is known, so that `infer` cannot be asked. */
import type { AttributeValue, InputRef } from '../core/attributes.ts';
import { type DType, isDType } from '../core/dtype.ts';
import type { Node } from '../graph/graph.ts';
import { findOp } from './registry.ts';

/** What is there to tell by: the types of the inputs as far as they are known, and a setting of the node. */
interface Clues {
  readonly inputs: readonly (DType | undefined)[];
  setting(name: string): AttributeValue | InputRef | undefined;
}

type Rule = (clues: Clues) => readonly (DType | undefined)[];

const always =
  (...types: readonly DType[]): Rule =>
  () =>
    types;
const input =
  (index: number): Rule =>
  ({ inputs }) => [inputs[index]];
const setting =
  (name: string): Rule =>
  (clues) => {
    const type = clues.setting(name);
    return [isDType(type) ? type : undefined];
  };
const withIndices: Rule = ({ inputs }) => [inputs[0], 'int64', 'int64', 'int64'];

/** Ops whose outputs are not all of the type of their first input; a test holds it against `infer`. */
const rules: Readonly<Record<string, Rule>> = {
  equal: always('bool'),
  less: always('bool'),
  greater: always('bool'),
  lessOrEqual: always('bool'),
  greaterOrEqual: always('bool'),
  isNaN: always('bool'),
  isInf: always('bool'),
  where: input(1),
  cast: (clues) => setting('to')(clues).map((type) => (type === 'float16' ? 'float32' : type)),
  castLike: input(1),
  oneHot: input(1),
  range: setting('type'),
  eyeLike: (clues) => [setting('type')(clues)[0] ?? clues.inputs[0]],
  shape: always('int64'),
  size: always('int64'),
  nonZero: always('int64'),
  nonMaxSuppression: always('int64'),
  argMax: always('int64'),
  argMin: always('int64'),
  topK: withIndices,
  unique: withIndices,
  maxPool: (clues) => [clues.inputs[0], clues.setting('indices') === 'plane' ? 'int32' : 'int64'],
  dropout: ({ inputs }) => [inputs[0], 'bool'],
  quantizeLinear: (clues) => [clues.inputs[2] ?? setting('to')(clues)[0] ?? 'uint8'],
  dequantizeLinear: input(1),
  dynamicQuantizeLinear: always('uint8', 'float32', 'uint8'),
  matmulInteger: always('int32'),
  convInteger: always('int32'),
  qlinearMatmul: input(7),
  qlinearConv: input(7),
};

/** One entry per output of the node; undefined where the type of an input that decides it is not known. */
export function elementTypes(node: Node, inputs: readonly (DType | undefined)[]): (DType | undefined)[] {
  const rule = Object.hasOwn(rules, node.op) ? rules[node.op] : undefined;
  if (!rule) return node.outputs.map(() => inputs[0]);
  const types = rule({
    inputs,
    setting: (name) => node.attributes[name] ?? findOp(node.op)?.attributes[name]?.default,
  });
  return node.outputs.map((_, i) => types[i]);
}
