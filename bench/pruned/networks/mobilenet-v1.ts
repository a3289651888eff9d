import type { Graph } from 'lacewing/graph';
import { classifier, conv, type Network, network } from './parts.ts';

/** Filters of the 1x1 convolution, and the stride of the depthwise one before it. */
const blocks: readonly (readonly [filters: number, stride: number])[] = [
  ...([[64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2]] as const), // biome-ignore format: one line per resolution says no more
  ...Array.from({ length: 5 }, () => [512, 1] as const),
  ...([[1024, 2], [1024, 1]] as const), // biome-ignore format: as above
];

/**
 * MobileNetV1 of width 1 (Howard et al. 2017): x [1, 3, 224, 224] → [1, 1000]. Weights `stem`, `dw<i>`, `pw<i>` from 1 to 13, `fc`,
 * each with `.weight` behind.
 */
export function mobilenetV1(): Graph {
  return network('mobilenet_v1', [1, 3, 224, 224], (net, input) => {
    let x = relu6(net, conv(net, 'stem', input, { inputs: 3, outputs: 32, kernel: 3, stride: 2 }));
    let channels = 32;
    for (const [i, [filters, stride]] of blocks.entries()) {
      const depthwise = { inputs: channels, outputs: channels, kernel: 3, stride, group: channels };
      x = relu6(net, conv(net, `dw${i + 1}`, x, depthwise));
      x = relu6(net, conv(net, `pw${i + 1}`, x, { inputs: channels, outputs: filters, kernel: 1 }));
      channels = filters;
    }
    return classifier(net, x, channels, 1000);
  });
}

const relu6 = ({ build }: Network, x: string) => build.node('clip', [x], { min: 0, max: 6 });
