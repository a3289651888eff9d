"""Writes test/sparse/scipy.json: sparse matrices and what scipy makes of them.

Run it with Debian's python3-scipy (1.10) from the root of the repository, seldom:

    python3 scripts/scipy-fixtures.py && npx biome format --write test/sparse/scipy.json

The tests read the JSON only and need neither Python nor scipy.
"""

import io
import json

import numpy
import scipy
from scipy import io as scipy_io
from scipy import sparse

OUT = "test/sparse/scipy.json"
# Rows, columns, columns of the dense operand, share of what is stored.
CASES = [(6, 9, 5, 0.3), (12, 8, 17, 0.15), (1, 10, 1, 0.5), (9, 1, 3, 0.6), (4, 4, 2, 1.0), (8, 6, 20, 0.0), (33, 40, 9, 0.1)]


def numbers(array):
    """Nested lists of the shortest decimals that read back as the same float32 or, for results, double."""
    return json.loads(json.dumps(numpy.asarray(array).tolist()))


def compressed(matrix):
    return {"pointers": numbers(matrix.indptr), "indices": numbers(matrix.indices), "values": numbers(matrix.data)}


def matrix_market(matrix, **options):
    target = io.BytesIO()
    scipy_io.mmwrite(target, matrix, **options)
    return target.getvalue().decode()


def made(generator, rows, columns, density):
    matrix = sparse.random(
        rows,
        columns,
        density,
        format="csr",
        dtype=numpy.float32,
        random_state=generator,
        data_rvs=lambda n: (generator.integers(-64, 65, n) / 16).astype(numpy.float32),
    )
    matrix.sort_indices()
    return matrix


def case(generator, rows, columns, width, density):
    a = made(generator, rows, columns, density)
    b = made(generator, rows, columns, 0.3)
    c = made(generator, columns, width, 0.3)
    dense = (generator.integers(-64, 65, (columns, width)) / 16).astype(numpy.float32)
    left = (generator.integers(-64, 65, (width, rows)) / 16).astype(numpy.float32)
    row_range, column_range = [rows // 4, rows - rows // 3], [columns // 3, columns]
    part = a[row_range[0] : row_range[1], column_range[0] : column_range[1]]
    block = [2 if rows % 2 == 0 else 1, 3 if columns % 3 == 0 else 1]
    bsr = a.tobsr(blocksize=tuple(block))
    bsr.sort_indices()
    coo = a.tocoo()
    csc = a.tocsc()
    csc.sort_indices()
    return {
        "shape": [rows, columns],
        "dense": numbers(a.toarray()),
        "coo": {"rows": numbers(coo.row), "columns": numbers(coo.col), "values": numbers(coo.data)},
        "csr": compressed(a),
        "csc": compressed(csc),
        "bsr": {"block": block, **compressed(bsr)},
        "other": compressed(b),
        "second": {"shape": [columns, width], **compressed(c)},
        "right": numbers(dense),
        "left": numbers(left),
        "product": numbers((a.astype(float) @ dense)),
        "premultiplied": numbers(left @ a.astype(float)),
        "sparseProduct": numbers((a.astype(float) @ c.astype(float)).toarray()),
        "sum": numbers((a + b).toarray()),
        "elementwise": numbers(a.multiply(b).toarray()),
        "rowSums": numbers(numpy.asarray(a.sum(axis=1)).ravel()),
        "columnSums": numbers(numpy.asarray(a.sum(axis=0)).ravel()),
        "slice": {"rows": row_range, "columns": column_range, "dense": numbers(part.toarray())},
        "matrixMarket": matrix_market(a),
    }


def files(generator):
    """Matrix Market files of every kind that is read, as scipy writes them."""
    square = made(generator, 7, 7, 0.3)
    lower = sparse.tril(square, format="coo")
    strict = sparse.tril(square, -1, format="coo")
    symmetric = (lower + strict.T).tocoo()
    skew = (strict - strict.T).tocoo()
    whole = (square * 16).astype(int).tocoo()
    pattern = square.copy()
    pattern.data[:] = 1
    full = square.toarray()
    return [
        {"text": matrix_market(symmetric, symmetry="symmetric"), "dense": numbers(symmetric.toarray())},
        {"text": matrix_market(skew, symmetry="skew-symmetric"), "dense": numbers(skew.toarray())},
        {"text": matrix_market(whole, field="integer"), "dense": numbers(whole.toarray())},
        {"text": matrix_market(pattern, field="pattern"), "dense": numbers(pattern.toarray())},
        {"text": matrix_market(full), "dense": numbers(full)},
        {"text": matrix_market(symmetric.toarray(), symmetry="symmetric"), "dense": numbers(symmetric.toarray())},
        {"text": matrix_market(skew.toarray(), symmetry="skew-symmetric"), "dense": numbers(skew.toarray())},
    ]


def main():
    generator = numpy.random.default_rng(1)
    fixtures = {
        "scipy": scipy.__version__,
        "cases": [case(generator, *sizes) for sizes in CASES],
        "files": files(generator),
    }
    with open(OUT, "w") as file:
        json.dump(fixtures, file, separators=(",", ":"))
        file.write("\n")


main()
