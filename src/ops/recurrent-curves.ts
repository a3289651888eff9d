/** The functions that gates and states of recurrent ops go through. */
import { numbers, type OpCall, reject, string } from './op.ts';

export type Curve = (x: number) => number;

interface Row {
  /** Defaults, where the function takes an alpha, and a beta. */
  readonly alpha?: number;
  readonly beta?: number;
  readonly apply: (x: number, alpha: number, beta: number) => number;
}

/** By their ONNX names in lower case, for those count however they are written. */
const rows: Readonly<Record<string, Row>> = {
  sigmoid: { apply: (x) => 1 / (1 + Math.exp(-x)) },
  tanh: { apply: Math.tanh },
  relu: { apply: (x) => Math.max(0, x) },
  affine: { alpha: 1, beta: 0, apply: (x, alpha, beta) => alpha * x + beta },
  leakyrelu: { alpha: 0.01, apply: (x, alpha) => (x >= 0 ? x : alpha * x) },
  thresholdedrelu: { alpha: 1, apply: (x, alpha) => (x > alpha ? x : 0) },
  scaledtanh: { alpha: 1, beta: 1, apply: (x, alpha, beta) => alpha * Math.tanh(beta * x) },
  hardsigmoid: {
    alpha: 0.2,
    beta: 0.5,
    apply: (x, alpha, beta) => Math.max(0, Math.min(1, alpha * x + beta)),
  },
  elu: { alpha: 1, apply: (x, alpha) => (x >= 0 ? x : alpha * Math.expm1(x)) },
  softsign: { apply: (x) => x / (1 + Math.abs(x)) },
  softplus: { apply: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) },
};

/** The functions of each direction; `usual` are those of one direction where none are named. */
export function curvesOf(call: OpCall, usual: readonly string[], directions: number): Curve[][] {
  const given = string(call.attributes, 'activations');
  const names = given === '' ? Array.from({ length: directions }, () => usual).flat() : given.split(',');
  if (names.length !== usual.length * directions)
    reject(call.node, `${usual.length * directions} activations`, given || 'none');
  const [alphas, betas] = [
    [...numbers(call.attributes, 'activationAlpha')],
    [...numbers(call.attributes, 'activationBeta')],
  ];
  const all = names.map((name): Curve => {
    const row = rows[name.toLowerCase()];
    if (!row) return reject(call.node, `activations among ${Object.keys(rows).join(', ')}`, name);
    const alpha = row.alpha === undefined ? 0 : (alphas.shift() ?? row.alpha);
    const beta = row.beta === undefined ? 0 : (betas.shift() ?? row.beta);
    return (x) => row.apply(x, alpha, beta);
  });
  return Array.from({ length: directions }, (_, d) => all.slice(d * usual.length, (d + 1) * usual.length));
}
