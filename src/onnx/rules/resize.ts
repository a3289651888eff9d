/** Resize in its versions, and Upsample, which it took over from. */
import { tapsByAxis } from '../../core/resize.ts';
import type { Shape } from '../../core/shape.ts';
import { boolean, number, numbers, string } from '../../ops/op.ts';
import { flag, float, floats, ints, shortest, text } from '../attributes.ts';
import type { ExportNode } from '../export-rule.ts';
import type { AttributeDraft, ImportNode } from '../import-rule.ts';

const modes = { nearest: 'nearest', linear: 'linear', cubic: 'cubic' };

const coordinates = {
  half_pixel: 'halfPixel',
  half_pixel_symmetric: 'halfPixelSymmetric',
  pytorch_half_pixel: 'pytorchHalfPixel',
  align_corners: 'alignCorners',
  asymmetric: 'asymmetric',
  tf_half_pixel_for_nn: 'tfHalfPixelForNn',
  tf_crop_and_resize: 'tfCropAndResize',
};

const nearestModes = {
  round_prefer_floor: 'roundPreferFloor',
  round_prefer_ceil: 'roundPreferCeil',
  floor: 'floor',
  ceil: 'ceil',
};

const policies = { stretch: 'stretch', not_larger: 'notLarger', not_smaller: 'notSmaller' };

/** What an attribute says, in our words. */
export function named<T>(
  node: ImportNode,
  attribute: string,
  words: Readonly<Record<string, T>>,
  fallback: keyof typeof words,
): T {
  const word = node.attributes.get(attribute, 'string', fallback);
  if (!Object.hasOwn(words, word)) node.reject(`want ${attribute} among ${Object.keys(words).join(', ')}, got ${word}`);
  return words[word];
}

/** A list of floats as an attribute; undefined where the input is absent or holds none. */
function floatsAt(node: ImportNode, index: number, what: string): AttributeDraft | undefined {
  if (!node.hasInput(index)) return undefined;
  const value = node.inputs[index];
  if (!node.constantOf(value)) return { value };
  const { data, dtype } = node.parameter(index, what);
  if (data.length === 0) return undefined;
  if (dtype !== 'float32' && dtype !== 'float64') node.reject(`want ${what} as floats, got ${dtype}`);
  return Array.from(data as Float32Array, shortest);
}

/** Before opset 11 growing took the lower neighbour, shrinking the upper one. Without a need for both it has a name. */
function simpleMode(scales: AttributeDraft): string {
  if (!Array.isArray(scales)) return 'simple';
  if (scales.every((scale) => scale >= 1)) return 'floor';
  return scales.every((scale) => scale <= 1) ? 'ceil' : 'simple';
}

/** Upsample, and Resize of opset 10, whose coordinates are asymmetric. */
function finishOld(node: ImportNode, scales: AttributeDraft, nearestMode = simpleMode(scales)) {
  const mode = named(node, 'mode', { nearest: 'nearest', linear: 'linear' }, 'nearest');
  const settings = { mode, coordinates: 'asymmetric', nearestMode, scales };
  node.finish('resize', [node.inputs[0]], settings);
}

/** Scales are an attribute before opset 9. They must not shrink, so those that are a value will not. */
export function importUpsample(node: ImportNode) {
  const { attributes, opset } = node;
  if (opset < 9 ? node.hasInput(1) : attributes.has('scales'))
    node.reject(`want scales as an ${opset < 9 ? 'attribute' : 'input'} with opset ${opset}`);
  const scales = (opset < 9 ? attributes.get('scales', 'floats') : floatsAt(node, 1, 'scales')) ?? [];
  finishOld(node, scales, Array.isArray(scales) ? simpleMode(scales) : 'floor');
}

export function importResize(node: ImportNode) {
  const { attributes, inputs, opset } = node;
  if (opset === 10) return finishOld(node, floatsAt(node, 1, 'scales') ?? []);
  // Before opset 13 scales are required but may be empty, and whether a value is empty is not known before it is there.
  const bySizes = node.hasInput(3) && !isEmptyConstant(node, 3);
  const scales = floatsAt(node, 2, 'scales');
  if (bySizes ? Array.isArray(scales) : scales === undefined)
    node.reject(`want either scales or sizes, got ${bySizes ? 'both' : 'neither'}`);
  const extent = bySizes ? { sizes: node.list(3, 'sizes') } : { scales: scales ?? [] };
  const how = named(node, 'coordinate_transformation_mode', coordinates, 'half_pixel');
  const cropped = how === 'tfCropAndResize';
  const roi = cropped ? floatsAt(node, 1, 'roi') : [];
  node.finish('resize', [inputs[0]], {
    mode: named(node, 'mode', modes, 'nearest'),
    coordinates: how,
    nearestMode: named(node, 'nearest_mode', nearestModes, 'round_prefer_floor'),
    cubicCoeffA: attributes.get('cubic_coeff_a', 'float', -0.75),
    excludeOutside: attributes.get('exclude_outside', 'int', 0) !== 0,
    antialias: attributes.get('antialias', 'int', 0) !== 0,
    extrapolationValue: attributes.get('extrapolation_value', 'float', 0),
    axes: attributes.get('axes', 'ints', []),
    keepAspectRatio: named(node, 'keep_aspect_ratio_policy', policies, 'stretch'),
    roi: roi ?? node.reject('want a roi for tf_crop_and_resize, got none'),
    ...extent,
  });
}

function isEmptyConstant(node: ImportNode, index: number): boolean {
  return node.constantOf(node.inputs[index])?.shape.includes(0) === true;
}

/** Our word in ONNX's. */
function wordOf(words: Readonly<Record<string, string>>, ours: string): string | undefined {
  return Object.keys(words).find((word) => words[word] === ours);
}

/** A list for all axes: at opset 17 there is no choosing. `missing` stands for the others. */
function forAll(node: ExportNode, values: readonly number[], missing: (axis: number) => number): number[] {
  const axes = numbers(node.attributes, 'axes');
  const rank = node.shape(node.inputs[0]).length;
  if (axes.length === 0) return [...values];
  const at = axes.map((axis) => (axis < 0 ? axis + rank : axis));
  return Array.from({ length: rank }, (_, axis) => (at.includes(axis) ? values[at.indexOf(axis)] : missing(axis)));
}

/** The value that holds a list of floats, of all axes. */
function floatList(node: ExportNode, name: 'scales' | 'roi'): string {
  const values = node.attributes[name];
  if (!Array.isArray(values)) {
    if (numbers(node.attributes, 'axes').length > 0)
      return node.reject(`${name} of some axes that depend on the feeds cannot be exported to opset 17`);
    return node.list(name);
  }
  const half = values.length / 2;
  const all =
    name === 'scales'
      ? forAll(node, values, () => 1)
      : [...forAll(node, values.slice(0, half), () => 0), ...forAll(node, values.slice(half), () => 1)];
  return node.emit('Constant', [], { value_floats: floats(all) });
}

function sizeList(node: ExportNode): string {
  const { sizes } = node.attributes;
  const shape = node.shape(node.inputs[0]);
  if (numbers(node.attributes, 'axes').length === 0) return node.list('sizes');
  if (!Array.isArray(sizes))
    return node.reject('sizes of some axes that depend on the feeds cannot be exported to opset 17');
  const all = forAll(node, sizes, (axis) => {
    const extent = shape[axis];
    return typeof extent === 'number' ? extent : node.reject('sizes of some axes want the extents of the others');
  });
  return node.integers('sizes', all);
}

/** Given sizes, half pixels are symmetric anyway. */
function wordFor(attributes: ExportNode['attributes']): string {
  const how = string(attributes, 'coordinates');
  const bySizes = !(Array.isArray(attributes.scales) && attributes.scales.length > 0);
  return how === 'halfPixelSymmetric' && bySizes ? 'half_pixel' : (wordOf(coordinates, how) as string);
}

/** What the version of opset 17 does not know. */
function refusal({ attributes }: ExportNode): string | undefined {
  if (string(attributes, 'mode') !== 'nearest' && boolean(attributes, 'antialias'))
    return 'antialias came with opset 18';
  if (string(attributes, 'keepAspectRatio') !== 'stretch') return 'keep_aspect_ratio_policy came with opset 18';
  if (wordFor(attributes) === 'half_pixel_symmetric') return 'half_pixel_symmetric came with opset 19';
  if (string(attributes, 'mode') === 'nearest' && string(attributes, 'nearestMode') === 'simple')
    return 'growing some axes and shrinking others as before opset 11 has no counterpart';
  return undefined;
}

/** A constant of floats. */
export function floatConstant(node: ExportNode, shape: Shape, values: readonly number[]): string {
  const list = node.emit('Constant', [], { value_floats: floats(values) });
  return node.emit('Reshape', [list, node.integers('shape', shape)]);
}

/** Each axis of known extents as a product with the matrix of its weights; the axis stands last for that. */
function exportMatrices(node: ExportNode, reason: string) {
  let [x] = node.inputs;
  const { attributes } = node;
  const shape = node.shape(x).map((extent) => (typeof extent === 'number' ? extent : 0));
  const dtype = node.dtype(x);
  const lists = ['scales', 'sizes'].every((name) => Array.isArray(attributes[name]));
  if (shape.includes(0) || !lists || dtype !== 'float32')
    return node.reject(`${reason}, models are written in 17; only float32 of known extents has another form`);
  tapsByAxis(attributes, shape).forEach((taps, axis) => {
    if (!taps) return;
    const [from, to] = [shape[axis], taps.positions.length / taps.count];
    const matrix = new Array<number>(from * to).fill(0);
    taps.positions.forEach((position, k) => {
      matrix[position * to + Math.floor(k / taps.count)] += taps.weights[k];
    });
    const perm = shape.map((_, i) => (i === axis ? shape.length - 1 : i === shape.length - 1 ? axis : i));
    const turned = axis === shape.length - 1 ? x : node.emit('Transpose', [x], { perm: ints(perm) });
    const product = node.emit('MatMul', [turned, floatConstant(node, [from, to], matrix)]);
    x = axis === shape.length - 1 ? product : node.emit('Transpose', [product], { perm: ints(perm) });
  });
  node.finish('Identity', [x]);
}

export function exportResize(node: ExportNode) {
  const { attributes } = node;
  const reason = refusal(node);
  if (reason) return exportMatrices(node, reason);
  const how = string(attributes, 'coordinates');
  const mode = string(attributes, 'mode');
  const roi = how === 'tfCropAndResize' ? floatList(node, 'roi') : '';
  const bySizes = !(Array.isArray(attributes.sizes) && attributes.sizes.length === 0);
  const inputs = [node.inputs[0], roi, bySizes ? '' : floatList(node, 'scales'), bySizes ? sizeList(node) : ''];
  node.finish('Resize', inputs, {
    mode: text(mode),
    coordinate_transformation_mode: text(wordFor(attributes)),
    ...(mode === 'nearest' && {
      nearest_mode: text(wordOf(nearestModes, string(attributes, 'nearestMode')) as string),
    }),
    ...(mode === 'cubic' && { cubic_coeff_a: float(number(attributes, 'cubicCoeffA')) }),
    ...(mode === 'cubic' && { exclude_outside: flag(boolean(attributes, 'excludeOutside')) }),
    ...(how === 'tfCropAndResize' && { extrapolation_value: float(number(attributes, 'extrapolationValue')) }),
  });
}
