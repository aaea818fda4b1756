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

async function metric(series: string): Promise<number> {
  const text = await (await fetch(`${address}/metrics`)).text();
  return Number(
    text
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

  test("sums the engine's seconds by stage", async () => {
    await writeRun(temporary.app, groupedRows(3, 20));
    await temporary.app.queue.start();
    const begun = performance.now();
    const response = await fetch(`${address}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        query: `mutation { clusterEmbeddings(input: { embeddingModel: "Model" }) { ... on ClusteringResult { id } } }`,
      }),
    });
    const { data } = (await response.json()) as { data: { clusterEmbeddings: { id: string } } };
    const watch = await fetch(`${address}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify({
        query: `subscription { clusteringProgress(id: "${data.clusterEmbeddings.id}") { status } }`,
      }),
    });
    expect(await watch.text()).toContain("SUCCEEDED");
    expect(await metric('medoid_clusterings{status="SUCCEEDED"}')).toBe(1);
    const waited = (performance.now() - begun) / 1000;
    let computed = 0;
    for (const stage of ["PREPARING", "NEIGHBOURS", "SPANNING_TREE", "CLUSTERS", "MEDOIDS"]) {
      const seconds = (await metric(`medoid_engine_seconds_total{stage="${stage}"}`))!;
      expect(seconds, stage).toBeGreaterThan(0);
      computed += seconds;
    }
    expect(computed).toBeLessThan(waited);
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
