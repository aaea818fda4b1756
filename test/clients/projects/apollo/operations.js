import { gql } from "@apollo/client";

export const newest = gql`query Newest { latestClusteringResult { id } }`;

export const clusterPage = gql`
  query ClusterPage($id: ID!, $first: Int!, $after: String) {
    clusteringResult(id: $id) {
      id
      clusters(first: $first, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        edges { cursor node { id label } }
      }
    }
  }
`;

export const start = gql`
  mutation Start($input: ClusterEmbeddingsInput!) {
    clusterEmbeddings(input: $input) {
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
      ... on DeletedClusteringResult { deletedId }
      ... on NotFoundError { requestedId code }
    }
  }
`;

export const wrong = gql`query Wrong($id: ID!) { runs(first: 501) { totalCount } clusteringResult(id: $id) { id status } }`;
