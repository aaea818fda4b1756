import { cpSync, rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { printed, runMedoid, spawnMedoid, temporaryDatabase } from "./runMedoid.js";

const withSample = temporaryDatabase();
beforeAll(async () => {
  const { code, stderr } = await runMedoid(withSample.databaseUrl, "sample");
  if (code !== 0) throw new Error(stderr);
});
afterAll(() => rmSync(withSample.folder, { recursive: true }));

let folder: string;
let databaseUrl: string;
beforeEach(() => {
  ({ folder, databaseUrl } = temporaryDatabase());
  cpSync(withSample.folder, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

async function startServer() {
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
  mutation { clusterEmbeddings(input: { embeddingModel: "UniversalSentenceEncoder" }) { ... on ClusteringResult { id } } }
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
  it.each([0, 150, 600])(
    "loses nothing: after the next start it finishes (killed %i ms into it)",
    async (wait) => {
      const first = await startServer();
      const { id } = (await first.post(startMutation)).clusterEmbeddings;
      await until(first.post, id, ["RUNNING"]);
      await delay(wait);
      first.child.kill("SIGKILL");
      await first.child.finished;

      const second = await startServer();
      const result = await until(second.post, id, ["SUCCEEDED", "FAILED", "CANCELLED"]);
      second.child.kill("SIGTERM");
      const { code } = await second.child.finished;

      expect(result).toMatchObject({ status: "SUCCEEDED", clusterCount: 47 });
      expect(result.clusters.totalCount).toBe(47);
      for (const { node } of result.clusters.edges) expect(node.members.totalCount).toBe(node.size);
      expect(code).toBe(0);
    },
  );
});

describe("a server told to stop during a clustering", () => {
  it("hands it back, and the next one finishes it", async () => {
    const first = await startServer();
    const { id } = (await first.post(startMutation)).clusterEmbeddings;
    await until(first.post, id, ["RUNNING"]);
    first.child.kill("SIGTERM");
    expect((await first.child.finished).code).toBe(0);

    const second = await startServer();
    expect(await until(second.post, id, ["SUCCEEDED", "FAILED"])).toMatchObject({ status: "SUCCEEDED" });
    second.child.kill("SIGTERM");
    await second.child.finished;
  });
});

describe("cluster beside a server on one database", () => {
  it("waits for the same result, whichever of the two computes it", async () => {
    const server = await startServer();
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
    expect(content[0]).toHaveLength(5);
    expect(content[1]).toEqual(content[0]);
  });
});

describe("Ctrl-C during cluster", () => {
  it("cancels it, and nothing of it is stored", async () => {
    const child = spawnMedoid(databaseUrl, "cluster");
    const server = await startServer();
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
