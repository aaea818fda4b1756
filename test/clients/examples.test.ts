import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterAndWatch } from "../../examples/typescript/clusterAndWatch.js";
import { everyRun } from "../../examples/typescript/everyRun.js";
import { printWalk } from "../../examples/typescript/printWalk.js";
import { createServer, type MedoidServer } from "../../src/server/server.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";

// The examples show what a client does: typed documents, graphql-request, graphql-sse, over HTTP.

let temporary: TemporaryApp;
let server: MedoidServer;
let url: string;

beforeAll(async () => {
  temporary = await openTemporaryApp();
  await writeRun(temporary.app, groupedRows(3, 20), { model: "Words" });
  await writeRun(temporary.app, groupedRows(2, 2), { model: "Few" });
  await temporary.app.queue.start();
  server = createServer(temporary.app);
  url = `${await server.listen(0, "127.0.0.1")}/graphql`;
});
afterAll(async () => {
  await server.stop(0);
  await temporary.close();
});

async function walk() {
  const lines: string[] = [];
  await printWalk(url, (line) => lines.push(line));
  return lines;
}

describe("a client", () => {
  test("receives null while nothing has been clustered", async () => {
    expect(await walk()).toEqual(["Nothing is clustered yet."]);
  });

  test("starts a clustering, watches it to its end, and walks", async () => {
    const states: { status: string; progress: number }[] = [];
    const { id, state } = await clusterAndWatch(
      url,
      { embeddingModel: "Words", minClusterSize: 5, idempotencyKey: "once" },
      (state) => states.push(state),
    );
    expect(id).toMatch(/^ClusteringResult:/);
    expect(state).toEqual({ status: "SUCCEEDED", stage: null, progress: 1, clusterCount: 3, failure: null });
    expect(["QUEUED", "RUNNING"]).toContain(states[0].status);
    expect(states.at(-1)).toEqual(state);
    const progress = states.map((state) => state.progress);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));

    const [count, first, origin] = await walk();
    expect(count).toBe("3 clusters of 60 embeddings");
    expect(first).toMatch(/^33\.3 % {2}text \d+$/);
    expect(origin).toMatch(/^ {2}step \d+ of the run from "a prompt", by Painter$/);
  });

  test("that retries with its idempotency key gets the same clustering", async () => {
    const input = { embeddingModel: "Words", minClusterSize: 5, idempotencyKey: "again" };
    const first = await clusterAndWatch(url, input, () => {});
    const states: unknown[] = [];
    expect(await clusterAndWatch(url, input, (state) => states.push(state))).toEqual(first);
    expect(states).toHaveLength(1);
    await expect(clusterAndWatch(url, { ...input, minClusterSize: 6 }, () => {})).rejects.toThrow(
      "IDEMPOTENCY_CONFLICT: ",
    );
  });

  test("receives the errors that it can act on as data", async () => {
    await expect(clusterAndWatch(url, { embeddingModel: "Few" }, () => {})).rejects.toThrow(
      "NOT_ENOUGH_EMBEDDINGS: 4 embeddings match",
    );
    await expect(clusterAndWatch(url, { embeddingModel: "None" }, () => {})).rejects.toThrow(
      "INVALID_INPUT: ",
    );
  });

  test("reads every page of a connection exactly once", async () => {
    const all: string[] = [];
    for await (const { id } of everyRun(url)) all.push(id);
    const singly: string[] = [];
    for await (const { id } of everyRun(url, 1)) singly.push(id);
    expect(all).toHaveLength(2);
    expect(singly).toEqual(all);
  });
});
