import asyncio
import json

import notebook
import sgqlc_client
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from medoid_client import Client as GeneratedClient
from medoid_client import ClusterEmbeddingsInput

url = notebook.url
sockets_url = url.replace("http", "ws", 1)
headers = notebook.headers
report = {}

try:
    notebook.cluster(embeddingModel="UniversalSentenceEncoder", minClusterSize=1)
except ValueError as error:
    report["refused"] = str(error)
made = notebook.cluster(embeddingModel="UniversalSentenceEncoder", minClusterSize=24)
report["last"] = list(notebook.watch(made))[-1]
newest = notebook.ask(
    "{ latestClusteringResult { id clusterCount embeddingCount outlierCount } }"
)["latestClusteringResult"]
report["newest"] = newest["id"] == made
rows = list(notebook.members(made))
report["allClusters"] = len({label for label, _, _ in rows}) == newest["clusterCount"]
report["allMembers"] = len({id for _, id, _ in rows}) == newest["embeddingCount"] - newest["outlierCount"]


async def over_sockets():
    transport = WebsocketsTransport(url=sockets_url, headers=headers)
    async with Client(transport=transport) as session:
        remove = gql("""mutation ($id: ID!) {
          deleteClusteringResult(id: $id) {
            __typename
            ... on DeletedClusteringResult { deletedId }
            ... on NotFoundError { requestedId }
          }
        }""")
        remove.variable_values = {"id": made}
        deleted = (await session.execute(remove))["deleteClusteringResult"]
        report["deleted"] = [deleted["__typename"], deleted["deletedId"] == made]
        again = (await session.execute(remove))["deleteClusteringResult"]
        report["again"] = [again["__typename"], again["requestedId"] == made]
        try:
            await session.execute(gql("{ runs(first: 501) { totalCount } }"))
        except TransportQueryError as error:
            report["error"] = error.errors[0]["extensions"]["code"]
        # The connection stays open after the error.
        report["totalCount"] = (await session.execute(gql("{ runs { totalCount } }")))["runs"]["totalCount"]


async def generated():
    client = GeneratedClient(url=url, headers=headers, ws_url=sockets_url, ws_headers=headers)
    clusters = (await client.largest_clusters(count=3)).latest_clustering_result.clusters
    report["ariadne"] = [[edge.node.label, edge.node.size] for edge in clusters.edges]
    input = ClusterEmbeddingsInput(embeddingModel="UniversalSentenceEncoder", minClusterSize=25)
    started = (await client.start(input=input)).cluster_embeddings
    report["ariadneStarted"] = started.typename__
    async for event in client.watch(id=started.id):
        report["ariadneLast"] = event.clustering_progress.status.value
    removed = (await client.remove(id=started.id)).delete_clustering_result
    report["ariadneDeleted"] = [removed.typename__, removed.deleted_id == started.id]


asyncio.run(over_sockets())
report["sgqlc"] = sgqlc_client.largest_clusters(url, headers)
asyncio.run(generated())
print(json.dumps(report))
