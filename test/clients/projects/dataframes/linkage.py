"""Prints what SciPy reads from a linkage matrix, a JSON file of rows: left, right, distance, size."""

import json
import sys

import numpy as np
from scipy.cluster import hierarchy

with open(sys.argv[1]) as file:
    linkage = np.array(json.load(file), dtype=float)
drawn = hierarchy.dendrogram(linkage, no_plot=True)
print(
    json.dumps(
        {
            "valid": bool(hierarchy.is_valid_linkage(linkage)),
            "monotonic": bool(hierarchy.is_monotonic(linkage)),
            "leaves": sorted(drawn["leaves"]),
            "heights": sorted(max(each) for each in drawn["dcoord"]),
            "cophenetic": hierarchy.cophenet(linkage).tolist(),
        }
    )
)
