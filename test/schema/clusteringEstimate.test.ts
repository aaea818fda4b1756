import { afterEach, beforeEach, expect, test } from "vitest";
import { createServer } from "../../src/server/server.js";
import { readSettings } from "../../src/settings.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";

let temporary: TemporaryApp;
beforeEach(async () => {
  temporary = await openTemporaryApp();
  await writeRun(temporary.app, groupedRows(3, 10)); // the dimensions are 4
});
afterEach(() => temporary.close());

const operation = `query($input: ClusterEmbeddingsInput!) {
  clusteringEstimate(input: $input) {
    embeddingCount minClusterSize minSamples seconds bytes
    error { __typename code message ... on InvalidInputError { issues { path message } } ... on ResourceLimitError { suggestion } }
  }
}`;
const mutation = `mutation($input: ClusterEmbeddingsInput!) {
  clusterEmbeddings(input: $input) { __typename ... on ClusteringResult { parameters { minClusterSize minSamples } } ... on Error { code message } }
}`;

/** What the estimate says of an input, and what starting it then does. */
async function estimateAndStart(input: object, settings: Record<string, string> = {}) {
  const app = { ...temporary.app, settings: readSettings(settings) };
  const server = createServer(app);
  const address = await server.listen(0, "127.0.0.1");
  const send = async (query: string) => {
    const response = await fetch(`${address}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables: { input: { embeddingModel: "Model", ...input } } }),
    });
    const { data, errors } = await response.json();
    expect(errors).toBeUndefined();
    return data;
  };
  try {
    const { clusteringEstimate: estimate } = await send(operation);
    expect(await app.database.prisma.clusteringResult.count()).toBe(0); // nothing was started
    const { clusterEmbeddings: outcome } = await send(mutation);
    return { estimate, outcome };
  } finally {
    await server.stop(0);
  }
}

test("an estimate has the number of embeddings, the defaults, and what the clustering takes", async () => {
  const { estimate, outcome } = await estimateAndStart({});
  expect(estimate).toEqual({
    embeddingCount: 30,
    ...outcome.parameters,
    seconds: expect.any(Number),
    bytes: expect.any(Number),
    error: null,
  });
  expect(estimate.seconds).toBeGreaterThan(0);
  expect(estimate.bytes).toBeGreaterThan(30 * 4 * 4); // at least the vectors
});

test("it counts what the filter selects, and takes the given sizes", async () => {
  const filter = { sequenceNumber: { min: 10 }, everyNth: 2 };
  const { estimate, outcome } = await estimateAndStart({ filter, minClusterSize: 4, minSamples: 2 });
  expect(estimate).toMatchObject({ embeddingCount: 10, minClusterSize: 4, minSamples: 2, error: null });
  expect(outcome.parameters).toEqual({ minClusterSize: 4, minSamples: 2 });
});

const nothing = { minClusterSize: null, minSamples: null, seconds: null, bytes: null };

test.each([
  ["an unknown model", { embeddingModel: "Nobody" }, null, "InvalidInputError"],
  ["a wrong parameter", { minClusterSize: 1 }, null, "InvalidInputError"],
  [
    "a parameter that does not suit the number",
    { minClusterSize: 6, maxClusterSize: 5 },
    null,
    "InvalidInputError",
  ],
  ["too few embeddings", { minClusterSize: 31 }, 30, "NotEnoughEmbeddingsError"],
  ["too many samples", { minSamples: 31 }, 30, "NotEnoughEmbeddingsError"],
  ["more dimensions than there are", { reduction: { dimensions: 9 } }, 30, "InvalidInputError"],
])("its error is that of clusterEmbeddings: %s", async (_, input, embeddingCount, typename) => {
  const { estimate, outcome } = await estimateAndStart(input);
  expect(estimate).toMatchObject({ ...nothing, embeddingCount, error: outcome });
  expect(outcome.__typename).toBe(typename);
});

test("an estimate above the server's limits says by how much, and what would fit", async () => {
  const { estimate, outcome } = await estimateAndStart({}, { MEDOID_CLUSTERING_SECONDS_LIMIT: "0.000001" });
  expect(outcome.__typename).toBe("ResourceLimitError");
  expect(estimate).toMatchObject({
    embeddingCount: 30,
    minClusterSize: 5,
    error: { ...outcome, suggestion: null },
  });
  expect(estimate.seconds).toBeGreaterThan(0.000001);
});
