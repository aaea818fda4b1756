"""Prints pairs of clusterings, as each pair of labels with its number of rows, and how scikit-learn says that they agree.

    pip install scikit-learn==1.9.1
    python test/analysis/bySklearn.py > test/analysis/bySklearn.json
"""

import json

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score


def labels(rng, rows, clusters, outliers):
    """Labels from 0 by descending size, −1 for outliers; sizes differ by orders of magnitude."""
    shares = rng.pareto(1.2, clusters) + 0.01
    found = rng.choice(clusters, rows, p=shares / shares.sum())
    order = np.argsort(-np.bincount(found, minlength=clusters), kind="stable")
    place = np.empty(clusters, int)
    place[order] = np.arange(clusters)
    return np.where(rng.random(rows) < outliers, -1, place[found])


def changed(rng, labels, share):
    """Labels of which a share is another row's."""
    return np.where(rng.random(len(labels)) < share, rng.permutation(labels), labels)


def case(name, first, second):
    table = {}
    for pair in zip(first.tolist(), second.tolist()):
        table[pair] = table.get(pair, 0) + 1
    clustered = (first >= 0) & (second >= 0)
    return {
        "name": name,
        "overlaps": ",".join(f"{a} {b} {count}" for (a, b), count in sorted(table.items())),
        "rand": float(adjusted_rand_score(first, second)),
        "information": float(adjusted_mutual_info_score(first, second)),
        "randOfClustered": float(adjusted_rand_score(first[clustered], second[clustered])) if clustered.any() else None,
    }


def cases():
    rng = np.random.default_rng(17)
    for rows, clusters in [(30, 3), (300, 8), (3_000, 20), (30_000, 30)]:
        for outliers in [0, 0.4]:
            first = labels(rng, rows, clusters, outliers)
            said = f"{rows} rows, {clusters} clusters, outliers {outliers}"
            yield case(f"{said}: independent", first, labels(rng, rows, clusters, outliers))
            yield case(f"{said}: a tenth changed", first, changed(rng, first, 0.1))
            merged = np.where(first > 0, (first + 1) // 2, first)
            yield case(f"{said}: merged in twos", first, merged)
            yield case(f"{said}: the same", first, first)
    some = labels(rng, 500, 6, 0.3)
    yield case("one cluster of all", some, np.zeros(500, int))
    yield case("only outliers", some, np.full(500, -1))
    yield case("only outliers in both", np.full(9, -1), np.full(9, -1))
    yield case("each of the others is an outlier", np.where(some < 0, 0, -1), np.where(some < 0, -1, 0))


print(json.dumps(list(cases()), indent=2))
