"""Prints rows, their clustering by hdbscan, and the clusters to which hdbscan assigns other rows.

    pip install hdbscan==0.8.44
    python test/clustering/byApproximatePredict.py > test/clustering/byApproximatePredict.json

approximate_predict, as it is released, takes the core distances of the rows from one neighbour fewer than the clustering
does, that of a new row from one more, and looks for the link among 2 · min_samples neighbours only. "labels" are those of
its own algorithm with the right core distances and all neighbours; "asReleased" are its own.
"""

import json

import hdbscan
import numpy as np
from hdbscan.prediction import _find_cluster_and_probability
from sklearn.neighbors import KDTree


def predicted(clusterer, rows, others, min_samples):
    """The labels of other rows: for the function's own min_samples − 1, neighbour number min_samples is the right one."""
    data = clusterer.prediction_data_
    tree = KDTree(rows)
    # A row is its own first neighbour; hdbscan counts min_samples others.
    core = tree.query(rows, k=min_samples + 1)[0][:, -1]
    distances, indices = tree.query(others, k=len(rows))
    return [
        int(
            _find_cluster_and_probability(
                clusterer.condensed_tree_,
                data.cluster_tree,
                indices[k],
                distances[k],
                core,
                data.cluster_map,
                data.max_lambdas,
                min_samples - 1,
            )[0]
        )
        for k in range(len(others))
    ]


def case(rng, method, min_cluster_size, min_samples, epsilon):
    centres = rng.normal(0, 3, (6, 3))
    rows = np.vstack([centres[k % 6] + rng.normal(0, 0.3 + 0.2 * (k % 3), 3) for k in range(150)])
    rows = np.vstack([rows, rng.uniform(-6, 6, (30, 3))]).round(4).astype(np.float32)
    others = np.vstack([rows[:60] + rng.normal(0, 0.3, (60, 3)), rng.uniform(-6, 6, (20, 3))])
    others = others.round(4).astype(np.float32)
    clusterer = hdbscan.HDBSCAN(
        min_cluster_size=min_cluster_size,
        min_samples=min_samples,
        cluster_selection_method=method,
        cluster_selection_epsilon=epsilon,
        algorithm="prims_kdtree",
        approx_min_span_tree=False,
        prediction_data=True,
    ).fit(rows.astype(np.float64))
    wide = others.astype(np.float64)
    return {
        "method": {"eom": "EXCESS_OF_MASS", "leaf": "LEAF"}[method],
        "minClusterSize": min_cluster_size,
        # Medoid counts the row itself.
        "minSamples": min_samples + 1,
        "epsilon": epsilon,
        "rows": [[float(x) for x in row] for row in rows.astype(np.float64).round(4)],
        "others": [[float(x) for x in row] for row in wide.round(4)],
        "rowLabels": clusterer.labels_.tolist(),
        "labels": predicted(clusterer, rows.astype(np.float64), wide, min_samples),
        "asReleased": hdbscan.approximate_predict(clusterer, wide)[0].tolist(),
    }


def cases():
    # Rows whose clusters no tie decides: hdbscan merges edges of equal height in any order.
    for seed in [2, 3, 9, 37]:
        rng = np.random.default_rng(seed)
        k = seed % 4
        yield case(rng, ["eom", "leaf"][k % 2], 5 + k, [4, 2, 5, 3][k], [0.0, 0.0, 0.0, 0.6][k])


print(json.dumps(list(cases())))
