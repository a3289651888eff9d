/** Symmetric positive definite systems, dense and in doubles. */

/**
 * The lower factor L of A = L·Lᵀ in place of the lower triangle of the first `n` rows, row-major with `n` doubles a row. Two
 * rows by four columns at a time, so that most numbers that are read are used several times. The upper triangle is left alone.
 * Returns false, with the lower one spoilt, if A is not positive definite up to rounding.
 */
export function factorize(a: Float64Array, n: number): boolean {
  for (let j0 = 0; j0 < n; j0 += 4) {
    const width = Math.min(4, n - j0);
    // Columns j0 .. j0 + 3 below the diagonal block and in it: first what the columns before them take away.
    let i = j0;
    for (; i < j0 + width; i++) takeAwayRow(a, n, i, j0, i - j0 + 1);
    for (; i + 1 < n; i += 2) takeAway(a, n, i, j0);
    if (i < n) takeAwayRow(a, n, i, j0, width);
    for (let j = j0; j < j0 + width; j++) {
      let pivot = a[j * n + j];
      for (let p = j0; p < j; p++) pivot -= a[j * n + p] * a[j * n + p];
      if (!(pivot > 0)) return false;
      const root = Math.sqrt(pivot);
      a[j * n + j] = root;
      for (let i = j + 1; i < n; i++) {
        let sum = a[i * n + j];
        for (let p = j0; p < j; p++) sum -= a[i * n + p] * a[j * n + p];
        a[i * n + j] = sum / root;
      }
    }
  }
  return true;
}

function takeAway(a: Float64Array, n: number, i: number, j: number): void {
  let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
  let p = i * n;
  let q = j * n;
  for (const end = q + j; q < end; p++, q++) {
    const a0 = a[p];
    const a1 = a[p + n];
    const b0 = a[q];
    const b1 = a[q + n];
    const b2 = a[q + 2 * n];
    const b3 = a[q + 3 * n];
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
  }
  const at = i * n + j;
  a[at] -= s00;
  a[at + 1] -= s01;
  a[at + 2] -= s02;
  a[at + 3] -= s03;
  a[at + n] -= s10;
  a[at + n + 1] -= s11;
  a[at + n + 2] -= s12;
  a[at + n + 3] -= s13;
}

function takeAwayRow(a: Float64Array, n: number, i: number, j0: number, width: number): void {
  for (let j = j0; j < j0 + width; j++) {
    let sum = 0;
    for (let p = 0; p < j0; p++) sum += a[i * n + p] * a[j * n + p];
    a[i * n + j] -= sum;
  }
}

/** Solves L·Lᵀ·x = b in place of b. */
export function substitute(l: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = b[i];
    for (let p = 0; p < i; p++) sum -= l[i * n + p] * b[p];
    b[i] = sum / l[i * n + i];
  }
  // Row by row here too: each x[i] is taken out of all before it.
  for (let i = n - 1; i >= 0; i--) {
    const x = b[i] / l[i * n + i];
    b[i] = x;
    for (let p = 0; p < i; p++) b[p] -= l[i * n + p] * x;
  }
}
