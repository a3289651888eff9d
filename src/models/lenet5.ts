import type { Graph } from '../graph/graph.ts';
import { convolution, linear, type ModelOptions, model } from './layers.ts';

/**
 * LeNet-5 as shipped with Caffe, the one that the pruning literature measures: 430,500 weights.
 *
 *     [batch, 1, 28, 28] conv 5x5 [20, 24, 24] pool 2 [20, 12, 12] conv 5x5 [50, 8, 8] pool 2 [50, 4, 4] fc 500 relu fc 10
 *
 * Input `image` [batch, 1, 28, 28], output `logits` [batch, 10]; weights `conv1.weight`, `conv2.weight`, `fc1.weight`, `fc2.weight`.
 */
export function lenet5(options: ModelOptions = {}): Graph {
  return model('lenet5', { name: 'image', shape: ['batch', 1, 28, 28] }, options, (m, image) => {
    const pool = (name: string, x: string) => m.builder.node('maxPool', [x], { kernel: [2, 2], strides: [2, 2] }, name);
    let x = convolution(m, 'conv1', image, { inputs: 1, outputs: 20, kernel: 5 });
    x = pool('pool1', x);
    x = convolution(m, 'conv2', x, { inputs: 20, outputs: 50, kernel: 5 });
    x = pool('pool2', x);
    x = m.builder.node('flatten', [x], { axis: 1 }, 'flatten');
    x = linear(m, 'fc1', x, 50 * 4 * 4, 500);
    x = m.builder.node('relu', [x], {}, 'fc1.relu');
    return linear(m, 'fc2', x, 500, 10);
  });
}
