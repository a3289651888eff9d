/** The frame of a model file: versions, and the parts of a file that are not supported at all. */
import { ModelError } from '../core/errors.ts';
import type { GraphProto, ModelProto, NodeProto } from './messages.ts';

const IR = { least: 3, most: 13 } as const;
const OPSET = { least: 1, most: 21 } as const;

export interface Frame {
  readonly graph: GraphProto;
  /** Opset version by domain; '' is ai.onnx. */
  readonly opsets: ReadonlyMap<string, number>;
}

/** 'ai.onnx' and '' are the same domain. */
export function domainOf(name: string | undefined): string {
  return name === undefined || name === 'ai.onnx' ? '' : name;
}

/** Checks versions, and adds what the model uses beyond a plain graph to `problems`. Throws ModelError without a graph. */
export function frameOf(model: ModelProto, problems: string[]): Frame {
  const { graph, irVersion } = model;
  if (!graph) throw new ModelError('want an ONNX model with a graph, got none');
  if (irVersion === undefined || irVersion < IR.least || irVersion > IR.most)
    problems.push(`model: want IR version ${IR.least} to ${IR.most}, got ${irVersion ?? 'none'}`);
  const opsets = opsetsOf(model.opsetImport, 'model', problems);
  if (model.trainingInfo.length > 0)
    problems.push(`model: training information is not supported, got ${model.trainingInfo.length}`);
  return { graph, opsets };
}

/** Opset versions by domain; one of ai.onnx that is not read is a problem. */
export function opsetsOf(imports: ModelProto['opsetImport'], what: string, problems: string[]): Map<string, number> {
  const opsets = new Map<string, number>();
  for (const { domain, version } of imports) {
    if (opsets.has(domainOf(domain)))
      problems.push(`${what}: the opset of domain "${domainOf(domain)}" is given twice`);
    opsets.set(domainOf(domain), version ?? 0);
  }
  const main = opsets.get('');
  if (main === undefined || main < OPSET.least || main > OPSET.most)
    problems.push(`${what}: want opset ${OPSET.least} to ${OPSET.most} of ai.onnx, got ${main ?? 'none'}`);
  return opsets;
}

/**
 * What messages call a node: its op and its name or, as names are optional, its op and position in the file.
 * `name` is the same without the op, for the graph.
 */
export function labelOf(node: NodeProto, position: number): { readonly name: string; readonly label: string } {
  const domain = domainOf(node.domain);
  const op = `${domain ? `${domain}.` : ''}${node.opType ?? 'node'}`;
  const name = node.name || `${node.opType ?? 'node'}.${position}`;
  return { name, label: `${op} "${name}"` };
}
