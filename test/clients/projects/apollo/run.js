import { readFileSync } from "node:fs";
import { ApolloLink } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { WebSocket } from "ws";
import { createMedoidClient, forgetDeleted, possibleTypesOf } from "./client.js";
import { sha256 } from "./documents.js";
import { clusterPage, newest, remove, start, status, watch, wrong } from "./operations.js";

globalThis.WebSocket ??= WebSocket;
const { MEDOID_URL: url, MEDOID_KEY: key } = process.env;
const report = { warnings: [] };
for (const level of ["warn", "error"]) console[level] = (...words) => report.warnings.push(words.join(" "));

const possibleTypes = possibleTypesOf(readFileSync("schema.graphql", "utf8"));
const client = createMedoidClient(url, possibleTypes, { key });
const { id } = (await client.query({ query: newest })).data.latestClusteringResult;

const variables = { id, first: 20 };
const pages = client.watchQuery({ query: clusterPage, variables });
pages.subscribe(() => {});
let { pageInfo } = (await pages.refetch()).data.clusteringResult.clusters;
const cachedClusters = () => client.readQuery({ query: clusterPage, variables }).clusteringResult.clusters;
report.pages = [cachedClusters().edges.length];
while (pageInfo.hasNextPage) {
  const { data } = await pages.fetchMore({ variables: { after: pageInfo.endCursor } });
  pageInfo = data.clusteringResult.clusters.pageInfo;
  report.pages.push(cachedClusters().edges.length);
}
report.total = cachedClusters().totalCount;

const input = { embeddingModel: "UniversalSentenceEncoder", minClusterSize: 1 };
report.refused = (await client.mutate({ mutation: start, variables: { input } })).data.clusterEmbeddings;
const allowed = { input: { ...input, minClusterSize: 22 } };
const started = (await client.mutate({ mutation: start, variables: allowed })).data.clusterEmbeddings;
report.started = started.__typename;
const made = started.id;

report.events = await new Promise((resolve, reject) => {
  const seen = [];
  client.subscribe({ query: watch, variables: { id: made } }).subscribe({
    next: ({ data, error }) => (error ? reject(error) : seen.push(data.clusteringProgress.status)),
    error: reject,
    complete: () => resolve(seen.join(" ")),
  });
});
const record = client.cache.identify({ __typename: "ClusteringResult", id: made });
report.cached = client.cache.extract()[record].status; // as the subscription delivered it
const isCached = () => record in client.cache.extract();
report.recordBefore = isCached();
const removed = await client.mutate({ mutation: remove, variables: { id: made }, update: forgetDeleted });
report.deleted = removed.data.deleteClusteringResult.__typename;
report.recordAfter = isCached();
const again = await client.mutate({ mutation: remove, variables: { id: made }, update: forgetDeleted });
report.again = again.data.deleteClusteringResult;

const partial = await client.query({
  query: wrong,
  variables: { id },
  errorPolicy: "all",
  fetchPolicy: "network-only",
});
report.partial = {
  data: Object.keys(partial.data ?? {}),
  codes: partial.error.errors.map((e) => e.extensions.code),
};

// Persisted: a document that the server has, and one that it does not have.
report.persisted = {};
for (const useGETForHashedQueries of [false, true]) {
  const sent = [];
  const recorded = new ApolloLink((operation, forward) => {
    const { http } = operation.getContext();
    const method = operation.getContext().fetchOptions?.method ?? "POST";
    sent.push(`${method} ${http?.includeQuery === false ? "hash" : "document"}`);
    return forward(operation);
  });
  const links = [new PersistedQueryLink({ sha256, useGETForHashedQueries }), recorded];
  const persisted = createMedoidClient(url, possibleTypes, { key, links });
  const take = (query, given) =>
    persisted.query({ query, variables: given }).then(
      () => "answered",
      ({ message }) => message,
    );
  const outcomes = [await take(status, { id }), await take(newest, {})];
  report.persisted[useGETForHashedQueries ? "GET" : "POST"] = { outcomes, sent };
}
process.stdout.write(JSON.stringify(report), () => process.exit());
