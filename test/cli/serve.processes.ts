import { setTimeout as delay } from "node:timers/promises";
import { v7 as uuid } from "uuid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openApp } from "../../src/app.js";
import { createTestDatabase } from "../testDatabase.js";
import { printed, runMedoid, spawnMedoid } from "./runMedoid.js";

/** Uniform noise: no bound prunes it, so that a clustering takes seconds and can be observed while it runs. */
const rows = 12_000;
const dimensions = 128;
const withNoise = await createTestDatabase({ migrated: false });
beforeAll(async () => {
  const app = await openApp({ databaseUrl: withNoise.url });
  const numbers = Float32Array.from({ length: rows * dimensions }, pseudoRandom(1));
  await app.database.bulk.recordRuns([
    {
      id: uuid(),
      network: ["Noise"],
      initialPrompt: "noise",
      seed: null,
      maxLength: null,
      metadata: null,
      invocations: Array.from({ length: rows }, (_, sequenceNumber) => ({
        id: uuid(),
        sequenceNumber,
        model: "Noise",
        type: "TEXT" as const,
        seed: null,
        inputInvocationId: null,
        outputText: `text ${sequenceNumber}`,
        outputImage: null,
        startedAt: null,
        completedAt: null,
        externalId: null,
        metadata: null,
        embeddings: [
          {
            id: uuid(),
            embeddingModel: "Noise",
            vector: numbers.slice(sequenceNumber * dimensions, (sequenceNumber + 1) * dimensions),
          },
        ],
      })),
    },
  ]);
  await app.close();
});

/** Numbers from -0.5 to 0.5, the same for the same seed. */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}

/** Copies of the database, one for each test, so that tests that mostly wait can run concurrently. */
const databases = [withNoise];
async function copiedDatabase(): Promise<string> {
  const database = await createTestDatabase({ copyOf: withNoise });
  databases.push(database);
  return database.url;
}
afterAll(async () => {
  for (const database of databases) await database.drop();
});

async function startServer(databaseUrl: string) {
  const child = spawnMedoid(databaseUrl, "serve", "--port", "0");
  const [url] = await printed(child, /http:\S+\/graphql/);
  async function post(query: string, variables: object = {}) {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }
  return { child, post };
}

const startMutation = /* GraphQL */ `
  mutation { clusterEmbeddings(input: { embeddingModel: "Noise" }) { ... on ClusteringResult { id } } }
`;
const stateQuery = /* GraphQL */ `
  query State($id: ID!) {
    clusteringResult(id: $id) {
      status stage attempt clusterCount
      clusters(first: 500) { totalCount edges { node { size medoidEmbedding { id } members(first: 1) { totalCount } } } }
    }
  }
`;

/** The result once its status is one of these. */
async function until(post: Awaited<ReturnType<typeof startServer>>["post"], id: string, statuses: string[]) {
  for (;;) {
    const { clusteringResult } = await post(stateQuery, { id });
    if (statuses.includes(clusteringResult.status)) return clusteringResult;
    await delay(10);
  }
}

describe("a server killed during a clustering", () => {
  it.concurrent.each([0, 400])(
    "loses nothing: after the next start it finishes (killed after %i ms)",
    async (wait) => {
      const databaseUrl = await copiedDatabase();
      const first = await startServer(databaseUrl);
      const { id } = (await first.post(startMutation)).clusterEmbeddings;
      await until(first.post, id, ["RUNNING"]);
      await delay(wait);
      first.child.kill("SIGKILL");
      await first.child.finished;

      const second = await startServer(databaseUrl);
      const result = await until(second.post, id, ["SUCCEEDED", "FAILED", "CANCELLED"]);
      second.child.kill("SIGTERM");
      const { code } = await second.child.finished;

      expect(result).toMatchObject({ status: "SUCCEEDED", attempt: 2 });
      expect(result.clusterCount).toBeGreaterThan(0);
      expect(result.clusters.totalCount).toBe(result.clusterCount);
      for (const { node } of result.clusters.edges) expect(node.members.totalCount).toBe(node.size);
      expect(code).toBe(0);
    },
  );
});

describe("a server that receives SIGTERM during a clustering", () => {
  it.concurrent("hands the clustering back, and the next server finishes it", async () => {
    const databaseUrl = await copiedDatabase();
    const first = await startServer(databaseUrl);
    const { id } = (await first.post(startMutation)).clusterEmbeddings;
    await until(first.post, id, ["RUNNING"]);
    first.child.kill("SIGTERM");
    expect((await first.child.finished).code).toBe(0);

    const second = await startServer(databaseUrl);
    expect(await until(second.post, id, ["SUCCEEDED", "FAILED"])).toMatchObject({ status: "SUCCEEDED" });
    second.child.kill("SIGTERM");
    await second.child.finished;
  });
});

describe("cluster while a server uses the same database", () => {
  it.concurrent("waits for the same result, whichever of the two processes computes it", async () => {
    const databaseUrl = await copiedDatabase();
    const server = await startServer(databaseUrl);
    const results = await Promise.all([
      runMedoid(databaseUrl, "cluster", "--json"),
      runMedoid(databaseUrl, "cluster", "--json"),
    ]);
    server.child.kill("SIGTERM");
    await server.child.finished;

    const walks = results.map(({ stdout, stderr }) => {
      expect(stderr).not.toMatch(/Error/);
      return JSON.parse(stdout).clusteringResult;
    });
    const content = walks.map(({ id: _, clusters }) =>
      clusters.edges.map(({ node }: { node: { medoidInvocation: { id: string }; size: number } }) => [
        node.medoidInvocation.id,
        node.size,
      ]),
    );
    expect(content[0].length).toBeGreaterThan(0);
    expect(content[1]).toEqual(content[0]);
  });
});

describe("Ctrl-C during cluster", () => {
  it.concurrent("cancels the clustering, of which nothing is stored", async () => {
    const databaseUrl = await copiedDatabase();
    const child = spawnMedoid(databaseUrl, "cluster");
    const server = await startServer(databaseUrl);
    let id: string | undefined;
    while (!id) {
      const data = await server.post(`{ clusteringResults(first: 1) { edges { node { id } } } }`);
      id = data.clusteringResults.edges[0]?.node.id;
    }
    child.kill("SIGINT");
    const { code, stderr } = await child.finished;
    const result = await until(server.post, id, ["SUCCEEDED", "FAILED", "CANCELLED"]);
    server.child.kill("SIGTERM");
    await server.child.finished;

    expect(stderr).toContain("Cancelled");
    expect(code).toBe(130);
    expect(result).toMatchObject({ status: "CANCELLED", clusterCount: null });
    expect(result.clusters.totalCount).toBe(0);
  });
});
