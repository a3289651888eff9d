import { describe, expect, it } from 'vitest';
import { layersOf, quickLayers } from '../../bench/layers/layer.ts';
import { variantsOf } from '../../bench/layers/variants.ts';
import { shapeLines } from '../../bench/shape-lines.ts';
import { shapesOf, shapeText } from '../../bench/shapes.ts';

describe('shape files', () => {
  it('are lines of whole numbers with comments', () => {
    const text = '# rows columns\n 1  2 # small\n\n30 4';
    expect(shapeLines(text, 2, 'x.txt')).toEqual([
      [1, 2],
      [30, 4],
    ]);
  });

  it.each(['1 2 3', '1', '1 two', '1 -2', '1 2.5'])('refuse "%s" for two columns, saying where', (line) => {
    expect(() => shapeLines(`# head\n${line}`, 2, 'x.txt')).toThrow(`x.txt:2: want 2 whole numbers, got "${line}"`);
  });

  it('in the repository can all be read', () => {
    for (const [name, columns] of Object.entries({ convolutions: 9, layers: 3, pointwise: 4, products: 3, rows: 2 }))
      expect(shapesOf(name, columns).length, name).toBeGreaterThan(0);
  });
});

describe('layers', () => {
  const layers = layersOf(shapeText('layers'), shapeText('pointwise'), shapeText('spatial'));

  it('have titles of their own', () => {
    expect(new Set(layers.map(({ title }) => title)).size).toBe(layers.length);
  });

  it('say what goes in', () => {
    expect(layersOf('8 3 5', '6 2 4 7', '')).toEqual([
      { title: 'T=8, 3→5', kind: 'product', columns: 8, inputs: 3, outputs: 5, shape: [8, 3] },
      { title: '1x1 conv, 8 px, 6→7', kind: 'pointwise', columns: 8, inputs: 6, outputs: 7, shape: [1, 6, 2, 4] },
    ]);
  });

  it('are four at a quick look: one product for many, some and one token, one convolution', () => {
    expect(quickLayers(layers).map(({ columns }) => columns)).toEqual([128, 8, 1, 196]);
  });
});

describe('variants', () => {
  const [many, , one] = quickLayers(layersOf(shapeText('layers'), shapeText('pointwise'), shapeText('spatial')));

  it('begin with the dense weights on one thread', () => {
    expect(variantsOf(many)[0]).toMatchObject({ pattern: 'dense', format: 'dense', sparsity: 0, threads: 1 });
  });

  it('have tall blocks for one token only', () => {
    const tall = (layer: typeof many) => variantsOf(layer).filter(({ pattern }) => /^(8|16)x1$/.test(pattern));
    expect(tall(many)).toEqual([]);
    expect(tall(one).length).toBeGreaterThan(0);
  });

  it('come on several threads when asked for, on layers of many tokens', () => {
    const several = (layer: typeof many) => variantsOf(layer, { threads: 2 }).filter(({ threads }) => threads === 2);
    expect(several(many).map(({ pattern }) => pattern)).toEqual(['dense', 'unstructured']);
    expect(several(one)).toEqual([]);
  });
});
