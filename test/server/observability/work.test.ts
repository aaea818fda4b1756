import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Database } from "../../../src/database/database.js";
import { version } from "../../../src/runtime/version.js";
import { executeInProcess } from "../../../src/server/inProcess.js";
import { createServer, type MedoidServer } from "../../../src/server/server.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../../temporaryApp.js";

let temporary: TemporaryApp;
let server: MedoidServer;
let address: string;
beforeEach(async () => {
  temporary = await openTemporaryApp();
  server = createServer(temporary.app);
  address = await server.listen(0, "127.0.0.1");
});
afterEach(async () => {
  await server.stop(0);
  await temporary.close();
});

const metricsText = async () => (await fetch(`${address}/metrics`)).text();

async function metric(series: string): Promise<number> {
  return Number(
    (await metricsText())
      .split("\n")
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length),
  );
}

describe("/metrics", () => {
  test("shows the version of Medoid and of Node", async () => {
    const node = process.versions.node;
    expect(await metric(`medoid_build_info{version="${version}",node="${node}"}`)).toBe(1);
  });

  test("counts the statements of the server's thread", async () => {
    const { app } = temporary;
    const { statementCount } = app.database;
    const before = statementCount();
    await executeInProcess(app, { query: "{ embeddingModels { name } }" });
    const after = statementCount();
    expect(after - before).toBe(1);
    const exported = await metric("medoid_sql_statements_total");
    expect(exported).toBeGreaterThanOrEqual(after);
    expect(exported).toBeLessThanOrEqual(statementCount());
  });

  test("sums the seconds of analyses by what was computed, and shows the trees that are held", async () => {
    const { app } = temporary;
    await writeRun(app, groupedRows(3, 20));
    await app.queue.start();
    const start = `mutation { work: clusterEmbeddings(input: { embeddingModel: "Model" }) { ... on ClusteringResult { id } } }`;
    const { data } = (await executeInProcess(app, { query: start })) as { data: { work: { id: string } } };
    const id = data.work.id.split(":")[1];
    const state = async () => (await app.database.prisma.job.findUniqueOrThrow({ where: { id } })).status;
    await expect.poll(state, { timeout: 200_000, interval: 20 }).toBe("SUCCEEDED");
    expect(await metric("medoid_tree_cache_bytes")).toBe(0);
    const sweep = `query ($id: ID!) { clusteringResult(id: $id) { sweep(input: { minClusterSizes: [5] }) { clusterCount } } }`;
    await executeInProcess(app, { query: sweep, variables: { id } });
    expect(await metric("medoid_tree_cache_bytes")).toBe((await app.analyses.loadTree(id))!.bytes.byteLength);
    for (const analysis of ["load", "sweep"]) {
      expect(await metric(`medoid_analysis_seconds_total{analysis="${analysis}"}`)).toBeGreaterThan(0);
    }
  });

  const stagesOf = async (kind: string) =>
    [...(await metricsText()).matchAll(/^medoid_engine_seconds_total\{kind="(\w+)",stage="(\w+)"\} (\S+)$/gm)]
      .filter(([, found]) => found === kind)
      .map(([, , stage, seconds]) => ({ stage, seconds: Number(seconds) }));

  test.each([
    [
      "clustering",
      `clusterEmbeddings(input: { embeddingModel: "Model" }) { ... on ClusteringResult { id } }`,
      ["PREPARING", "NEIGHBOURS", "SPANNING_TREE", "CLUSTERS", "MEDOIDS"],
    ],
    [
      "map",
      `mapEmbeddings(input: { embeddingModel: "Model" }) { ... on EmbeddingMap { id } }`,
      ["PREPARING", "NEIGHBOURS", "GRAPH", "STEPS", "TRUSTWORTHINESS"],
    ],
    [
      "map",
      `mapEmbeddings(input: { embeddingModel: "Model", method: PCA }) { ... on EmbeddingMap { id } }`,
      ["PREPARING", "COMPONENTS", "TRUSTWORTHINESS"],
    ],
  ])("sums the engine's seconds of a %s by stage, and only these: %s", async (kind, mutation, stages) => {
    const { app } = temporary;
    await writeRun(app, groupedRows(3, 20));
    await app.queue.start();
    const begun = performance.now();
    const { data } = (await executeInProcess(app, { query: `mutation { work: ${mutation} }` })) as {
      data: { work: { id: string } };
    };
    const id = data.work.id.split(":")[1];
    for await (const _ of app.changes.watch(id, AbortSignal.timeout(200_000))) {
      if ((await app.database.prisma.job.findUniqueOrThrow({ where: { id } })).status === "SUCCEEDED") break;
    }
    const waited = (performance.now() - begun) / 1000;
    const measured = await stagesOf(kind);
    expect(measured.map(({ stage }) => stage)).toEqual(stages);
    expect(measured.every(({ seconds }) => seconds > 0)).toBe(true);
    expect(measured.reduce((sum, { seconds }) => sum + seconds, 0)).toBeLessThan(waited);
    expect(await stagesOf(kind === "map" ? "clustering" : "map")).toEqual([]);
  });
});

describe("/health", () => {
  const health = async (check: string) => {
    const response = await fetch(`${address}/health/${check}`);
    return [response.status, await response.json()];
  };

  test("live as soon as it responds; ready once the queue runs", async () => {
    expect(await health("live")).toEqual([200, { live: true, version }]);
    const state = { ready: false, database: "answers", queue: "does not run", stopping: false, version };
    expect(await health("ready")).toEqual([503, state]);
    await temporary.app.queue.start();
    expect(await health("ready")).toEqual([200, { ...state, ready: true, queue: "runs" }]);
    await temporary.app.queue.stop();
    expect(await health("ready")).toEqual([503, state]);
  });

  test("not ready if the database does not respond, but still live", async () => {
    await temporary.app.queue.start();
    const { app } = temporary;
    const database = app.database as { -readonly [name in keyof Database]: Database[name] };
    const original = database.read;
    database.read = () => Promise.reject(new Error("gone"));
    const state = {
      ready: false,
      database: "does not answer",
      problem: "The database's tables cannot be read.",
      queue: "runs",
      stopping: false,
      version,
    };
    expect(await health("ready")).toEqual([503, state]);
    expect(await health("live")).toEqual([200, { live: true, version }]);
    database.read = original;
  });
});
