/** Ops that read between the pixels of images. */
import { sizeOf } from '../../core/shape.ts';
import { affinePlaces } from '../../ops/affine-grid.ts';
import { boolean, number, numbers, string } from '../../ops/op.ts';
import { flag, float, int, ints, text } from '../attributes.ts';
import type { ExportNode, ExportRules } from '../export-rule.ts';
import type { ImportNode, ImportRules } from '../import-rule.ts';
import { exportResize, floatConstant, importResize, importUpsample, named } from './resize.ts';

/** Opset 16 says bilinear and bicubic, opset 20 linear and cubic. */
const sampleModes = { linear: 'linear', nearest: 'nearest', cubic: 'cubic', bilinear: 'linear', bicubic: 'cubic' };

function importGridSample(node: ImportNode) {
  const { attributes, inputs } = node;
  const mode = named(node, 'mode', sampleModes, 'linear');
  const padding = named(node, 'padding_mode', { zeros: 'zeros', border: 'border', reflection: 'reflection' }, 'zeros');
  node.finish('gridSample', inputs, { mode, padding, alignCorners: attributes.get('align_corners', 'int', 0) !== 0 });
}

function importAffineGrid(node: ImportNode) {
  const { attributes, inputs } = node;
  const alignCorners = attributes.get('align_corners', 'int', 0) !== 0;
  node.finish('affineGrid', [inputs[0]], { size: node.list(1, 'size'), alignCorners });
}

/** Half pixels are an attribute from opset 16 on; before it there were none. */
function importRoiAlign(node: ImportNode) {
  const { attributes, inputs, opset } = node;
  const coordinates = named(
    node,
    'coordinate_transformation_mode',
    { half_pixel: true, output_half_pixel: false },
    opset < 16 ? 'output_half_pixel' : 'half_pixel',
  );
  node.finish('roiAlign', inputs, {
    mode: named(node, 'mode', { avg: 'avg', max: 'max' }, 'avg'),
    height: attributes.get('output_height', 'int', 1),
    width: attributes.get('output_width', 'int', 1),
    samplingRatio: attributes.get('sampling_ratio', 'int', 0),
    spatialScale: attributes.get('spatial_scale', 'float', 1),
    halfPixel: coordinates,
  });
}

function importCol2Im(node: ImportNode) {
  const { attributes, inputs } = node;
  const list = (name: 'strides' | 'dilations' | 'pads') => attributes.get(name, 'ints', []);
  node.finish('col2im', [inputs[0]], {
    image: node.list(1, 'image_shape'),
    block: node.list(2, 'block_shape'),
    strides: list('strides'),
    dilations: list('dilations'),
    pads: list('pads'),
  });
}

function importNonMaxSuppression(node: ImportNode) {
  const optional = (index: number, what: string, key: string) =>
    node.hasInput(index) && { [key]: node.one(index, what) };
  node.finish('nonMaxSuppression', node.inputs.slice(0, 2), {
    ...optional(2, 'max_output_boxes_per_class', 'maxOutputBoxesPerClass'),
    ...optional(3, 'iou_threshold', 'iouThreshold'),
    ...optional(4, 'score_threshold', 'scoreThreshold'),
    centerPointBox: node.attributes.get('center_point_box', 'int', 0) !== 0,
  });
}

export const resampleImports: ImportRules = {
  Resize: {
    since: 10,
    inputs: [1, 4],
    optional: true,
    attributes: {
      mode: 'string',
      coordinate_transformation_mode: 'string',
      nearest_mode: 'string',
      cubic_coeff_a: 'float',
      exclude_outside: 'int',
      extrapolation_value: 'float',
      axes: 'ints',
      antialias: 'int',
      keep_aspect_ratio_policy: 'string',
    },
    run: importResize,
  },
  Upsample: { inputs: [1, 2], attributes: { mode: 'string', scales: 'floats' }, run: importUpsample },
  GridSample: {
    since: 16,
    inputs: [2, 2],
    attributes: { mode: 'string', padding_mode: 'string', align_corners: 'int' },
    run: importGridSample,
  },
  AffineGrid: { since: 20, inputs: [2, 2], attributes: { align_corners: 'int' }, run: importAffineGrid },
  RoiAlign: {
    since: 10,
    inputs: [3, 3],
    attributes: {
      mode: 'string',
      output_height: 'int',
      output_width: 'int',
      sampling_ratio: 'int',
      spatial_scale: 'float',
      coordinate_transformation_mode: 'string',
    },
    run: importRoiAlign,
  },
  MaxRoiPool: {
    inputs: [2, 2],
    attributes: { pooled_shape: 'ints', spatial_scale: 'float' },
    run({ attributes, finish, inputs }) {
      const spatialScale = attributes.get('spatial_scale', 'float', 1);
      finish('maxRoiPool', inputs, { pooled: attributes.get('pooled_shape', 'ints'), spatialScale });
    },
  },
  Col2Im: {
    since: 18,
    inputs: [3, 3],
    attributes: { strides: 'ints', dilations: 'ints', pads: 'ints' },
    run: importCol2Im,
  },
  NonMaxSuppression: {
    since: 10,
    inputs: [2, 5],
    attributes: { center_point_box: 'int' },
    run: importNonMaxSuppression,
  },
};

/** AffineGrid came with opset 20: written as the product of the pixels' places, whose grid is that of the identity, with theta. */
function exportAffineGrid(node: ExportNode) {
  const { size } = node.attributes;
  if (!Array.isArray(size)) return node.reject('a size that depends on the feeds cannot be exported to opset 17');
  const extents = size.slice(2);
  const axes = extents.length;
  const identity = Float64Array.from({ length: axes * (axes + 1) }, (_, i) => (i % (axes + 2) === 0 ? 1 : 0));
  const places = affinePlaces(identity, [1, ...extents], boolean(node.attributes, 'alignCorners'));
  const rows = Array.from({ length: places.length / axes }, (_, i) => [
    ...places.subarray(i * axes, (i + 1) * axes),
    1,
  ]);
  const left = floatConstant(node, [rows.length, axes + 1], rows.flat());
  const right = node.emit('Transpose', [node.inputs[0]], { perm: ints([0, 2, 1]) });
  const product = node.emit('MatMul', [left, right]);
  node.finish('Reshape', [product, node.integers('shape', [size[0], ...extents, axes])]);
}

/** Col2Im came with opset 18: written as a transposed convolution whose filters each put one element of a block down. */
function exportCol2im(node: ExportNode) {
  const { image, block } = node.attributes;
  const [x] = node.inputs;
  const [batch, rows] = node.shape(x);
  if (!Array.isArray(image) || !Array.isArray(block) || typeof rows !== 'number')
    return node.reject('of unknown extents it cannot be exported to opset 17');
  const list = (name: string, length: number, value: number) => {
    const given = numbers(node.attributes, name);
    return given.length > 0 ? given : new Array<number>(length).fill(value);
  };
  const axes = image.length;
  const [strides, dilations, pads] = [list('strides', axes, 1), list('dilations', axes, 1), list('pads', 2 * axes, 0)];
  const elements = sizeOf(block);
  const reach = block.map((extent, i) => dilations[i] * (extent - 1) + 1);
  const padded = image.map((extent, i) => extent + pads[i] + pads[axes + i]);
  const counts = padded.map((extent, i) => Math.floor((extent - reach[i]) / strides[i]) + 1);
  const filters = Array.from({ length: rows * elements }, (_, i) =>
    Math.floor(i / elements) % elements === i % elements ? 1 : 0,
  );
  const blocks = node.emit('Reshape', [x, node.integers('blocks', [batch === 0 ? 0 : -1, rows, ...counts])]);
  node.finish('ConvTranspose', [blocks, floatConstant(node, [rows, 1, ...block], filters)], {
    group: int(rows / elements),
    strides: ints(strides),
    dilations: ints(dilations),
    pads: ints(pads),
    output_padding: ints(padded.map((extent, i) => extent - (counts[i] - 1) * strides[i] - reach[i])),
  });
}

function exportGridSample(node: ExportNode) {
  const { attributes } = node;
  const rank = node.shape(node.inputs[0]).length;
  if (rank !== 4) return node.reject(`of rank ${rank} it came with opset 20, models are written in 17`);
  const mode = string(attributes, 'mode');
  node.finish('GridSample', node.inputs, {
    mode: text(mode === 'nearest' ? mode : `bi${mode}`),
    padding_mode: text(string(attributes, 'padding')),
    align_corners: flag(boolean(attributes, 'alignCorners')),
  });
}

function exportNonMaxSuppression(node: ExportNode) {
  const { scoreThreshold } = node.attributes;
  node.finish(
    'NonMaxSuppression',
    [
      ...node.inputs,
      node.one('maxOutputBoxesPerClass', 'int64'),
      node.one('iouThreshold', 'float32'),
      scoreThreshold === Number.NEGATIVE_INFINITY ? '' : node.one('scoreThreshold', 'float32'),
    ],
    { center_point_box: flag(boolean(node.attributes, 'centerPointBox')) },
  );
}

export const resampleExports: ExportRules = {
  resize: exportResize,
  gridSample: exportGridSample,
  affineGrid: exportAffineGrid,
  col2im: exportCol2im,
  roiAlign: (node) =>
    node.finish('RoiAlign', node.inputs, {
      mode: text(string(node.attributes, 'mode')),
      output_height: int(number(node.attributes, 'height')),
      output_width: int(number(node.attributes, 'width')),
      sampling_ratio: int(number(node.attributes, 'samplingRatio')),
      spatial_scale: float(number(node.attributes, 'spatialScale')),
      coordinate_transformation_mode: text(boolean(node.attributes, 'halfPixel') ? 'half_pixel' : 'output_half_pixel'),
    }),
  maxRoiPool: (node) =>
    node.finish('MaxRoiPool', node.inputs, {
      pooled_shape: ints(numbers(node.attributes, 'pooled')),
      spatial_scale: float(number(node.attributes, 'spatialScale')),
    }),
  nonMaxSuppression: exportNonMaxSuppression,
};
