"""One case of the benchmark with another library: python bench/peers.py '{"peer": "scikit-learn", "vectors": ..., ...}'.

Prints seconds and peak memory as JSON; with "shuffles" also how the clusters change when the rows are shuffled; with
"sizes" the seconds of one clustering after another, with each of these minimum sizes; with "assigned" the seconds in which
hdbscan assigns as many rows after these to the clusters.
Run by bench/engine.js, bench/again.js and bench/assign.js; needs numpy, scikit-learn, hdbscan, fast_hdbscan and pynndescent from PyPI.
"""
import json
import resource
import sys
import time

import numpy as np

case = json.loads(sys.argv[1])
rows, first, d = case["rows"], case.get("first", 0), case["dimensions"]
X = np.fromfile(case["vectors"], np.float16, rows * d, offset=first * d * 2).reshape(-1, d).astype(np.float32)
if case.get("normalize", True):
    X /= np.linalg.norm(X, axis=1, keepdims=True)
size, samples = case["minClusterSize"], case["minSamples"]
# Medoid and scikit-learn count the point itself among its samples; the others do not.
if case["peer"] != "scikit-learn":
    samples = max(1, samples - 1)
method = {"EXCESS_OF_MASS": "eom", "LEAF": "leaf"}[case.get("clusterSelectionMethod", "EXCESS_OF_MASS")]


def cluster(X, size=size, cache=None):
    if case["peer"] == "scikit-learn":
        from sklearn.cluster import HDBSCAN

        return HDBSCAN(min_cluster_size=size, min_samples=samples, cluster_selection_method=method,
                       algorithm="brute", copy=True).fit_predict(X.astype(np.float64))
    if case["peer"] == "hdbscan":
        import hdbscan

        return hdbscan.HDBSCAN(min_cluster_size=size, min_samples=samples, cluster_selection_method=method,
                               algorithm="generic",
                               **({} if cache is None else {"memory": cache})).fit_predict(X.astype(np.float64))
    import fast_hdbscan

    return fast_hdbscan.HDBSCAN(min_cluster_size=size, min_samples=samples,
                                cluster_selection_method=method).fit_predict(X)


if "assigned" in case:
    import hdbscan

    others = np.fromfile(case["vectors"], np.float16, case["assigned"] * d, offset=(first + rows) * d * 2)
    others = others.reshape(-1, d).astype(np.float32)
    if case.get("normalize", True):
        others /= np.linalg.norm(others, axis=1, keepdims=True)
    clusterer = hdbscan.HDBSCAN(min_cluster_size=size, min_samples=samples, cluster_selection_method=method,
                                prediction_data=True).fit(X.astype(np.float64))
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        processor = time.process_time()
        labels = hdbscan.approximate_predict(clusterer, others.astype(np.float64))[0]
        processor = time.process_time() - processor
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"median": sorted(seconds)[1], "processorSeconds": processor, "outliers": int((labels < 0).sum())}))
    sys.exit()
cluster(X[:1500])  # warms up: imports and compiles
if "sizes" in case:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        # hdbscan keeps the single linkage tree there; the others have nothing of the kind.
        cache = folder if case["peer"] == "hdbscan" else None
        seconds = []
        for other in case["sizes"]:
            start = time.perf_counter()
            cluster(X, other, cache)
            seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": seconds}))
    sys.exit()
if "shuffles" in case:
    from sklearn.metrics import adjusted_rand_score

    original = cluster(X)
    out = []
    for seed in range(case["shuffles"]):
        order = np.random.default_rng(seed).permutation(rows)
        labels = cluster(X[order])
        out.append([int(labels.max()) + 1, round(float(adjusted_rand_score(original[order], labels)), 3)])
    print(json.dumps({"clusters": int(original.max()) + 1, "shuffled": out}))
    sys.exit()

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
seconds = []
for _ in range(case.get("runs", 3)):
    start = time.perf_counter()
    processor = time.process_time()
    labels = cluster(X)
    processor = time.process_time() - processor
    seconds.append(time.perf_counter() - start)
if "labels" in case:
    json.dump([int(label) for label in labels], open(case["labels"], "w"))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": sorted(seconds), "median": sorted(seconds)[(len(seconds) - 1) // 2],
                  "processorSeconds": processor, "megabytes": (after - before) / 1e3, "clusters": int(labels.max()) + 1}))
