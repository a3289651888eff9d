// Positions of maxima as ONNX counts them.

/**
 * int32 positions in their planes [planes][pooled] as int64 positions in the whole tensor, whose planes are `area` = h * w
 * long; the first of these planes is `first`. `columns`: inside a plane the rows run fastest.
 */
export function max_pool_places(
  planes: i32,
  pooled: i32,
  first: i32,
  area: i32,
  width: i32,
  columns: i32,
  places: usize,
  out: usize,
): void {
  const height = area / width;
  for (let plane = 0; plane < planes; plane++) {
    const start = <i64>(first + plane) * <i64>area;
    for (let i = 0; i < pooled; i++) {
      const place = load<i32>(places);
      const index = columns !== 0 ? (place % width) * height + place / width : place;
      store<i64>(out, start + <i64>index);
      places += 4;
      out += 8;
    }
  }
}
