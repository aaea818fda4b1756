/** The query that is measured: from a clustering to its 25 largest clusters and what produced their medoids. */
export const walk = /* GraphQL */ `
  query Walk($id: ID!) {
    clusteringResult(id: $id) {
      id status embeddingCount clusterCount outlierCount
      clusters(first: 25) {
        edges {
          node {
            label size share medoidText
            medoidEmbedding { id }
            medoidInvocation {
              id model sequenceNumber
              run { id network initialPrompt }
              input { id model outputImageUrl }
            }
          }
        }
      }
    }
  }
`;
