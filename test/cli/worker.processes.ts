import { createClient } from "graphql-sse";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { version } from "../../src/runtime/version.js";
import { allEnded } from "../cluster/checkEveryRow.js";
import { ask, startClustering } from "../cluster/client.js";
import { type FaultPoint, faultPoint, untilReached } from "../cluster/faultPoint.js";
import { type RunningProcess, startProcess, startServer, startWorker } from "../cluster/medoidProcess.js";
import { openTestDatabase, type TestDatabase } from "../cluster/testDatabase.js";
import { runMedoid } from "./runMedoid.js";

let database: TestDatabase;
const running: RunningProcess[] = [];
const keep = <Process extends RunningProcess>(process: Process): Process => {
  running.push(process);
  return process;
};

beforeEach(async () => {
  database = await openTestDatabase();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.end("SIGTERM")));
  await database.close();
});

const atNeighbours: FaultPoint = { name: "NEIGHBOURS", count: 1, inside: false };

describe("medoid worker", () => {
  test("--help names its options and the settings", async () => {
    const { code, stdout, stderr } = await runMedoid(database.url, "worker", "--help");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    for (const word of ["--concurrency", "--port", "--host", "MEDOID_CLUSTERING_CONCURRENCY"]) {
      expect(stdout).toContain(word);
    }
  });

  test.each([
    ["--concurrency", "0", "It must be 1 or more."],
    ["--concurrency", "two", "whole number"],
    ["--port", "70000", "65535"],
  ])("%s %s is refused, and nothing is started", async (option, value, reason) => {
    const { code, stdout, stderr } = await runMedoid(database.url, "worker", option, value);
    expect(code).not.toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toContain(option);
    expect(stderr).toContain(reason);
  });

  test("--concurrency sets how many clusterings it computes at a time", async () => {
    const server = keep(await startServer(database, { computes: false }));
    const ids = [await startClustering(server.url), await startClustering(server.url)];
    ids.push(await startClustering(server.url));
    // Each of its engine's threads is paused.
    const worker = keep(
      startProcess(database, faultPoint(atNeighbours, 2_000), "worker", "--concurrency", "2"),
    );
    await worker.printed(/Computing clusterings and maps, 2 at a time/);

    let most = 0;
    for (;;) {
      const rows = await database.query<{ status: string }>(`SELECT "status" FROM "ClusteringResult"`);
      most = Math.max(most, rows.filter(({ status }) => status === "RUNNING").length);
      if (rows.every(({ status }) => status === "SUCCEEDED")) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(most).toBe(2);
    expect(ids).toHaveLength(3);
  });

  test("--port serves health and metrics, but not the API; SIGTERM ends it", async () => {
    const worker = keep(startProcess(database, {}, "worker", "--port", "0"));
    const [, base] = await worker.printed(/Health and metrics: (http:\S+)\/health\/ready.*\nComputing/);

    const get = (path: string) => fetch(`${base}${path}`);
    expect((await get("/health/live")).status).toBe(200);
    const ready = await get("/health/ready");
    expect([ready.status, await ready.json()]).toMatchObject([200, { ready: true, version }]);
    const metrics = await (await get("/metrics")).text();
    expect(metrics).toMatch(/^medoid_clusterings\{/m);
    expect(metrics).toContain(`medoid_build_info{version="${version}",`);
    expect((await get("/graphql")).status).toBe(404);

    await worker.end("SIGTERM");
    expect(worker.child.exitCode).toBe(0);
  });

  test.each([["worker"], ["serve", "--port", "0"]])(
    "the log of %s begins with the version",
    async (...args) => {
      const started = keep(startProcess(database, { environment: { MEDOID_LOG_LEVEL: "info" } }, ...args));
      await started.printed(/Ctrl-C/);
      await started.end("SIGTERM");
      const { stderr } = await started.child.finished;
      const first = JSON.parse(stderr.slice(0, stderr.indexOf("\n")));
      expect(first).toMatchObject({ version, node: process.versions.node, msg: "Medoid starts" });
    },
  );

  test("a subscriber at one server follows a clustering that was started through another and is computed on a worker", async () => {
    const [starting, followed] = (
      await Promise.all([1, 2].map(() => startServer(database, { computes: false })))
    ).map(keep);
    const id = await startClustering(starting.url);
    const states = follow(followed.url, id);
    expect((await states.next()).value).toMatchObject({ status: "QUEUED" });

    // It is paused for longer than the interval at which a server on SQLite polls for changes.
    keep(await startWorker(database, faultPoint(atNeighbours, 1_000)));

    const seen: Progress[] = [];
    for await (const state of states) seen.push(state);
    expect(seen.map(({ status }) => status)).toContain("RUNNING");
    expect(seen.at(-1)).toEqual({ status: "SUCCEEDED", progress: 1 });
    const steps = seen.map(({ progress }) => progress);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
  });

  test("a worker stops computing a clustering that is cancelled through any server", async () => {
    const [starting, cancelling] = (
      await Promise.all([1, 2].map(() => startServer(database, { computes: false })))
    ).map(keep);
    const worker = keep(await startWorker(database, faultPoint(atNeighbours, 1_000)));
    const reached = untilReached(worker, atNeighbours);
    const id = await startClustering(starting.url);
    await reached;
    const states = follow(starting.url, id);

    const response = await ask(
      cancelling.url,
      `mutation ($id: ID!) { cancelClustering(id: $id) { ... on ClusteringResult { status } } }`,
      { id },
    );

    expect(response).toEqual({ cancelClustering: { status: "CANCELLED" } });
    let last: Progress | undefined;
    for await (const state of states) last = state;
    expect(last).toMatchObject({ status: "CANCELLED" });
    // The worker is free for the next clustering.
    const next = await startClustering(starting.url);
    await allEnded(database);
    const rows = await database.query(`SELECT "status" FROM "ClusteringResult" WHERE "id" = ?`, next);
    expect(rows).toEqual([{ status: "SUCCEEDED" }]);
  });
});

interface Progress {
  status: string;
  progress: number;
}

const progressSubscription = /* GraphQL */ `
  subscription ($id: ID!) { clusteringProgress(id: $id) { status progress } }
`;

/** What a subscriber receives, until the last event. */
async function* follow(url: string, id: string): AsyncGenerator<Progress> {
  const events = createClient({ url, retryAttempts: 0 }).iterate<{ clusteringProgress: Progress }>({
    query: progressSubscription,
    variables: { id },
  });
  for await (const { data, errors } of events) {
    expect(errors).toBeUndefined();
    yield data!.clusteringProgress;
  }
}
