/** Models whose shapes and ways follow from what a run computes, with feeds to run them on. */
import type { DType } from '../../src/core/dtype.ts';
import type { NdArray } from '../../src/ops/op.ts';
import { body, type HandMade, int, ints, list, node, tensor } from './model.ts';

export interface ControlModel extends HandMade {
  readonly feeds: readonly Readonly<Record<string, NdArray>>[];
}

export function array(dtype: DType, shape: readonly number[], numbers: readonly number[]): NdArray {
  return { dtype, shape, data: Float64Array.from(numbers) };
}

const floats = (...numbers: number[]) => array('float32', [numbers.length], numbers);
const bool = (value: boolean) => array('bool', [], [value ? 1 : 0]);
const wholes = (...numbers: number[]) => array('int64', [numbers.length], numbers);

/** x's elements that are not 0, doubled. */
export const nonZeroGather: ControlModel = {
  inputs: [['x', 'float32', ['n']]],
  initializers: [list('last', [-1]), tensor('two', 'float32', [], [2])],
  nodes: [
    node('Mul', ['x', 'two'], ['doubled']),
    node('NonZero', ['x'], ['places']),
    node('Reshape', ['places', 'last'], ['flat']),
    node('Gather', ['doubled', 'flat'], ['kept']),
    node('Neg', ['kept'], ['y']),
  ],
  outputs: ['y', 'flat'],
  feeds: [{ x: floats(0, 3, 0, -1) }, { x: floats(0, 0, 0, 0) }, { x: floats(1) }],
};

/** The shape is an input. */
export const reshapeByInput: ControlModel = {
  inputs: [
    ['x', 'float32', ['n']],
    ['shape', 'int64', [2]],
  ],
  nodes: [node('Reshape', ['x', 'shape'], ['r']), node('Transpose', ['r'], ['y'], { perm: ints([1, 0]) })],
  outputs: ['y'],
  feeds: [
    { x: floats(1, 2, 3, 4, 5, 6), shape: wholes(2, 3) },
    { x: floats(1, 2, 3, 4, 5, 6), shape: wholes(3, -1) },
    { x: floats(1, 2), shape: wholes(2, 1) },
    { x: floats(1, 2, 3, 4, 5, 6), shape: wholes(2, 3) },
  ],
};

const leaf = (name: string, op: string, ...operands: string[]) =>
  body(name, { nodes: [node(op, operands, [`${name}.y`])], outputs: [`${name}.y`] });

/** If in If; the branches use an input, a value that a node makes, a constant, and constants of their own. */
export const nestedIf: ControlModel = {
  inputs: [
    ['x', 'float32', ['n']],
    ['a', 'bool', []],
    ['b', 'bool', []],
  ],
  initializers: [tensor('w', 'float32', [1], [10])],
  nodes: [
    node('Exp', ['x'], ['e']),
    node('If', ['a'], ['picked'], {
      then_branch: body('yes', {
        initializers: [tensor('own', 'float32', [1], [0.5])],
        nodes: [node('Mul', ['e', 'w'], ['scaled']), node('Add', ['scaled', 'own'], ['yes.y'])],
        outputs: ['yes.y'],
      }),
      else_branch: body('no', {
        nodes: [
          node('Neg', ['x'], ['minus']),
          node('If', ['b'], ['no.y'], {
            then_branch: leaf('inner yes', 'Add', 'minus', 'w'),
            else_branch: leaf('inner no', 'Sub', 'e', 'minus'),
          }),
        ],
        outputs: ['no.y'],
      }),
    }),
    node('Abs', ['picked'], ['y']),
  ],
  outputs: ['y'],
  feeds: [
    { x: floats(1, -2), a: bool(true), b: bool(false) },
    { x: floats(1, -2), a: bool(false), b: bool(true) },
    { x: floats(1, -2, 0), a: bool(false), b: bool(false) },
  ],
};

/** Adds x up to `trips` times while the sum is below the limit; says what it had on the way, and each sum's square. */
export const countingLoop: ControlModel = {
  inputs: [
    ['x', 'float32', [2]],
    ['trips', 'int64', []],
    ['limit', 'float32', []],
  ],
  initializers: [tensor('zero', 'float32', [2], [0, 0]), tensor('go', 'bool', [], [1])],
  nodes: [
    node('Loop', ['trips', 'go', 'zero'], ['sum', 'sums', 'squares'], {
      body: body('add', {
        inputs: [
          ['i', 'int64', []],
          ['going', 'bool', []],
          ['before', 'float32', [2]],
        ],
        nodes: [
          node('Add', ['before', 'x'], ['after']),
          node('ReduceMax', ['after'], ['most'], { keepdims: int(0) }),
          node('Less', ['most', 'limit'], ['next']),
          node('Mul', ['after', 'after'], ['square']),
          node('Identity', ['after'], ['copy']),
        ],
        outputs: ['next', 'after', 'copy', 'square'],
      }),
    }),
  ],
  outputs: ['sum', 'sums', 'squares'],
  feeds: [
    { x: floats(1, 2), trips: array('int64', [], [3]), limit: array('float32', [], [100]) },
    { x: floats(1, 2), trips: array('int64', [], [50]), limit: array('float32', [], [7]) },
    { x: floats(1, 2), trips: array('int64', [], [1]), limit: array('float32', [], [0]) },
  ],
};

/** A loop in a branch whose body takes values from two levels up; what is carried grows with every pass. */
export const loopInIf: ControlModel = {
  inputs: [
    ['x', 'float32', ['n']],
    ['a', 'bool', []],
  ],
  initializers: [tensor('three', 'int64', [], [3]), tensor('half', 'float32', [1], [0.5])],
  nodes: [
    node('Mul', ['x', 'half'], ['h']),
    node('If', ['a'], ['y'], {
      then_branch: body('grow', {
        nodes: [
          node('Loop', ['three', '', 'x'], ['grown'], {
            body: body('append', {
              inputs: [
                ['i', 'int64', []],
                ['going', 'bool', []],
                ['tail', 'float32', ['m']],
              ],
              nodes: [
                node('Identity', ['going'], ['next']),
                node('Concat', ['tail', 'h'], ['longer'], { axis: int(0) }),
              ],
              outputs: ['next', 'longer'],
            }),
          }),
        ],
        outputs: ['grown'],
      }),
      else_branch: leaf('stay', 'Identity', 'h'),
    }),
  ],
  outputs: ['y'],
  feeds: [
    { x: floats(2, 4), a: bool(true) },
    { x: floats(2, 4), a: bool(false) },
    { x: floats(8), a: bool(true) },
  ],
};

/** Running sums over the rows of x, forwards, and its rows scaled, backwards and laid side by side. */
export const scanRows: ControlModel = {
  inputs: [
    ['x', 'float32', ['t', 3]],
    ['start', 'float32', [3]],
  ],
  initializers: [tensor('two', 'float32', [], [2])],
  nodes: [
    node('Scan', ['start', 'x', 'x'], ['end', 'sums', 'scaled'], {
      body: body('step', {
        inputs: [
          ['before', 'float32', [3]],
          ['row', 'float32', [3]],
          ['backwards', 'float32', [3]],
        ],
        nodes: [
          node('Add', ['before', 'row'], ['after']),
          node('Identity', ['after'], ['seen']),
          node('Mul', ['backwards', 'two'], ['twice']),
        ],
        outputs: ['after', 'seen', 'twice'],
      }),
      num_scan_inputs: int(2),
      scan_input_directions: ints([0, 1]),
      scan_output_axes: ints([0, 1]),
      scan_output_directions: ints([1, 0]),
    }),
  ],
  outputs: ['end', 'sums', 'scaled'],
  feeds: [
    { x: array('float32', [2, 3], [1, 2, 3, 4, 5, 6]), start: floats(10, 20, 30) },
    { x: array('float32', [1, 3], [1, 2, 3]), start: floats(0, 0, 0) },
  ],
};

export const controlModels: Readonly<Record<string, ControlModel>> = {
  nonZeroGather,
  reshapeByInput,
  nestedIf,
  countingLoop,
  loopInIf,
  scanRows,
};
