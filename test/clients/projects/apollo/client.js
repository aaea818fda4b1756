import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { relayStylePagination } from "@apollo/client/utilities";
import { buildSchema, isAbstractType, OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";

/**
 * The members of unions and interfaces, which fragments are matched by.
 * @param schemaText schema.graphql of the package, or of the server
 */
export function possibleTypesOf(schemaText) {
  const schema = buildSchema(schemaText);
  const abstract = Object.values(schema.getTypeMap()).filter(isAbstractType);
  return Object.fromEntries(
    abstract.map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]),
  );
}

export function createMedoidClient(url, possibleTypes, { key, links = [] } = {}) {
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  const sockets = new GraphQLWsLink(
    createClient({ url: url.replace(/^http/, "ws"), connectionParams: headers }),
  );
  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      sockets,
      ApolloLink.from([...links, new HttpLink({ uri: url, headers })]),
    ),
    cache: new InMemoryCache({
      possibleTypes,
      typePolicies: {
        Query: {
          fields: {
            runs: relayStylePagination(["filter"]),
            clusteringResults: relayStylePagination(["filter"]),
          },
        },
        Run: {
          fields: {
            invocations: relayStylePagination(),
            clusterPath: relayStylePagination(["clusteringResultId"]),
          },
        },
        ClusteringResult: {
          fields: { clusters: relayStylePagination(["orderBy"]), outliers: relayStylePagination() },
        },
        Cluster: { fields: { members: relayStylePagination(), medoidOccurrences: relayStylePagination() } },
      },
    }),
  });
}

/** The function for a mutation's `update`. */
export function forgetDeleted(cache, { data }) {
  const id = data?.deleteClusteringResult?.deletedId;
  if (id) cache.evict({ id: cache.identify({ __typename: "ClusteringResult", id }) });
  cache.gc();
}
