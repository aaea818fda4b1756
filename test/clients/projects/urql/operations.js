import { gql } from "@urql/core";

export const clusterPage = gql`
  query ClusterPage($id: ID!, $after: String) {
    clusteringResult(id: $id) {
      id
      clusters(first: 20, after: $after) {
        pageInfo { hasNextPage endCursor }
        edges { cursor node { id label } }
      }
    }
  }
`;

/** Every type that is not a Node, except the results of mutations. */
export const everything = gql`
  query Everything($id: ID!, $run: ID!) {
    clusteringResult(id: $id) {
      id
      failure { code }
      filter { models sequenceNumber { min max } }
      parameters { metric }
      clusters(first: 1) {
        edges { node { id topTexts(limit: 1) { count } members(first: 1) { edges { node { id assignment(clusteringResultId: $id) { probability } } } } } }
      }
      outliers(first: 1) { edges { outlierScore node { id } } }
    }
    run(id: $run) { id clusterPath(clusteringResultId: $id, first: 1) { edges { node { isMedoid } } } }
  }
`;

export const newest = gql`{ latestClusteringResult { id } runs(first: 1) { edges { node { id } } } }`;

export const start = gql`
  mutation Start($input: ClusterEmbeddingsInput!) {
    clusterEmbeddings(input: $input) {
      __typename
      ... on ClusteringResult { id status }
      ... on Error { code }
      ... on InvalidInputError { issues { path value } }
    }
  }
`;

export const watch = gql`subscription Watch($id: ID!) { clusteringProgress(id: $id) { id status } }`;

export const status = gql`query Status($id: ID!) { clusteringResult(id: $id) { id status } }`;

export const remove = gql`
  mutation Remove($id: ID!) {
    deleteClusteringResult(id: $id) {
      __typename
      ... on DeletedClusteringResult { deletedId }
      ... on NotFoundError { requestedId code }
    }
  }
`;
