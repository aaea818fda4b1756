from sgqlc.endpoint.http import HTTPEndpoint
from sgqlc.operation import Operation

from medoid_schema import medoid_schema as schema


def largest_clusters(url, headers, count=3):
    operation = Operation(schema.Query)
    clusters = operation.latest_clustering_result.clusters(first=count)
    clusters.edges.node.__fields__("label", "size", "medoid_text")
    response = HTTPEndpoint(url, headers)(operation)
    result = (operation + response).latest_clustering_result
    return [(edge.node.label, edge.node.size) for edge in result.clusters.edges]
