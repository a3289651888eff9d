/** What becomes of the element types of a model when it is read: nothing is converted in silence. */
import { onnxTypeOf } from './data-types.ts';
import { ModelProto, type TensorProto } from './messages.ts';
import { labelOf } from './model.ts';
import { graphsOf, tensorsOf } from './tensors-of.ts';
import { readMessage } from './wire.ts';

/** A sentence per element type that is converted, or computed without kernels. Throws ModelError for a broken file. */
export function conversionsOf(bytes: Uint8Array): string[] {
  const { graph } = readMessage(ModelProto, bytes);
  if (!graph) return [];
  const tensors = tensorsOf(graph);
  const initial = new Set(graph.initializer.map(({ name }) => name));
  const where = (type: string) => {
    const constants = tensors.filter(({ dataType }) => onnxTypeOf(dataType) === type);
    const inputs = graph.input.filter((info) => !initial.has(info.name) && typeOf(info) === type);
    const outputs = graph.output.filter((info) => typeOf(info) === type);
    const casts = graphsOf(graph).flatMap(({ node }) =>
      node.flatMap((each, position) => {
        const to = each.opType === 'Cast' && each.attribute.find(({ name }) => name === 'to')?.i;
        return typeof to === 'number' && onnxTypeOf(to) === type ? [labelOf(each, position).label] : [];
      }),
    );
    return [
      ...(constants.length > 0 ? [`${constants.length} constants of ${elementsOf(constants)} elements`] : []),
      ...[...inputs.map(({ name }) => `input "${name}"`), ...outputs.map(({ name }) => `output "${name}"`)],
      ...casts,
    ];
  };
  const sentences = {
    float16: 'float16 becomes float32',
    double: 'double stays double, and what computes with it runs in plain JavaScript',
  };
  return Object.entries(sentences).flatMap(([type, sentence]) => {
    const places = where(type);
    return places.length > 0 ? [`${sentence}: ${places.join(', ')}`] : [];
  });
}

const typeOf = ({
  type,
}: {
  readonly type: { readonly tensorType: { readonly elemType: number | undefined } | undefined } | undefined;
}) => onnxTypeOf(type?.tensorType?.elemType);

function elementsOf(tensors: readonly TensorProto[]): number {
  return tensors.reduce((sum, { dims }) => sum + dims.reduce((product, extent) => product * Number(extent), 1), 0);
}
