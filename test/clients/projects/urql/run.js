import { readFileSync } from "node:fs";
import { Client, cacheExchange, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { pipe, subscribe } from "wonka";
import { createMedoidClient, introspectionOf } from "./client.js";
import { clusterPage, everything, newest, remove, start, status, watch } from "./operations.js";

const { MEDOID_URL: url, MEDOID_KEY: key } = process.env;
const report = { warnings: [] };
for (const level of ["warn", "error"]) console[level] = (...words) => report.warnings.push(words.join(" "));

const schema = introspectionOf(readFileSync("schema.graphql", "utf8"));
const client = createMedoidClient(url, schema, { key });

async function ask(document, variables = {}, from = client) {
  const { data, error } = await from.query(document, variables).toPromise();
  if (error) throw error;
  return data;
}
const outcomeOf = async (from, document, variables, context) =>
  (await from.query(document, variables, context).toPromise()).error?.message ?? "answered";
const change = async (document, variables) => (await client.mutation(document, variables).toPromise()).data;

const { latestClusteringResult, runs } = await ask(newest);
const { id } = latestClusteringResult;
// A client with a cache of its own: pages that select other fields would be merged with those below.
const other = createMedoidClient(url, schema, { key });
report.everything = Object.keys(await ask(everything, { id, run: runs.edges[0].node.id }, other));

report.pages = [];
for (let after = null; ; ) {
  const { clusters } = (await ask(clusterPage, { id, after })).clusteringResult;
  report.pages.push(clusters.edges.length);
  if (!clusters.pageInfo.hasNextPage) break;
  after = clusters.pageInfo.endCursor;
}

const input = { embeddingModel: "UniversalSentenceEncoder", minClusterSize: 1 };
report.refused = await change(start, { input });
const started = await change(start, { input: { ...input, minClusterSize: 21 } });
const made = started.clusterEmbeddings.id;
report.started = started.clusterEmbeddings.__typename;

report.events = await new Promise((resolve, reject) => {
  const seen = [];
  pipe(
    client.subscription(watch, { id: made }),
    subscribe(({ data, error, hasNext }) => {
      if (error) reject(error);
      if (data && seen.at(-1) !== data.clusteringProgress.status) seen.push(data.clusteringProgress.status);
      if (!hasNext) resolve(seen.join(" "));
    }),
  );
});
// What the subscription delivered is in the cache.
const cached = await client.query(status, { id: made }, { requestPolicy: "cache-only" }).toPromise();
report.cached = cached.data?.clusteringResult.status;
report.deleted = (await change(remove, { id: made })).deleteClusteringResult.__typename;
const after = await client.query(status, { id: made }, { requestPolicy: "cache-only" }).toPromise();
report.cachedAfterwards = after.data?.clusteringResult ?? null;
report.again = (await change(remove, { id: made })).deleteClusteringResult;

// By default, urql sends queries by GET: here, and in a page of the server's own origin.
report.byDefault = {};
for (const [where, fromPage] of Object.entries({
  elsewhere: {},
  ownPage: { "Sec-Fetch-Site": "same-origin" },
})) {
  const headers = { ...(key && { Authorization: `Bearer ${key}` }), ...fromPage };
  const plain = new Client({ url, exchanges: [cacheExchange, fetchExchange], fetchOptions: { headers } });
  report.byDefault[where] = await outcomeOf(plain, newest, {});
}

// Persisted: a document that the server may have, and one that it does not have.
report.persisted = {};
for (const preferGetForPersistedQueries of [false, undefined]) {
  const sent = [];
  const recording = (address, init) => {
    const text = init.body ?? new URL(address).search;
    sent.push(`${init.method ?? "GET"} ${/query=|"query"/.test(text) ? "document" : "hash"}`);
    return fetch(address, init);
  };
  const persisted = createMedoidClient(url, schema, {
    key,
    exchanges: [persistedExchange({ preferGetForPersistedQueries }), fetchExchange],
  });
  const fetched = { fetch: recording };
  const outcomes = [
    await outcomeOf(persisted, status, { id }, fetched),
    await outcomeOf(persisted, newest, {}, fetched),
  ];
  report.persisted[preferGetForPersistedQueries === false ? "POST" : "byDefault"] = { outcomes, sent };
}
process.stdout.write(JSON.stringify(report));
