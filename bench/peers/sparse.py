"""Sparse times dense in scipy or torch, a turn per line of input, one thread.

    python3 sparse.py scipy|torch FOLDER        (Debian: python3-scipy, python3-torch)

FOLDER holds what bench/sparse.ts wrote: shape.json and raw little-endian arrays. The first line of output is a JSON object
with the version and the sum of the product's values; then, for every line read, the milliseconds of one product.
"""

import json
import os
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy

name, folder = sys.argv[1:]


def read(file, dtype):
    return numpy.fromfile(os.path.join(folder, file), dtype)


with open(os.path.join(folder, "shape.json")) as file:
    rows, columns, t = json.load(file)
pointers = read("pointers", numpy.int32)
indices = read("indices", numpy.int32)
values = read("values", numpy.float32)
dense = read("dense", numpy.float32).reshape(columns, t)

if name == "scipy":
    import scipy
    from scipy import sparse

    version = scipy.__version__
    matrix = sparse.csr_matrix((values, indices, pointers), shape=(rows, columns))
else:
    import torch

    torch.set_num_threads(1)
    version = torch.__version__
    arrays = [torch.from_numpy(array) for array in (pointers, indices, values)]
    matrix = torch.sparse_csr_tensor(*arrays, size=(rows, columns))
    dense = torch.from_numpy(dense)

total = float((matrix @ dense).sum())
print(json.dumps({"version": version, "sum": total}), flush=True)
for _ in sys.stdin:
    begin = time.perf_counter()
    matrix @ dense
    print((time.perf_counter() - begin) * 1000, flush=True)
