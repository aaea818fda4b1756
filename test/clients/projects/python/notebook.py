import os

from gql import Client, gql
from gql.transport.requests import RequestsHTTPTransport
from gql.transport.websockets import WebsocketsTransport

url = os.environ.get("MEDOID_URL", "http://127.0.0.1:4000/graphql")
key = os.environ.get("MEDOID_KEY")
headers = {"Authorization": f"Bearer {key}"} if key else {}
http = Client(transport=RequestsHTTPTransport(url=url, headers=headers))


def ask(document, **variables):
    operation = gql(document)
    operation.variable_values = variables
    return http.execute(operation)


def cluster(**input):
    started = ask(
        """mutation ($input: ClusterEmbeddingsInput!) {
          clusterEmbeddings(input: $input) {
            ... on ClusteringResult { id }
            ... on Error { code message }
          }
        }""",
        input=input,
    )["clusterEmbeddings"]
    if "id" not in started:
        raise ValueError(f"{started['code']}: {started['message']}")
    return started["id"]


def watch(id):
    """The states of a clustering until it has ended."""
    watching = gql("subscription ($id: ID!) { clusteringProgress(id: $id) { status progress } }")
    watching.variable_values = {"id": id}
    sockets = Client(transport=WebsocketsTransport(url=url.replace("http", "ws", 1), headers=headers))
    for event in sockets.subscribe(watching):
        yield event["clusteringProgress"]


def pages(connection):
    """All edges of a connection, page by page."""
    after = None
    while True:
        page = connection(after)
        yield from page["edges"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def members(id):
    """Each cluster's label, with its members and how strongly they belong to it."""
    clusters = """query ($id: ID!, $after: String) {
      clusteringResult(id: $id) {
        clusters(first: 500, after: $after) { pageInfo { hasNextPage endCursor } edges { node { id label } } }
      }
    }"""
    cluster_members = """query ($id: ID!, $after: String) {
      cluster(id: $id) {
        members(first: 500, after: $after) { pageInfo { hasNextPage endCursor } edges { probability node { id } } }
      }
    }"""
    for edge in pages(lambda after: ask(clusters, id=id, after=after)["clusteringResult"]["clusters"]):
        cluster = edge["node"]
        for member in pages(lambda after: ask(cluster_members, id=cluster["id"], after=after)["cluster"]["members"]):
            yield cluster["label"], member["node"]["id"], member["probability"]
