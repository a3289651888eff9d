import type { Graph } from 'lacewing/graph';
import { layerNorm, linear, type Network, network } from './parts.ts';

const [WIDTH, HEADS, INSIDE] = [768, 12, 3072];
const DEPTH = WIDTH / HEADS;

/**
 * A layer of BERT-base (Devlin et al. 2019) without a mask, in the steps that PyTorch exports: x [1, tokens, 768] → the same.
 * Weights `query`, `key`, `value`, `output`, `up`, `down`, each with `.weight` behind.
 */
export function bertLayer(tokens: number): Graph {
  return network('bert', [1, tokens, WIDTH], (net, x) => {
    const { build } = net;
    const attended = linear(net, 'output', attention(net, x, tokens), WIDTH, WIDTH);
    const middle = layerNorm(net, 'norm1', build.node('add', [x, attended], {}, 'residual1'), WIDTH);
    const inside = build.node('gelu', [linear(net, 'up', middle, WIDTH, INSIDE)], {}, 'gelu');
    const outside = linear(net, 'down', inside, INSIDE, WIDTH);
    return layerNorm(net, 'norm2', build.node('add', [middle, outside], {}, 'residual2'), WIDTH);
  });
}

function attention(net: Network, x: string, tokens: number): string {
  const { build } = net;
  const [query, key, value] = ['query', 'key', 'value'].map((role) => {
    const apart = build.node('reshape', [linear(net, role, x, WIDTH, WIDTH)], { shape: [1, tokens, HEADS, DEPTH] });
    return build.node('transpose', [apart], { perm: role === 'key' ? [0, 2, 3, 1] : [0, 2, 1, 3] });
  });
  const scores = build.node('div', [build.node('matmul', [query, key]), build.scalar(Math.sqrt(DEPTH))]);
  const mixed = build.node('matmul', [build.node('softmax', [scores], { axis: -1 }), value]);
  return build.node('reshape', [build.node('transpose', [mixed], { perm: [0, 2, 1, 3] })], {
    shape: [1, tokens, WIDTH],
  });
}
