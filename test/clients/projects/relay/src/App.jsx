import { Suspense } from "react";
import {
  graphql,
  RelayEnvironmentProvider,
  useFragment,
  useLazyLoadQuery,
  usePaginationFragment,
} from "react-relay";

/** @param onPage receives the function that loads the next page */
export function App({ environment, id, onPage }) {
  return (
    <RelayEnvironmentProvider environment={environment}>
      <Suspense fallback={<p>loading</p>}>
        <Result id={id} onPage={onPage} />
      </Suspense>
    </RelayEnvironmentProvider>
  );
}

function Result({ id, onPage }) {
  const { clusteringResult } = useLazyLoadQuery(
    graphql`
      query AppResultQuery($id: ID!) {
        clusteringResult(id: $id) {
          ...AppHead_result
          ...AppClusters_result
        }
      }
    `,
    { id },
  );
  if (!clusteringResult) return <p>deleted</p>;
  return (
    <>
      <Head result={clusteringResult} />
      <Clusters result={clusteringResult} onPage={onPage} />
    </>
  );
}

function Head({ result }) {
  const { status, parameters } = useFragment(
    graphql`
      fragment AppHead_result on ClusteringResult {
        id
        status
        parameters { minClusterSize }
      }
    `,
    result,
  );
  return <h1>{`${status} ${parameters.minClusterSize}`}</h1>;
}

function Clusters({ result, onPage }) {
  const { data, loadNext, hasNext } = usePaginationFragment(
    graphql`
      fragment AppClusters_result on ClusteringResult
      @refetchable(queryName: "AppClustersPaginationQuery")
      @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }) {
        clusters(first: $count, after: $cursor) @connection(key: "App_clusters") {
          totalCount
          edges { node { id label } }
        }
      }
    `,
    result,
  );
  onPage({ loadNext, hasNext });
  return (
    <ul>
      {data.clusters.edges.map(({ node }) => (
        <li key={node.id}>{node.label}</li>
      ))}
    </ul>
  );
}

export const newestQuery = graphql`
  query AppNewestQuery {
    latestClusteringResult { id }
  }
`;

export const startMutation = graphql`
  mutation AppStartMutation($input: ClusterEmbeddingsInput!) {
    clusterEmbeddings(input: $input) {
      __typename
      ... on ClusteringResult { id status }
      ... on Error { code }
      ... on InvalidInputError { issues { path value } }
    }
  }
`;

export const cancelMutation = graphql`
  mutation AppCancelMutation($id: ID!) {
    cancelClustering(id: $id) {
      __typename
      ... on NotFoundError { requestedId code }
    }
  }
`;

export const removeMutation = graphql`
  mutation AppRemoveMutation($id: ID!) {
    deleteClusteringResult(id: $id) {
      __typename
      ... on DeletedClusteringResult { deletedId @deleteRecord }
      ... on NotFoundError { requestedId code }
    }
  }
`;

export const watchSubscription = graphql`
  subscription AppWatchSubscription($id: ID!) {
    clusteringProgress(id: $id) { ...AppHead_result }
  }
`;
