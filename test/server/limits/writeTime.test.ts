import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { v7 as newUuid } from "uuid";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { BulkStore } from "../../../src/database/bulkStore.js";
import type { RunRecord } from "../../../src/database/recording/runRecord.js";
import { openConnection } from "../../../src/database/sqlite/connection.js";
import { abortAfter } from "../../../src/runtime/deadline.js";
import {
  type Fixture,
  id,
  openFixture,
  uuid,
  writeClustering,
  writeQueuedClustering,
  writeQueuedMap,
  writeRuns,
} from "../../fixtures.js";
import { recordedRows } from "../../recordedRows.js";
import { testedKind } from "../../testDatabase.js";
import { type LimitedServer, serveLimited } from "./limitedServer.js";

let fixture: Fixture;
let server: LimitedServer | undefined;
beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 4 });
  await writeClustering(fixture, { result: 0, embeddings: 10, assign: () => ({ label: 0 }) });
});
afterEach(async () => {
  await server?.stop(0);
  server = undefined;
});
afterAll(async () => {
  expect(fixture.internalErrors).toEqual([]);
  await fixture.close();
});

/** Everything that one of these mutations could change. */
async function everything() {
  const results = await fixture.prisma.clusteringResult.findMany({ orderBy: { id: "asc" } });
  const maps = await fixture.prisma.embeddingMap.findMany({ orderBy: { id: "asc" } });
  const jobs = await fixture.prisma.job.findMany({ orderBy: { id: "asc" } });
  const assignments = await fixture.prisma.clusterAssignment.count();
  return { recorded: await recordedRows(fixture.app), results, maps, jobs, assignments };
}

/** Prevents other connections from writing, on a connection of its own. @returns a function that ends that */
async function holdWrites(): Promise<() => Promise<void>> {
  const { url } = fixture.app.database;
  if (testedKind === "sqlite") {
    const other = openConnection(url);
    other.exec("BEGIN IMMEDIATE");
    return async () => {
      other.exec("ROLLBACK");
      other.close();
    };
  }
  const other = new pg.Client(url);
  await other.connect();
  await other.query(`BEGIN; LOCK TABLE "Run", "Invocation", "ClusteringResult" IN EXCLUSIVE MODE`);
  return () => other.end();
}

/**
 * Prevents other connections from writing, without needing this thread's event loop to end that.
 * @param seconds how long at least
 * @returns a function to call after that time
 */
async function holdWritesOnItsOwn(seconds: number): Promise<() => void> {
  const { url } = fixture.app.database;
  if (testedKind === "sqlite") {
    const other = openConnection(url);
    other.exec("BEGIN IMMEDIATE");
    return () => {
      other.exec("ROLLBACK");
      other.close();
    };
  }
  const other = new pg.Client(url);
  await other.connect();
  await other.query(`BEGIN; LOCK TABLE "Run" IN EXCLUSIVE MODE`);
  const over = other.query(`SELECT pg_sleep(${seconds}); COMMIT`);
  over.finally(() => other.end());
  return () => {};
}

const runId = newUuid();
const recording = `mutation { recordTrajectories(input: { runs: [
  { id: "${runId}", network: ["m"], initialPrompt: "p", invocations: [{ sequenceNumber: 0, model: "m", type: TEXT, outputText: "t" }] }
] }) { __typename ... on RecordedTrajectories { runCount runs { id invocations { totalCount } } } } }`;

const timeOver = { code: "REQUEST_LIMIT", limit: "SECONDS", maximum: 0.3 };

const clusterEmbeddings = [
  "clusterEmbeddings",
  `mutation { clusterEmbeddings(input: { embeddingModel: "words" }) { __typename } }`,
];

describe("a mutation whose time is over while another connection writes", () => {
  test.each([
    ["recordTrajectories", recording],
    ["deleteRun", `mutation { deleteRun(id: "${id("Run", 3)}") { __typename } }`],
    [
      "deleteClusteringResult",
      `mutation { deleteClusteringResult(id: "${id("ClusteringResult", 0)}") { __typename } }`,
    ],
    // A statement of Prisma waits as long as PostgreSQL lets writers wait, until its own time is over.
    ...(testedKind === "sqlite" ? [clusterEmbeddings] : []),
  ])("is refused, and writes nothing later: %s", async (mutation, query) => {
    server = await serveLimited(fixture, { limitSeconds: 0.3 });
    await server.post({ query: "{ __typename }" }); // the keys are read
    const before = await everything();
    const letWrite = await holdWrites();
    const { status, json } = await server.post({ query });
    await letWrite();
    expect([status, json.data]).toEqual([200, { [mutation]: null }]);
    expect(json.errors).toMatchObject([{ path: [mutation], extensions: timeOver }]);
    expect(server.rejections.count("SECONDS")).toBe(1);
    await delay(300);
    expect(await everything()).toEqual(before);
  });
});

/** Keeps this thread from doing anything else, its timers included. */
function blockThread(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describe("a mutation whose time is over while the process is too busy for its timers", () => {
  beforeAll(async () => {
    await writeQueuedClustering(fixture, 9);
    await writeQueuedMap(fixture, 9);
  });

  test.each([
    clusterEmbeddings,
    ["mapEmbeddings", `mutation { mapEmbeddings(input: { embeddingModel: "words" }) { __typename } }`],
    ["cancelClustering", `mutation { cancelClustering(id: "${id("ClusteringResult", 9)}") { __typename } }`],
    ["cancelMap", `mutation { cancelMap(id: "${id("EmbeddingMap", 9)}") { __typename } }`],
  ])("is refused before its transaction is committed: %s", async (mutation, query) => {
    const { app } = fixture;
    const before = await everything();
    // biome-ignore lint/suspicious/noExplicitAny: the extended client has another type
    const prisma: any = fixture.prisma.$extends({
      query: {
        job: {
          async $allOperations({ args, query, operation }) {
            const written = await query(args);
            if (/^(create|update)/.test(operation)) blockThread(400);
            return written;
          },
        },
      },
    });
    server = await serveLimited(
      { ...fixture, app: { ...app, database: { ...app.database, prisma } } },
      { limitSeconds: 0.3 },
    );
    const { json } = await server.post({ query });
    expect(json.data).toEqual({ [mutation]: null });
    expect(json.errors).toMatchObject([{ path: [mutation], extensions: timeOver }]);
    expect(await everything()).toEqual(before);
  });

  test("is stopped by the thread that writes, whose clock is the same", async () => {
    const { bulk } = fixture.app.database;
    const run = { id: newUuid(), network: ["m"], initialPrompt: "p", seed: null, maxLength: null };
    const record = { ...run, metadata: null, invocations: [] };
    await bulk.recordRuns([], {}); // a thread has started
    const controller = new AbortController();
    const reason = new Error("the time is over");
    const letWriteAfter = await holdWritesOnItsOwn(0.5);
    abortAfter(controller, 200, () => reason);
    const recorded = bulk.recordRuns([record], { signal: controller.signal }).catch((error) => error);
    blockThread(500);
    letWriteAfter();
    blockThread(500);
    expect(await recorded).toBe(reason);
    expect(await fixture.prisma.run.count({ where: { id: record.id } })).toBe(0);
  });
});

test("a mutation is not begun for a client that disconnected while its request was waiting", async () => {
  server = await serveLimited(fixture);
  await server.post({ query: "{ __typename }" }); // the keys are read
  const body = JSON.stringify({ query: recording.replaceAll(runId, newUuid()) });
  const before = await everything();
  const socket = connect(Number(new URL(server.address).port), "127.0.0.1");
  await once(socket, "connect");
  await delay(50); // the server has accepted the connection
  const head = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  socket.destroy();
  await delay(300);
  await server.stop(5);
  server = undefined;
  expect(await everything()).toEqual(before);
});

/** Enough for a write on a busy machine; the tests wait until it is over. */
const writeSeconds = 3;

/** Records, and returns only when the operation's time is over. */
function recordUntilOver(bulk: BulkStore): BulkStore["recordRuns"] {
  return async (runs, options) => {
    const counts = await bulk.recordRuns(runs, options);
    const { signal } = options!;
    if (!signal!.aborted) await once(signal!, "abort");
    return counts;
  };
}

test("a mutation that had written everything when its time was over returns what it did", async () => {
  const { app } = fixture;
  const { bulk } = app.database;
  const database = { ...app.database, bulk: { ...bulk, recordRuns: recordUntilOver(bulk) } };
  server = await serveLimited({ ...fixture, app: { ...app, database } }, { limitSeconds: writeSeconds });
  const { status, json } = await server.post({ query: recording });
  const runs = [{ id: `Run:${runId}`, invocations: { totalCount: 1 } }];
  expect(json.data).toEqual({
    recordTrajectories: { __typename: "RecordedTrajectories", runCount: 1, runs },
  });
  expect([status, json.errors]).toEqual([200, undefined]);
});

test("of several mutations, those before the time was over return their data, and none is started afterwards", async () => {
  const { app } = fixture;
  const { bulk } = app.database;
  const recordRuns = recordUntilOver(bulk);
  let begun = 0;
  const deleteRuns: typeof bulk.deleteRuns = (...given) => {
    begun++;
    return bulk.deleteRuns(...given);
  };
  const database = { ...app.database, bulk: { ...bulk, recordRuns, deleteRuns } };
  server = await serveLimited({ ...fixture, app: { ...app, database } }, { limitSeconds: writeSeconds });
  const other = newUuid();
  const { status, json } = await server.post({
    query: `mutation { first: ${recording.slice("mutation { ".length, -1).replaceAll(runId, other)}
      second: deleteRun(id: "${id("Run", 2)}") { __typename }
      third: deleteRun(id: "${id("Run", 3)}") { __typename } }`,
  });
  const runs = [{ id: `Run:${other}`, invocations: { totalCount: 1 } }];
  const first = { __typename: "RecordedTrajectories", runCount: 1, runs };
  expect([status, json.data, begun]).toEqual([200, { first, second: null, third: null }, 0]);
  expect(json.errors).toMatchObject([
    { path: ["second"], extensions: { ...timeOver, maximum: writeSeconds } },
    { path: ["third"], extensions: { ...timeOver, maximum: writeSeconds } },
  ]);
  expect(server.rejections.count("SECONDS")).toBe(1);
  const left = await fixture.prisma.run.findMany({ select: { id: true } });
  expect(left.map((run) => run.id)).toEqual(expect.arrayContaining([other, uuid("Run", 2), uuid("Run", 3)]));
});

describe("a write that is stopped at any time was either completed, and returns so, or had no effect", () => {
  const invocations = 6000;
  const reason = new Error("the time is over");

  function largeRun(): RunRecord {
    return {
      id: newUuid(),
      network: ["m"],
      initialPrompt: "large",
      seed: null,
      maxLength: null,
      metadata: null,
      invocations: Array.from({ length: invocations }, (_, sequenceNumber) => ({
        id: newUuid(),
        sequenceNumber,
        model: "m",
        type: "TEXT",
        seed: null,
        inputInvocationId: undefined,
        outputText: `text ${sequenceNumber}`,
        outputImage: null,
        startedAt: null,
        completedAt: null,
        externalId: null,
        metadata: null,
        embeddings: [{ id: newUuid(), embeddingModel: "words", vector: Float32Array.of(1, 2) }],
      })),
    };
  }
  const stored = (run: string) => fixture.prisma.invocation.count({ where: { runId: run } });
  const modelCount = async () =>
    (await fixture.prisma.embeddingModel.findUniqueOrThrow({ where: { name: "words" } })).embeddingCount;

  /** Stops later each time, until it comes too late. @returns how often it was stopped in time */
  async function stopEverLater(write: (signal: AbortSignal) => Promise<boolean>): Promise<number> {
    for (let stopped = 0, milliseconds = 1; ; stopped++, milliseconds = milliseconds * 2) {
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(reason), milliseconds);
      const done = await write(stop.signal);
      clearTimeout(timer);
      if (done) return stopped;
    }
  }

  test("recording and deleting a run", async () => {
    const { bulk } = fixture.app.database;
    const run = largeRun();
    const before = await modelCount();
    const recorded = await stopEverLater(async (signal) => {
      const outcome = await bulk.recordRuns([run], { signal }).catch((error) => error);
      expect(outcome === reason || outcome.invocationCount === invocations).toBe(true);
      expect(await stored(run.id)).toBe(outcome === reason ? 0 : invocations);
      expect(await modelCount()).toBe(outcome === reason ? before : before + invocations);
      return outcome !== reason;
    });
    expect(recorded).toBeGreaterThan(0);

    const deleted = await stopEverLater(async (signal) => {
      const outcome = await bulk
        .deleteRuns({ runIds: [run.id], importedFileId: null }, { signal })
        .catch((error) => error);
      expect(outcome === reason || outcome.usedBy.length === 0).toBe(true);
      expect(await stored(run.id)).toBe(outcome === reason ? invocations : 0);
      expect(await modelCount()).toBe(outcome === reason ? before + invocations : before);
      return outcome !== reason;
    });
    expect(deleted).toBeGreaterThan(0);
  });

  test("deleting a clustering", async () => {
    const { bulk } = fixture.app.database;
    const rows = () => fixture.prisma.clusterAssignment.count();
    const before = await rows();
    const result = uuid("ClusteringResult", 0);
    await expect(
      bulk.deleteFinished("ClusteringResult", result, { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
    expect(await rows()).toBe(before);
    expect(
      await bulk.deleteFinished("ClusteringResult", result, { signal: new AbortController().signal }),
    ).toBe(true);
    expect(await rows()).toBe(0);
  });

  test("counting", async () => {
    const { bulk } = fixture.app.database;
    const selection = { embeddingModelId: uuid("EmbeddingModel", 0) };
    expect(await bulk.countEmbeddings(selection, { signal: new AbortController().signal })).toBe(20);
    const signal = AbortSignal.abort(reason);
    await expect(bulk.countEmbeddings(selection, { signal })).rejects.toBe(reason);
    await expect(bulk.countDistinctTexts(selection, { signal })).rejects.toBe(reason);
  });
});
