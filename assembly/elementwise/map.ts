// How functions of one element walk over n floats. x and out may be the same address.
import { bytes4, loadPart, storePart } from './lanes';

/** An op as a class without instances: `map<Exp>` compiles to one loop with the body inside, in the debug build too. */
export abstract class Unary {
  abstract apply(x: v128, p: v128, q: v128): v128;
}

/**
 * Two vectors at a time, for functions whose arithmetic outweighs the loop: the two share the constants, which engines
 * otherwise rebuild from immediates for each vector at about the cost of the arithmetic.
 */
export function map<T extends Unary>(n: i32, p: f32, q: f32, x: usize, out: usize): void {
  const first = f32x4.splat(p);
  const second = f32x4.splat(q);
  let left = n;
  for (; left >= 8; left -= 8) {
    const v0 = v128.load(x);
    const v1 = v128.load(x, 16);
    v128.store(out, inline.always(changetype<T>(0).apply(v0, first, second)));
    v128.store(out, inline.always(changetype<T>(0).apply(v1, first, second)), 16);
    x += 32;
    out += 32;
  }
  for (; left > 0; left -= 4) {
    const v = left >= 4 ? v128.load(x) : loadPart(x, left);
    const y = inline.always(changetype<T>(0).apply(v, first, second));
    if (left >= 4) v128.store(out, y);
    else storePart(out, left, y);
    x += 16;
    out += 16;
  }
}

/** Four vectors at a time; for functions of an instruction or two. */
export function mapWide<T extends Unary>(n: i32, p: f32, q: f32, x: usize, out: usize): void {
  const first = f32x4.splat(p);
  const second = f32x4.splat(q);
  const end = x + bytes4(n & ~15);
  while (x < end) {
    const v0 = v128.load(x);
    const v1 = v128.load(x, 16);
    const v2 = v128.load(x, 32);
    const v3 = v128.load(x, 48);
    v128.store(out, inline.always(changetype<T>(0).apply(v0, first, second)));
    v128.store(out, inline.always(changetype<T>(0).apply(v1, first, second)), 16);
    v128.store(out, inline.always(changetype<T>(0).apply(v2, first, second)), 32);
    v128.store(out, inline.always(changetype<T>(0).apply(v3, first, second)), 48);
    x += 64;
    out += 64;
  }
  map<T>(n & 15, p, q, x, out);
}
