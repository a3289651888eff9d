/**
 * Ops that run graphs of their own (`node.bodies`). A run is divided into stages around them: what a body makes is known when
 * it has run. A body's inputs are its own, then the values it takes from around it, which are the node's last inputs too.
 */
import { type AttributeRule, type Op, reject } from './op.ts';
import { UnknownNumbersError } from './unknown.ts';

function control(row: Pick<Op, 'name' | 'inputs' | 'outputs' | 'attributes'>): Op {
  return {
    ...row,
    infer({ node }) {
      throw new UnknownNumbersError(node, 'its result', node.inputs.find((input) => input !== '') ?? '');
    },
    reference: ({ node }) => reject(node, 'a session that runs graphs in stages', 'a plain run'),
    impure: true,
  };
}

/** How many of the last inputs are values from around the body. */
const captures: AttributeRule = { type: 'number', default: 0 };

/** The outputs of the graph `thenBranch` or `elseBranch`. Inputs behind the condition: what the one takes, then what the other takes. */
export const ifOp: Op = control({
  name: 'if',
  inputs: ['condition', 'captures...?'],
  outputs: ['y...'],
  attributes: {},
});

/**
 * ONNX Loop. The graph `body` takes (iteration, condition, carried..., captures...) and makes (condition, carried..., scanned...):
 * outputs are the carried values as the last pass left them, then what was scanned, stacked along a new first axis.
 */
export const loop: Op = control({
  name: 'loop',
  inputs: ['trips?', 'condition?', 'values...?'],
  outputs: ['y...'],
  attributes: { captures },
});

/** ONNX Scan (from opset 9). `body` takes (states..., slices..., captures...) and makes (states..., slices...). */
export const scan: Op = control({
  name: 'scan',
  inputs: ['values...'],
  outputs: ['y...'],
  attributes: {
    captures,
    /** How many of the inputs are cut into slices. */
    slices: { type: 'number' },
    inputAxes: { type: 'numbers', default: [] },
    outputAxes: { type: 'numbers', default: [] },
    /** 1 to go backwards. */
    inputDirections: { type: 'numbers', default: [] },
    outputDirections: { type: 'numbers', default: [] },
  },
});
