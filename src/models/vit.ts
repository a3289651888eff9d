import { UsageError } from '../core/errors.ts';
import { normal } from '../core/random.ts';
import { dense } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { layerNorm, linear, type Model, type ModelOptions, model } from './layers.ts';

export interface VitOptions extends ModelOptions {
  /** Side of the square image, in pixels. Default 28. */
  readonly image?: number;
  /** Side of a square patch; must divide `image`. Default 7. */
  readonly patch?: number;
  readonly channels?: number;
  /** Features per token; must be a multiple of `heads`. Default 64. */
  readonly width?: number;
  readonly layers?: number;
  readonly heads?: number;
  /** Hidden features of a feed-forward layer, in multiples of `width`. Default 4. */
  readonly mlpRatio?: number;
  readonly classes?: number;
}

/**
 * A small vision transformer (Dosovitskiy et al. 2021) with pre-norm blocks, learned positions and mean pooling.
 * Input `image` [batch, channels, image, image], output `logits` [batch, classes]. Weights: `patch.weight`, `positions`,
 * `blocks.<i>.attention.qkv.weight`, `blocks.<i>.attention.out.weight`, `blocks.<i>.mlp.fc1.weight`, `blocks.<i>.mlp.fc2.weight`,
 * `blocks.<i>.norm1.scale` …, `norm.scale`, `head.weight`. Throws UsageError for sizes that do not divide each other.
 */
export function vit(options: VitOptions = {}): Graph {
  const {
    image = 28,
    patch = 7,
    channels = 1,
    width = 64,
    layers = 4,
    heads = 4,
    mlpRatio = 4,
    classes = 10,
  } = options;
  const hidden = width * mlpRatio;
  for (const [name, size] of Object.entries({
    image,
    patch,
    channels,
    width,
    layers,
    heads,
    classes,
    'width * mlpRatio': hidden,
  }))
    if (!Number.isInteger(size) || size < 1) throw new UsageError(`vit: want ${name} as an integer >= 1, got ${size}`);
  if (image % patch !== 0)
    throw new UsageError(`vit: want an image that is a multiple of the patch, got ${image} and ${patch}`);
  if (width % heads !== 0)
    throw new UsageError(`vit: want a width that is a multiple of the heads, got ${width} and ${heads}`);

  const side = image / patch;
  const tokens = side * side;
  const size: Sizes = { tokens, width, heads, hidden };
  return model('vit', { name: 'image', shape: ['batch', channels, image, image] }, options, (m, input) => {
    const { builder, generator } = m;
    // [batch, C, image, image] as a grid of patches, each one row of C * patch * patch pixels.
    let x = builder.node('reshape', [input], { shape: [-1, channels, side, patch, side, patch] }, 'patch.grid');
    x = builder.node('transpose', [x], { perm: [0, 2, 4, 1, 3, 5] }, 'patch.order');
    x = builder.node('reshape', [x], { shape: [-1, tokens, channels * patch * patch] }, 'patch.rows');
    x = linear(m, 'patch', x, channels * patch * patch, width);
    const start = Float32Array.from({ length: tokens * width }, () => 0.02 * normal(generator));
    x = builder.node('add', [x, builder.constant('positions', dense([tokens, width], start))], {}, 'embedding');
    for (let block = 0; block < layers; block++) x = transformerBlock(m, `blocks.${block}`, x, size);
    x = layerNorm(m, 'norm', x, width);
    x = builder.node('reduceMean', [x], { axes: [1], keepDims: false }, 'pool');
    return linear(m, 'head', x, width, classes);
  });
}

interface Sizes {
  readonly tokens: number;
  readonly width: number;
  readonly heads: number;
  readonly hidden: number;
}

/** x + attention(norm1(x)), then the same with the feed-forward layer. x is [batch, tokens, width]. */
function transformerBlock(m: Model, name: string, x: string, size: Sizes): string {
  const { builder } = m;
  const attended = attention(m, `${name}.attention`, layerNorm(m, `${name}.norm1`, x, size.width), size);
  const middle = builder.node('add', [x, attended], {}, `${name}.residual1`);
  let y = layerNorm(m, `${name}.norm2`, middle, size.width);
  y = linear(m, `${name}.mlp.fc1`, y, size.width, size.hidden);
  y = builder.node('gelu', [y], {}, `${name}.mlp.gelu`);
  y = linear(m, `${name}.mlp.fc2`, y, size.hidden, size.width);
  return builder.node('add', [middle, y], {}, `${name}.residual2`);
}

/** Softmax attention of all tokens to all tokens, `heads` of them side by side. */
function attention(m: Model, name: string, x: string, { tokens, width, heads }: Sizes): string {
  const { builder } = m;
  const depth = width / heads;
  const qkv = linear(m, `${name}.qkv`, x, width, 3 * width);
  const [q, k, v] = builder
    .nodes('split', [qkv], 3, { axis: 2, sizes: [width, width, width] }, `${name}.split`)
    .map((part, i) => {
      const role = 'qkv'[i];
      const apart = builder.node('reshape', [part], { shape: [-1, tokens, heads, depth] }, `${name}.${role}.heads`);
      return builder.node('transpose', [apart], { perm: [0, 2, 1, 3] }, `${name}.${role}`);
    });
  // Scaling q instead of the scores touches [tokens, depth] numbers per head, not [tokens, tokens].
  const scaled = builder.node('mul', [q, builder.scalar(1 / Math.sqrt(depth))], {}, `${name}.scale`);
  const scores = builder.node('matmul', [scaled, k], { transposeB: true }, `${name}.scores`);
  const shares = builder.node('softmax', [scores], { axis: -1 }, `${name}.softmax`);
  const mixed = builder.node('matmul', [shares, v], {}, `${name}.mixed`);
  const joined = builder.node('transpose', [mixed], { perm: [0, 2, 1, 3] }, `${name}.join`);
  const rows = builder.node('reshape', [joined], { shape: [-1, tokens, width] }, `${name}.rows`);
  return linear(m, `${name}.out`, rows, width, width);
}
