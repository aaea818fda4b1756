import { parameterNames, reductionParameterNames } from "../clustering/index.js";

/** The fields of HdbscanParameters: the algorithm is a field of the result. */
const parameters = parameterNames
  .filter((name) => name !== "algorithm")
  .map((name) => (name === "reduction" ? `${name} { ${reductionParameterNames.join(" ")} }` : name));

/**
 * Reads the path from the largest clusters of a result to the image that led to each medoid: the purpose of Medoid in
 * one query. GraphiQL shows it as the first query.
 */
export const walkQuery = /* GraphQL */ `query Walk($id: ID!, $first: Int = 5) {
  clusteringResult(id: $id) {
    id
    status
    embeddingModel { name }
    algorithm
    parameters {
      ${parameters.join("\n      ")}
    }
    embeddingCount
    clusterCount
    outlierCount
    failure { code message }
    clusters(first: $first) {
      edges {
        node {
          id
          label
          size
          share
          medoidText
          medoidEmbedding { id }
          medoidInvocation {
            id
            model
            sequenceNumber
            run { id network initialPrompt }
            input { id model outputText outputImageUrl }
          }
        }
      }
    }
  }
}
`;
