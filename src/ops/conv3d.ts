import { format, MAX_ELEMENTS, type Shape, sizeOf } from '../core/shape.ts';
import { floatAt, wantLike } from './checks.ts';
import { number, type Op, type OpCall, reject } from './op.ts';
import { eachTap, openWindowAttributes, type Slide, slidesOf } from './window.ts';

interface Geometry {
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  readonly group: number;
  readonly slides: readonly Slide[];
  readonly out: Shape;
}

function geometryOf(call: OpCall): Geometry {
  const [x, w] = [floatAt(call, 0), floatAt(call, 1)];
  const got = `${format(x.shape)} * ${format(w.shape)}`;
  if (x.dtype !== w.dtype) reject(call.node, 'image and filters of one type', `${x.dtype} and ${w.dtype}`);
  if (x.shape.length !== 5 || w.shape.length !== 5)
    reject(call.node, '[N, C, D, H, W] * [OC, C / group, KD, KH, KW]', got);
  const [batch, channels, ...extents] = x.shape;
  const [filters, perGroup, ...kernel] = w.shape;
  const group = number(call.attributes, 'group');
  if (!Number.isInteger(group) || group < 1 || group > MAX_ELEMENTS)
    reject(call.node, 'a group that is a whole number >= 1', String(group));
  if (perGroup * group !== channels || filters % group !== 0)
    reject(call.node, `[N, C, D, H, W] * [OC, C / ${group}, KD, KH, KW] with OC a multiple of ${group}`, got);
  const slides = slidesOf(call, extents, kernel);
  return { batch, channels, filters, group, slides, out: [batch, filters, ...slides.map(({ out }) => out)] };
}

/** conv2d over depth, height and width: x [N, C, D, H, W], w [OC, C / group, KD, KH, KW], bias [OC]. */
export const conv3d: Op = {
  name: 'conv3d',
  inputs: ['x', 'w', 'bias?'],
  outputs: ['y'],
  attributes: { ...openWindowAttributes, group: { type: 'number', default: 1 } },
  infer(call) {
    const { filters, out } = geometryOf(call);
    if (call.types[2]) wantLike(call, 2, [filters], 0);
    return [{ dtype: floatAt(call, 0).dtype, shape: out }];
  },
  reference(call, [x, w, bias]) {
    if (!x || !w) throw new Error('inputs are checked by infer');
    const { batch, channels, filters, group, slides, out } = geometryOf(call);
    const perGroup = channels / group;
    const [plane, from, taps] = [out.slice(2), x.shape.slice(2), w.shape.slice(2)].map(sizeOf);
    const y = new Float64Array(sizeOf(out)).map((_, i) => bias?.data[Math.floor(i / plane) % filters] ?? 0);
    for (let n = 0; n < batch; n++)
      for (let f = 0; f < filters; f++)
        for (let c = 0; c < perGroup; c++) {
          const channel = Math.floor(f / (filters / group)) * perGroup + c;
          const [image, result, weight] = [
            (n * channels + channel) * from,
            (n * filters + f) * plane,
            (f * perGroup + c) * taps,
          ];
          eachTap(slides, (o, i, tap) => {
            y[result + o] += x.data[image + i] * w.data[weight + tap];
          });
        }
    return [y];
  },
  multiplyAdds: (call) => sizeOf(geometryOf(call).out) * sizeOf(floatAt(call, 1).shape.slice(1)),
};
