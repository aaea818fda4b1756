"""Starts a clustering, waits for it, and walks from its largest clusters to what produced their medoids.

    python3 walk.py [EMBEDDING_MODEL]

It needs nothing but Python 3.8 or later. MEDOID_URL is the server's address, MEDOID_KEY an API key, if the server requires one.
"""
import json
import os
import sys
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

URL = os.environ.get("MEDOID_URL", "http://127.0.0.1:4000/graphql")
KEY = os.environ.get("MEDOID_KEY")

CLUSTER = """
mutation ($input: ClusterEmbeddingsInput!) {
  clusterEmbeddings(input: $input) {
    ... on ClusteringResult { id }
    ... on Error { code message }
  }
}
"""

STATE = """
query ($id: ID!) { clusteringResult(id: $id) { status progress failure { code message } } }
"""

WALK = """
query ($id: ID!) {
  clusteringResult(id: $id) {
    clusterCount embeddingCount
    clusters(first: 5) {
      edges { node {
        share medoidText
        medoidInvocation {
          model sequenceNumber
          run { initialPrompt }
          input { model outputImageUrl }
        }
      } }
    }
  }
}
"""


def execute(query, **variables):
    """The data of an operation; its errors are raised."""
    headers = {"Content-Type": "application/json"}
    if KEY:
        headers["Authorization"] = f"Bearer {KEY}"
    body = json.dumps({"query": query, "variables": variables}).encode()
    try:
        with urlopen(Request(URL, body, headers)) as response:
            result = json.load(response)
    except HTTPError as error:  # its body says why, as for any other error
        result = json.load(error)
    if result.get("errors"):
        raise RuntimeError("; ".join(error["message"] for error in result["errors"]))
    return result["data"]


def cluster(**input):
    """Starts a clustering, and waits until it has ended."""
    started = execute(CLUSTER, input=input)["clusterEmbeddings"]
    if "id" not in started:
        raise ValueError(f"{started['code']}: {started['message']}")
    while True:
        state = execute(STATE, id=started["id"])["clusteringResult"]
        if state["status"] == "SUCCEEDED":
            return started["id"]
        if state["status"] not in ("QUEUED", "RUNNING"):
            raise RuntimeError(f"{state['status']}: {state['failure']}")
        time.sleep(0.2)


def main(embedding_model="UniversalSentenceEncoder"):
    result = execute(WALK, id=cluster(embeddingModel=embedding_model))["clusteringResult"]
    print(f"{result['clusterCount']} clusters of {result['embeddingCount']} embeddings")
    for edge in result["clusters"]["edges"]:
        node = edge["node"]
        medoid = node["medoidInvocation"]
        print(f"{100 * node['share']:.1f} %  {node['medoidText'] or '(an image)'}")
        print(f"  step {medoid['sequenceNumber']} of the run from \"{medoid['run']['initialPrompt']}\", by {medoid['model']}")
        if medoid["input"] and medoid["input"]["outputImageUrl"]:
            print(f"  of the image {medoid['input']['outputImageUrl']} by {medoid['input']['model']}")


if __name__ == "__main__":
    main(*sys.argv[1:])
