"""Layouts with umap-learn: python bench/peerLayout.py '{"vectors": ..., "rows": ..., "dimensions": ..., "neighbours": ...}'.

Finds the exact neighbours, writes them to the files "neighbours" + ".indices" (int32) and ".distances" (float32), and
compiles. Then it reads a layout from each line of its input and prints a line of seconds as JSON, of the gradient steps
alone and of the whole from the neighbours. Run by bench/layout.js; needs umap-learn from PyPI.
"""
import json
import resource
import sys
import time

import numpy as np
import umap
import umap.umap_

case = json.loads(sys.argv[1])
rows, d = case["rows"], case["dimensions"]
X = np.fromfile(case["vectors"], np.float16, rows * d).reshape(-1, d).astype(np.float32)
X /= np.linalg.norm(X, axis=1, keepdims=True)
NEIGHBOURS = 15

indices = np.empty((rows, NEIGHBOURS), np.int32)
distances = np.empty((rows, NEIGHBOURS), np.float32)
for start in range(0, rows, 1000):
    squares = 2 - 2 * (X[start:start + 1000] @ X.T)
    squares[np.arange(len(squares)), np.arange(start, start + len(squares))] = -1
    nearest = np.argpartition(squares, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    order = np.argsort(np.take_along_axis(squares, nearest, 1), axis=1)
    indices[start:start + 1000] = np.take_along_axis(nearest, order, 1)
    distances[start:start + 1000] = np.sqrt(np.maximum(0, np.take_along_axis(squares, indices[start:start + 1000], 1)))
indices.tofile(case["neighbours"] + ".indices")
distances.tofile(case["neighbours"] + ".distances")

steps = {}
optimise = umap.umap_.optimize_layout_euclidean


def timed(*arguments, **named):
    start, processor = time.perf_counter(), time.process_time()
    result = optimise(*arguments, **named)
    steps.update(steps=time.perf_counter() - start, stepsProcessor=time.process_time() - processor)
    return result


umap.umap_.optimize_layout_euclidean = timed


def lay_out(X, dimensions, min_distance, **more):
    # Without a seed, umap-learn uses all cores; its random numbers then differ from run to run.
    return umap.UMAP(n_components=dimensions, min_dist=min_distance, n_neighbors=NEIGHBOURS, **more).fit_transform(X)


for dimensions in (2, 5):
    lay_out(X[:900], dimensions, 0.1, n_epochs=2)  # compiles
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    layout = json.loads(line)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    places = lay_out(X, layout["layoutDimensions"], layout["minDistance"], init=layout.get("start", "spectral"),
                     precomputed_knn=(indices, distances, None))
    whole = time.perf_counter() - start
    places.astype(np.float32).tofile(layout["file"])
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({**steps, "whole": whole, "megabytes": (after - before) / 1e3}), flush=True)
