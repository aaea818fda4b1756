"""Prints rows, and what hdbscan says of them: condensed trees, exemplars and memberships of all points.

    pip install hdbscan==0.8.44
    python test/analysis/byHdbscan.py > test/analysis/byHdbscan.json
    npx biome format --write test/analysis/byHdbscan.json

No row is tied to both sides of a split by edges of one length, which its core distance can be: hdbscan then takes it for
one of the two, by the order of the rows. Distances are small, because hdbscan adds 1e-8 to some of their reciprocals.
"""

import json

import hdbscan
import numpy as np


def rows_of(rng, groups, rows, dimensions, spread):
    """Groups of different densities, of which some have groups within, and rows between them."""
    centres = rng.uniform(-9, 9, (groups, dimensions))
    found = [centre + rng.normal(0, spread * rng.uniform(0.3, 1.5), (rows // groups, dimensions)) for centre in centres]
    found.append(rng.uniform(-12, 12, (rows // 5, dimensions)))
    return rng.permutation(np.vstack(found) * 1e-4).astype(np.float32)


def case(name, shape, **parameters):
    while True:
        rows = rows_of(rng, *shape)
        found = hdbscan.HDBSCAN(core_dist_n_jobs=1, prediction_data=True, **parameters).fit(rows.astype(np.float64))
        raw = found.condensed_tree_.to_numpy()
        root = raw["parent"].min()
        births = {int(root): 0.0}
        sizes = {int(root): len(rows)}
        parents = {}
        for row in raw[raw["child_size"] > 1]:
            births[int(row["child"])] = float(row["lambda_val"])
            sizes[int(row["child"])] = int(row["child_size"])
            parents[int(row["child"])] = int(row["parent"])
        if all(row["lambda_val"] > births[int(row["parent"])] for row in raw):
            break
    nodes = []
    for number, birth in births.items():
        of = raw[raw["parent"] == number]
        nodes.append(
            {
                "birth": birth,
                "death": float(of["lambda_val"].max()),
                "size": sizes[number],
                "stability": float(((of["lambda_val"] - birth) * of["child_size"]).sum()),
                "parentSize": sizes.get(parents.get(number)),
            }
        )
    exemplars = []
    for of in found.prediction_data_.exemplars:
        exemplars.append(sorted(int(np.flatnonzero((rows == row).all(axis=1))[0]) for row in of.astype(np.float32)))
    return {
        "name": name,
        "parameters": parameters,
        "rows": [[float(component) for component in row] for row in rows],
        "labels": found.labels_.tolist(),
        "nodes": nodes,
        "exemplars": exemplars,
        # Of a tree that never splits it computes none, but raises a KeyError.
        "memberships": hdbscan.all_points_membership_vectors(found).tolist() if parents else None,
    }


rng = np.random.default_rng(5)
print(
    json.dumps(
        [
            case("excess of mass", (4, 80, 3, 1), min_cluster_size=5, min_samples=3),
            case(
                "leaves",
                (3, 90, 2, 1.2),
                min_cluster_size=4,
                min_samples=4,
                cluster_selection_method="leaf",
            ),
            case("few outliers", (5, 60, 4, 0.3), min_cluster_size=6, min_samples=2),
            case(
                "a single cluster",
                (1, 50, 2, 2),
                min_cluster_size=12,
                min_samples=5,
                allow_single_cluster=True,
            ),
        ]
    )
)
