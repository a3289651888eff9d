import { broadcast, broadcastStrides, sizeOf } from '../core/shape.ts';
import { activationAttributes, epilogueGradient, wantResidual, withEpilogue } from './activation.ts';
import { wantLike } from './checks.ts';
import { boolean, type Gradient, type GradientContext, type Op, type OpCall, reject, shapesOf, typeAt } from './op.ts';

/** [.., M, K] or, transposed, [.., K, M]. */
function extents(call: OpCall) {
  const a = typeAt(call, 0).shape;
  const b = typeAt(call, 1).shape;
  if (a.length < 2 || b.length < 2) reject(call.node, 'operands of rank 2 or more', shapesOf(call));
  const ta = boolean(call.attributes, 'transposeA');
  const tb = boolean(call.attributes, 'transposeB');
  const [m, ka] = ta ? [a.at(-1) as number, a.at(-2) as number] : [a.at(-2) as number, a.at(-1) as number];
  const [kb, n] = tb ? [b.at(-1) as number, b.at(-2) as number] : [b.at(-2) as number, b.at(-1) as number];
  const batch = broadcast(a.slice(0, -2), b.slice(0, -2));
  if (ka !== kb || !batch)
    reject(call.node, `[..., ${ta ? 'k, m' : 'm, k'}] x [..., ${tb ? 'n, k' : 'k, n'}]`, shapesOf(call));
  return { a, b, m, n, k: ka, batch, ta, tb };
}

/**
 * Y = activation(A · B + bias + residual) over the last two axes, the leading ones broadcast as in NumPy (ONNX MatMul,
 * Gemm). `transposeA`, `transposeB` read an operand with its last two axes swapped. bias is [N], residual like Y.
 */
export const matmul: Op = {
  name: 'matmul',
  inputs: ['a', 'b', 'bias?', 'residual?'],
  outputs: ['y'],
  attributes: {
    transposeA: { type: 'boolean', default: false },
    transposeB: { type: 'boolean', default: false },
    ...activationAttributes,
  },
  infer(call) {
    const { m, n, batch } = extents(call);
    const [{ dtype }, { dtype: other }] = [typeAt(call, 0), typeAt(call, 1)];
    if (dtype !== other) reject(call.node, 'operands of one type', `${dtype} and ${other}`);
    if (call.types[2]) wantLike(call, 2, [n], 0);
    wantResidual(call, [...batch, m, n]);
    return [{ dtype, shape: [...batch, m, n] }];
  },
  reference(call, [a, b, bias, residual], [output]) {
    const { m, n, k, batch, ta, tb } = extents(call);
    if (!a || !b) throw new Error('inputs are checked by infer');
    const count = sizeOf(batch);
    const aStrides = broadcastStrides(a.shape.slice(0, -2), batch);
    const bStrides = broadcastStrides(b.shape.slice(0, -2), batch);
    const y = new Float64Array(count * m * n);
    for (let item = 0; item < count; item++) {
      let rest = item;
      let aAt = 0;
      let bAt = 0;
      for (let axis = batch.length - 1; axis >= 0; axis--) {
        const index = rest % batch[axis];
        rest = (rest - index) / batch[axis];
        aAt += index * aStrides[axis] * m * k;
        bAt += index * bStrides[axis] * k * n;
      }
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          let sum = bias ? bias.data[j] : 0;
          for (let p = 0; p < k; p++)
            sum += a.data[aAt + (ta ? p * m + i : i * k + p)] * b.data[bAt + (tb ? j * k + p : p * n + j)];
          y[(item * m + i) * n + j] = sum;
        }
    }
    return [withEpilogue(call, { ...output, data: y }, residual)];
  },
  gradient: matmulGradient,
  weight(call) {
    if (call.types[1]?.shape.length !== 2 || boolean(call.attributes, 'transposeA')) return undefined;
    return { input: 1, outputAxis: boolean(call.attributes, 'transposeB') ? 0 : 1 };
  },
  multiplyAdds(call) {
    const { m, n, k, batch } = extents(call);
    return sizeOf(batch) * m * n * k;
  },
};

function matmulGradient(context: GradientContext): readonly Gradient[] {
  const { attributes, inputs, emit, wants, shape } = context;
  const [a, b, bias, residual] = inputs;
  if (context.outputGradients[0] === undefined) return [];
  const through = epilogueGradient(context, context.outputGradients[0]);
  const dy = through.sum;
  const ta = boolean(attributes, 'transposeA');
  const tb = boolean(attributes, 'transposeB');
  const product = (x: string, y: string, transposeA: boolean, transposeB: boolean) =>
    emit('matmul', [x, y], { transposeA, transposeB });

  // A weight matrix shared by all leading axes: fold them into the rows, so that its gradient is one product.
  const folded = shape(b).length === 2 && !ta;
  const sparse = context.isSparse(b);
  let da: string | undefined;
  if (wants(0)) {
    da = ta ? product(b, dy, tb, true) : product(dy, b, false, !tb);
    if (!folded) da = emit('sumLike', [da, a]);
  }
  let db: Gradient;
  if (wants(1)) {
    if (sparse && folded) db = { stored: emit('sddmm', [a, dy, b], { outputAxis: tb ? 0 : 1 }) };
    else if (folded && shape(a).length > 2) {
      const flat = (value: string) => emit('flatten', [value], { axis: shape(value).length - 1 });
      const [x, g] = [flat(a), flat(dy)];
      db = tb ? product(g, x, true, false) : product(x, g, true, false);
    } else {
      const whole = tb ? product(dy, a, true, ta) : product(a, dy, !ta, false);
      db = shape(b).length === shape(dy).length && folded ? whole : emit('sumLike', [whole, b]);
    }
  }
  const dbias = bias && wants(2) ? emit('sumLike', [dy, bias]) : undefined;
  return [da, db, dbias, residual && wants(3) ? through.residual : undefined];
}
