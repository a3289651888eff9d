import { format } from '../core/shape.ts';
import { floatAt } from './checks.ts';
import { boolean, type NdArray, number, type Op, type OpCall, reject, typeAt } from './op.ts';
import { dataOf } from './operands.ts';
import { UnknownNumbersError } from './unknown.ts';

const f = Math.fround;

interface Box {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
  readonly area: number;
}

/** Corners in any order, or the center and the extents; in float32, whose rounding may decide at the threshold. */
function boxOf(boxes: Float64Array, at: number, centered: boolean): Box {
  const [a, b, c, d] = boxes.subarray(at, at + 4);
  const [top, left, bottom, right] = centered
    ? [f(b - f(d / 2)), f(a - f(c / 2)), f(b + f(d / 2)), f(a + f(c / 2))]
    : [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)];
  return { top, left, bottom, right, area: f(f(bottom - top) * f(right - left)) };
}

/** Whether the area that two boxes share is more than `threshold` of what they cover. */
function overlaps(a: Box, b: Box, threshold: number): boolean {
  const height = f(Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
  const width = f(Math.min(a.right, b.right) - Math.max(a.left, b.left));
  if (height <= 0 || width <= 0 || a.area <= 0 || b.area <= 0) return false;
  const shared = f(height * width);
  return f(shared / f(f(a.area + b.area) - shared)) > f(threshold);
}

function wantBoxes(call: OpCall): void {
  const [boxes, scores] = [floatAt(call, 0).shape, floatAt(call, 1).shape];
  const fits =
    boxes.length === 3 && scores.length === 3 && boxes[2] === 4 && boxes[0] === scores[0] && boxes[1] === scores[2];
  if (!fits) reject(call.node, 'boxes [N, B, 4] and scores [N, classes, B]', `${format(boxes)} and ${format(scores)}`);
}

/**
 * Per image and class the boxes with the best scores, best first, without those that overlap a better one by more than the
 * threshold: int64 [selected, 3] of image, class and box.
 */
export const nonMaxSuppression: Op = {
  name: 'nonMaxSuppression',
  inputs: ['boxes', 'scores'],
  outputs: ['selected'],
  attributes: {
    maxOutputBoxesPerClass: { type: 'number', default: 0 },
    iouThreshold: { type: 'number', default: 0 },
    scoreThreshold: { type: 'number', default: Number.NEGATIVE_INFINITY },
    centerPointBox: { type: 'boolean', default: false },
  },
  infer(call) {
    wantBoxes(call);
    throw new UnknownNumbersError(call.node, 'the shape', call.node.inputs[1]);
  },
  dynamic(call, inputs): NdArray[] {
    wantBoxes(call);
    const { attributes } = call;
    const [boxes, scores] = dataOf(inputs);
    const [images, classes, count] = typeAt(call, 1).shape;
    const [most, iou, least] = ['maxOutputBoxesPerClass', 'iouThreshold', 'scoreThreshold'].map((name) =>
      number(attributes, name),
    );
    const centered = boolean(attributes, 'centerPointBox');
    const selected: number[] = [];
    for (let image = 0; image < images; image++) {
      const all = Array.from({ length: count }, (_, box) => boxOf(boxes, (image * count + box) * 4, centered));
      for (let c = 0; c < classes; c++) {
        const score = scores.subarray((image * classes + c) * count, (image * classes + c + 1) * count);
        const order = [...all.keys()]
          .filter((box) => score[box] > f(least))
          .sort((a, b) => score[b] - score[a] || a - b);
        const kept: Box[] = [];
        for (const box of order) {
          if (kept.length >= most) break;
          if (kept.some((better) => overlaps(all[box], better, iou))) continue;
          kept.push(all[box]);
          selected.push(image, c, box);
        }
      }
    }
    return [{ dtype: 'int64', shape: [selected.length / 3, 3], data: Float64Array.from(selected) }];
  },
  reference: (call, inputs) => nonMaxSuppression.dynamic?.(call, inputs).map(({ data }) => data) ?? [],
};
