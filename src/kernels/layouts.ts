/** How operands get from one layout into another, and how much memory a layout takes. */
import { bytesPerElement } from '../core/dtype.ts';
import { invariant } from '../core/errors.ts';
import { format, leading, type Shape, sizeOf } from '../core/shape.ts';
import { copyCost } from './cost.ts';
import { formOf } from './forms.ts';
import { type Call, type Conversion, isPlain, type Layout, type Operand } from './kernel.ts';
import { betweenPlanes, isPlanes, planesFloats, planesOf } from './planes.ts';
import { along } from './split.ts';
import { type Kind, walkable, walkSize } from './walk.ts';

/** [T, K]: the last axis, and all before it. */
export function folded(shape: Shape): { readonly t: number; readonly k: number } {
  const k = shape.length === 0 ? 1 : shape[shape.length - 1];
  return { t: leading(shape, 1), k };
}

/** Lanes of a panel layout, or undefined. */
export function panelWidth(layout: Layout): number | undefined {
  return layout === 'panels8' ? 8 : layout === 'panels16' ? 16 : undefined;
}

/** A matrix operand [..., K, N] of 8-bit numbers as i16: [batch][ceil(N / 8)][ceil(K / 2)][8][2], lanes past N hold 0. */
export const PAIRS = 'pairs8';

/** Pairs in a row of k numbers; an odd last one has a 0 beside it. */
export function pairsOf(k: number): number {
  return Math.ceil(k / 2);
}

/** Bytes of the operand in this layout, padding included. Some layouts exist for sparse constants only. */
export function layoutBytes(layout: Layout, operand: Operand): number {
  const { shape, constant } = operand;
  if (layout === 'rows') return sizeOf(shape) * bytesPerElement(operand.dtype);
  const width = panelWidth(layout);
  if (width) {
    const { t, k } = folded(shape);
    return Math.ceil(t / width) * width * k * 4;
  }
  const planes = isPlanes(layout) ? planesOf(layout, shape) : undefined;
  if (planes) return planesFloats(planes, shape) * 4;
  if (layout === 'columns8' || layout === 'columns8t') {
    const [k, n] = layout === 'columns8' ? shape.slice(-2) : shape.slice(-2).reverse();
    return leading(shape, 2) * Math.ceil(n / 8) * 8 * k * 4;
  }
  if (layout === PAIRS) {
    const [k, n] = shape.slice(-2);
    return leading(shape, 2) * Math.ceil(n / 8) * pairsOf(k) * 32;
  }
  invariant(constant, `layout ${layout} of a value that is no constant`);
  if (constant.encoding !== 'dense' && layout.startsWith('values.')) {
    const kind = layout === 'values.transposed' || layout === 'values.sell4' ? 'csr' : (layout.split('.')[1] as Kind);
    return walkSize(constant, kind).values * 4;
  }
  const form = formOf(layout);
  invariant(form, `unknown layout ${layout}`);
  return form.build(constant).byteLength;
}

const notPlain = (to: string) => `${to} wants a dense float32 operand`;

function toPanels(width: 8 | 16): Conversion {
  const name = width === 8 ? 'f32_pack_columns_8' : 'f32_pack_panels_16';
  return {
    name,
    exports: [name],
    from: 'rows',
    to: `panels${width}`,
    match(operand) {
      if (!isPlain(operand)) return notPlain(`panels${width}`);
      const { t, k } = folded(operand.shape);
      return along(
        {
          reads: [{ input: 0, layout: 'rows' }],
          writes: [`panels${width}`],
          microseconds: copyCost(t * k),
        },
        {
          extent: t,
          unit: width,
          calls: ({ reads, writes }, first, count) => {
            const [x, out] = [reads[0] + first * k * 4, writes[0] + first * k * 4];
            return [{ kernel: name, args: width === 8 ? [1, k, count, x, 0, 1, k, out] : [count, k, x, k, out] }];
          },
        },
      );
    },
  };
}

/** Sizes and places of an unpacking; `outRow` in floats. */
export interface Unpack {
  readonly t: number;
  readonly k: number;
  readonly panels: number;
  readonly out: number;
  readonly outRow: number;
}

/** Panels [ceil(t / width)][k][width] to rows [t][k]. */
export function unpackCall(width: 8 | 16, { t, k, panels, out, outRow }: Unpack): Call {
  return { kernel: `f32_unpack_panels_${width}`, args: [t, k, panels, out, outRow] };
}

function fromPanels(width: 8 | 16): Conversion {
  const name = `f32_unpack_panels_${width}`;
  return {
    name,
    exports: [name],
    from: `panels${width}`,
    to: 'rows',
    match(operand) {
      if (operand.dtype !== 'float32') return `panels of ${operand.dtype} do not exist`;
      const { t, k } = folded(operand.shape);
      return along(
        {
          reads: [{ input: 0, layout: `panels${width}` }],
          writes: ['rows'],
          microseconds: 2 * copyCost(t * k),
        },
        {
          extent: t,
          unit: width,
          calls: ({ reads: [panels], writes: [out] }, first, count) => [
            unpackCall(width, { t: count, k, panels: panels + first * k * 4, out: out + first * k * 4, outRow: k }),
          ],
        },
      );
    },
  };
}

function toColumns(transposed: boolean): Conversion {
  const name = 'f32_pack_columns_8';
  const to = transposed ? 'columns8t' : 'columns8';
  return {
    name,
    exports: [name],
    from: 'rows',
    to,
    match(operand) {
      if (!isPlain(operand)) return notPlain(to);
      const { shape } = operand;
      if (shape.length < 2) return `${to} wants a matrix, got ${format(shape)}`;
      const [outer, inner] = shape.slice(-2);
      const batch = leading(shape, 2);
      const sizes = transposed ? [inner, outer] : [outer, inner];
      const strides = transposed ? [1, inner] : [inner, 1];
      return {
        reads: [{ input: 0, layout: 'rows' }],
        writes: [to],
        microseconds: copyCost(batch * outer * inner),
        calls: ({ reads: [x], writes: [out] }) => [
          { kernel: name, args: [batch, ...sizes, x, outer * inner, ...strides, out] },
        ],
      };
    },
  };
}

function toPairs(): Conversion {
  const name = 'i16_pack_columns';
  return {
    name,
    exports: [name],
    from: 'rows',
    to: PAIRS,
    match(operand) {
      const { dtype, shape } = operand;
      if ((dtype !== 'uint8' && dtype !== 'int8') || shape.length < 2)
        return `${PAIRS} wants a matrix of uint8 or int8`;
      const [k, n] = shape.slice(-2);
      const batch = leading(shape, 2);
      return {
        reads: [{ input: 0, layout: 'rows' }],
        writes: [PAIRS],
        microseconds: copyCost(batch * k * n),
        calls: ({ reads: [x], writes: [out] }) => [
          { kernel: name, args: [batch, k, n, Number(dtype === 'int8'), x, out] },
        ],
      };
    },
  };
}

/** Stored values in another order, through an index that is a form of the pattern. */
function toOrder(to: Layout, index: Layout, kind: Kind): Conversion {
  const name = 'f32_gather_1';
  return {
    name,
    exports: [name],
    from: 'values',
    to,
    match({ constant }) {
      if (!constant || constant.encoding === 'dense') return `${to} wants a sparse constant`;
      if (!walkable(constant, kind)) return `a ${constant.encoding} constant does not share columns as ${kind} does`;
      const { values } = walkSize(constant, kind);
      return {
        reads: [
          { input: 0, layout: 'values' },
          { input: 0, layout: index },
        ],
        writes: [to],
        microseconds: 2 * copyCost(values),
        calls: ({ reads: [x, order], writes: [out] }) => [{ kernel: name, args: [values, order, x, out] }],
      };
    },
  };
}

export const conversions: readonly Conversion[] = [
  toPanels(8),
  toPanels(16),
  fromPanels(8),
  fromPanels(16),
  toColumns(false),
  toColumns(true),
  toPairs(),
  toOrder('values.transposed', 'csr.permutation', 'csr'),
  toOrder('values.csr', 'csr.order', 'csr'),
  toOrder('values.bsr2x1', 'bsr2x1.order', 'bsr2x1'),
  toOrder('values.bsr4x1', 'bsr4x1.order', 'bsr4x1'),
  toOrder('values.bsr8x1', 'bsr8x1.order', 'bsr8x1'),
  toOrder('values.bsr16x1', 'bsr16x1.order', 'bsr16x1'),
  toOrder('values.csr.tiles', 'csr.tiles.order', 'csr'),
  toOrder('values.sell4', 'sell4.order', 'csr'),
];

/** The ways to make a layout from others, of which a value has `from`: those of the table, and between planes. */
export function conversionsTo(to: Layout, from: Iterable<Layout>): readonly Conversion[] {
  const planes = [...from].flatMap((layout) => betweenPlanes(layout, to) ?? []);
  return [...(byTarget.get(to) ?? []), ...planes];
}

const byTarget = new Map<Layout, Conversion[]>();
for (const conversion of conversions) byTarget.set(conversion.to, [...(byTarget.get(conversion.to) ?? []), conversion]);
