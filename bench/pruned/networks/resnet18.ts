import type { Graph } from 'lacewing/graph';
import { classifier, conv, type Network, network } from './parts.ts';

/** Filters of a stage, and the stride of its first block. */
const stages: readonly (readonly [filters: number, stride: number])[] = [
  [64, 1],
  [128, 2],
  [256, 2],
  [512, 2],
];

/**
 * ResNet-18 (He et al. 2016) with its batch normalisations folded: x [1, 3, 224, 224] → [1, 1000]. Weights `stem`,
 * `stage<i>.<block>.conv1`, `.conv2` and, where the shape changes, `.down`, then `fc`, each with `.weight` behind.
 */
export function resnet18(): Graph {
  return network('resnet18', [1, 3, 224, 224], (net, input) => {
    const { build } = net;
    let x = relu(net, conv(net, 'stem', input, { inputs: 3, outputs: 64, kernel: 7, stride: 2 }));
    x = build.node('maxPool', [x], { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, 'stem.pool');
    let channels = 64;
    for (const [i, [filters, first]] of stages.entries())
      for (const [block, stride] of [first, 1].entries()) {
        x = basicBlock(net, `stage${i + 1}.${block}`, x, channels, filters, stride);
        channels = filters;
      }
    return classifier(net, x, channels, 1000);
  });
}

function basicBlock(net: Network, name: string, x: string, inputs: number, outputs: number, stride: number): string {
  let y = relu(net, conv(net, `${name}.conv1`, x, { inputs, outputs, kernel: 3, stride }));
  y = conv(net, `${name}.conv2`, y, { inputs: outputs, outputs, kernel: 3 });
  const same = stride === 1 && inputs === outputs;
  const short = same ? x : conv(net, `${name}.down`, x, { inputs, outputs, kernel: 1, stride });
  return relu(net, net.build.node('add', [y, short], {}, `${name}.add`));
}

const relu = ({ build }: Network, x: string) => build.node('relu', [x]);
