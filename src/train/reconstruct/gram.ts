/**
 * Sums of products over many rows, in double precision: what least squares has to know of a layer's inputs x and of the
 * outputs y that are wanted of it. Memory does not grow with the rows.
 *
 * Rows come in chunks, packed in panels of 4 columns:
 *
 *     panel 0: row 0 [x0 x1 x2 x3]  row 1 [x0 x1 x2 x3]  ...      panel 1: row 0 [x4 x5 x6 x7]  ...
 *
 * so that 4 columns by 4 columns are summed with contiguous reads. The last panel is filled up with zeros.
 */

/** Rows of a chunk: its panels stay in the cache while they meet all the others. */
export const CHUNK = 128;

export interface Panels {
  readonly columns: number;
  /** [ceil(columns / 4)][CHUNK][4] */
  readonly data: Float64Array;
}

export function panels(columns: number): Panels {
  return { columns, data: new Float64Array(Math.ceil(columns / 4) * CHUNK * 4) };
}

/** Where a column begins; its rows are 4 apart. */
export function columnStart(column: number): number {
  return (column >> 2) * CHUNK * 4 + (column & 3);
}

export interface Sums {
  readonly inputs: number;
  readonly outputs: number;
  /** Doubles from one row of `xx` or `xy` to the next: inputs, rounded up to whole panels. */
  readonly stride: number;
  rows: number;
  /** [stride][stride], the lower triangle: sums of x[i] * x[j]. */
  readonly xx: Float64Array;
  /** [outputs rounded up][stride]: sums of y[n] * x[k]. */
  readonly xy: Float64Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly yy: Float64Array;
}

export function sumsOf(inputs: number, outputs: number): Sums {
  const stride = (inputs + 3) & ~3;
  const rows = (outputs + 3) & ~3;
  return {
    inputs,
    outputs,
    stride,
    rows: 0,
    xx: new Float64Array(stride * stride),
    xy: new Float64Array(rows * stride),
    x: new Float64Array(stride),
    y: new Float64Array(rows),
    yy: new Float64Array(rows),
  };
}

/** Bytes of the sums of a layer. */
export function sumBytes(inputs: number, outputs: number): number {
  const stride = (inputs + 3) & ~3;
  return 8 * stride * (stride + outputs);
}

/** Adds the first `rows` rows of a chunk. */
export function addRows(sums: Sums, x: Panels, y: Panels, rows: number): void {
  const { stride, xx, xy } = sums;
  for (let i = 0; i < x.columns; i += 4)
    for (let j = 0; j <= i; j += 4) addTile(x.data, i * CHUNK, x.data, j * CHUNK, rows, xx, i * stride + j, stride);
  for (let n = 0; n < y.columns; n += 4)
    for (let k = 0; k < x.columns; k += 4)
      addTile(y.data, n * CHUNK, x.data, k * CHUNK, rows, xy, n * stride + k, stride);
  addColumns(x, rows, sums.x);
  addColumns(y, rows, sums.y, sums.yy);
  sums.rows += rows;
}

/** out[i, j] += sum over the rows of a[i] * b[j], 4 by 4 in two halves: 8 sums fit the registers. */
function addTile(
  a: Float64Array,
  aAt: number,
  b: Float64Array,
  bAt: number,
  rows: number,
  out: Float64Array,
  outAt: number,
  stride: number,
): void {
  for (let half = 0; half < 4; half += 2) {
    let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
    let p = aAt + half;
    let q = bAt;
    for (let row = 0; row < rows; row++, p += 4, q += 4) {
      const a0 = a[p];
      const a1 = a[p + 1];
      const b0 = b[q];
      const b1 = b[q + 1];
      const b2 = b[q + 2];
      const b3 = b[q + 3];
      s00 += a0 * b0;
      s01 += a0 * b1;
      s02 += a0 * b2;
      s03 += a0 * b3;
      s10 += a1 * b0;
      s11 += a1 * b1;
      s12 += a1 * b2;
      s13 += a1 * b3;
    }
    const at = outAt + half * stride;
    out[at] += s00;
    out[at + 1] += s01;
    out[at + 2] += s02;
    out[at + 3] += s03;
    out[at + stride] += s10;
    out[at + stride + 1] += s11;
    out[at + stride + 2] += s12;
    out[at + stride + 3] += s13;
  }
}

function addColumns({ columns, data }: Panels, rows: number, sums: Float64Array, squares?: Float64Array): void {
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    let square = 0;
    let at = columnStart(column);
    for (let row = 0; row < rows; row++, at += 4) {
      sum += data[at];
      square += data[at] * data[at];
    }
    sums[column] += sum;
    if (squares) squares[column] += square;
  }
}

/** Fills the upper triangle of `xx`. */
export function mirror({ inputs, stride, xx }: Sums): void {
  for (let i = 0; i < inputs; i++) for (let j = 0; j < i; j++) xx[j * stride + i] = xx[i * stride + j];
}

/** Takes the means out: from then on `xx`, `xy` and `yy` speak of differences from the mean, and `xx` is whole. */
export function center(sums: Sums): void {
  const { inputs, outputs, stride, rows, xx, xy, x, y, yy } = sums;
  if (rows === 0) return;
  for (let i = 0; i < inputs; i++) for (let j = 0; j <= i; j++) xx[i * stride + j] -= (x[i] * x[j]) / rows;
  for (let n = 0; n < outputs; n++) {
    for (let k = 0; k < inputs; k++) xy[n * stride + k] -= (y[n] * x[k]) / rows;
    yy[n] -= (y[n] * y[n]) / rows;
  }
  mirror(sums);
}
