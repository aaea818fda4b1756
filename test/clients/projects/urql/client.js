import { Client, fetchExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { minifyIntrospectionQuery } from "@urql/introspection";
import { buildSchema, introspectionFromSchema } from "graphql";

// A type that is not a Node has no key: it is cached as part of its parent.
const embedded = [
  "AppliedEmbeddingFilter",
  "AppliedIntRange",
  "ClusterAssignment",
  "ClusterLineage",
  "ClusterMerge",
  "ClusterOverlap",
  "ClusteringComparison",
  "ClusteringEstimate",
  "ClusteringFailure",
  "ClusteringInProgressError",
  "CompositionShare",
  "CondensedTreeNode",
  "DeletedClusteringResult",
  "DeletedEmbeddingMap",
  "DeletedRun",
  "EmbeddingDistance",
  "HdbscanParameters",
  "IdempotencyConflictError",
  "InputIssue",
  "InvalidInputError",
  "JoiningOutliers",
  "MapPosition",
  "Membership",
  "NetworkCount",
  "NotEnoughEmbeddingsError",
  "NotFoundError",
  "OutputImage",
  "PredictedAssignment",
  "RecordedTrajectories",
  "Reduction",
  "ResourceLimitError",
  "RunInUseError",
  "SweepPoint",
  "TextCount",
];

/** @param schemaText schema.graphql of the package, or of the server */
export const introspectionOf = (schemaText) =>
  minifyIntrospectionQuery(introspectionFromSchema(buildSchema(schemaText)));

export const createMedoidClient = (url, schema, { key, exchanges = [fetchExchange] } = {}) =>
  new Client({
    url,
    preferGetMethod: false, // GET needs a key, a page of the same origin, or x-graphql-require-preflight
    fetchSubscriptions: true,
    fetchOptions: { headers: key ? { Authorization: `Bearer ${key}` } : {} },
    exchanges: [
      cacheExchange({
        schema,
        keys: Object.fromEntries(embedded.map((type) => [type, () => null])),
        resolvers: {
          Query: {
            clusteringResult: (_, { id }) => ({ __typename: "ClusteringResult", id }), // found in the cache by its id
            clusteringResults: relayPagination(),
            runs: relayPagination(),
          },
          Run: { invocations: relayPagination(), clusterPath: relayPagination() },
          ClusteringResult: { clusters: relayPagination(), outliers: relayPagination() },
          Cluster: { members: relayPagination(), medoidOccurrences: relayPagination() },
        },
        updates: {
          Mutation: {
            deleteClusteringResult({ deleteClusteringResult: deleted }, _, cache) {
              if (deleted?.deletedId)
                cache.invalidate({ __typename: "ClusteringResult", id: deleted.deletedId });
            },
          },
        },
      }),
      ...exchanges,
    ],
  });
