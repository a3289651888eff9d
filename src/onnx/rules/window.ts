/** The sliding window of convolution and pooling nodes, over any number of axes. */
import { samePadding, shared } from '../../core/padding.ts';
import { numbers, string } from '../../ops/op.ts';
import { type AttributeValueDraft, ints, text } from '../attributes.ts';
import type { ExportNode } from '../export-rule.ts';
import type { ImportNode } from '../import-rule.ts';

export interface Window {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** All begins, then all ends. */
  readonly pads: readonly number[];
  /** Other than `none` where the padding is only known with the image. */
  readonly autoPad: string;
}

export const windowAttributes = {
  auto_pad: 'string',
  dilations: 'ints',
  kernel_shape: 'ints',
  pads: 'ints',
  strides: 'ints',
} as const;

/** auto_pad as ops call it; VALID and what writers put for none are 'none'. */
export function autoPadOf(node: ImportNode): 'none' | 'sameUpper' | 'sameLower' {
  const auto = node.attributes.get('auto_pad', 'string', 'NOTSET');
  if (auto === 'SAME_UPPER') return 'sameUpper';
  if (auto === 'SAME_LOWER') return 'sameLower';
  if (auto === 'NOTSET' || auto === '' || auto === 'VALID') return 'none';
  return node.reject(`want auto_pad among NOTSET, VALID, SAME_UPPER, SAME_LOWER, got ${auto}`);
}

/** A list attribute with as many numbers as `fallback`, which stands for an absent one. */
export function listOf(node: ImportNode, name: string, fallback: readonly number[]): readonly number[] {
  const given = node.attributes.get(name, 'ints', fallback);
  if (given.length !== fallback.length) node.reject(`want ${fallback.length} ${name}, got [${given.join(', ')}]`);
  return given;
}

/** strides, dilations and pads as the file has them. Onnxruntime looks at pads only where there is no auto_pad. */
export function declaredWindow(node: ImportNode, axes: number): Window {
  const ones = new Array<number>(axes).fill(1);
  const zeros = new Array<number>(2 * axes).fill(0);
  const auto = node.attributes.get('auto_pad', 'string', 'NOTSET');
  const pads = listOf(node, 'pads', zeros);
  return {
    strides: listOf(node, 'strides', ones),
    dilations: listOf(node, 'dilations', ones),
    pads: auto === 'NOTSET' || auto === '' ? pads : zeros,
    autoPad: autoPadOf(node),
  };
}

/** The window of a node whose input 0 is the image; auto_pad is resolved to numbers where the extents are known. */
export function windowOf(node: ImportNode, kernel: readonly number[]): Window {
  const window = declaredWindow(node, kernel.length);
  const { strides, dilations, autoPad } = window;
  if (autoPad === 'none') return window;
  const extents = node.shape(node.inputs[0])?.slice(2);
  const around = kernel.map((taps, axis) => {
    const [stride, dilation, extent] = [strides[axis], dilations[axis], extents?.[axis]];
    // With stride 1 it does not depend on the extent.
    if (extent === undefined && stride !== 1) return undefined;
    return shared(samePadding(extent ?? taps * dilation, { kernel: taps, stride, dilation }), autoPad === 'sameUpper');
  });
  if (around.includes(undefined)) return window;
  const pads = [0, 1].flatMap((end) => around.map((pair) => pair?.[end] ?? 0));
  return { strides, dilations, pads, autoPad: 'none' };
}

/** The list attribute `name` of an op, whose empty lists stand for `count` times `fallback`. */
export function filled(node: ExportNode, name: string, count: number, fallback: number): readonly number[] {
  const given = numbers(node.attributes, name);
  return given.length > 0 ? given : new Array<number>(count).fill(fallback);
}

/** The padding of an op with `pads` and `autoPad` over so many axes. */
export function paddingDrafts(node: ExportNode, axes: number): Record<string, AttributeValueDraft> {
  const auto = string(node.attributes, 'autoPad');
  if (auto !== 'none') return { auto_pad: text(auto === 'sameUpper' ? 'SAME_UPPER' : 'SAME_LOWER') };
  return { pads: ints(filled(node, 'pads', 2 * axes, 0)) };
}

/** Strides, dilations and padding. */
export function windowDrafts(node: ExportNode, axes: number): Record<string, AttributeValueDraft> {
  return {
    strides: ints(filled(node, 'strides', axes, 1)),
    dilations: ints(filled(node, 'dilations', axes, 1)),
    ...paddingDrafts(node, axes),
  };
}
