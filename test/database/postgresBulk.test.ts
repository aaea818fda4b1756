import { execFile as execFileWithCallback } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { v7 as newUuid, v4 as randomUuid } from "uuid";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BulkStore, ClusteringToStore, EmbeddingSelection } from "../../src/database/bulkStore.js";
import { copyDatabase } from "../../src/database/copyDatabase.js";
import { readUuid } from "../../src/database/copyFormat/uuidBytes.js";
import type { Database } from "../../src/database/database.js";
import { EmbeddingUnreadableError, RecordConflictError } from "../../src/database/errors/bulkErrors.js";
import { openDatabase } from "../../src/database/openDatabase.js";
import { openPostgresBulkStore } from "../../src/database/postgres/postgresBulkStore.js";
import type { RunRecord } from "../../src/database/recording/runRecord.js";
import { clusteringJob } from "../../src/jobs/clustering/clusteringRow.js";
import { type DroppingProxy, startDroppingProxy } from "../postgres/droppingProxy.js";
import { recordedRows } from "../recordedRows.js";
import { createTestDatabase, type TestDatabase, testedKind } from "../testDatabase.js";

const execFile = promisify(execFileWithCallback);

/** A run whose invocations each have a text and, for each model, a vector. */
function runOf(
  invocations: number,
  models: Record<string, number>,
  fields: Partial<RunRecord> = {},
): RunRecord {
  return {
    ...{ id: randomUuid(), network: ["Painter"], initialPrompt: "a prompt", seed: null, maxLength: null },
    metadata: null,
    invocations: Array.from({ length: invocations }, (_, i) => ({
      ...{
        id: randomUuid(),
        sequenceNumber: 2 * i,
        model: i % 2 ? "Painter" : "Viewer",
        type: "TEXT" as const,
      },
      ...{ seed: null, inputInvocationId: undefined, outputText: i % 3 ? `text ${i % 4}` : null },
      ...{ outputImage: null, startedAt: null, completedAt: null, externalId: null, metadata: null },
      embeddings: Object.entries(models).map(([embeddingModel, dimensions]) => ({
        id: randomUuid(),
        embeddingModel,
        vector: Float32Array.from({ length: dimensions }, () => Math.random() - 0.5),
      })),
    })),
    ...fields,
  };
}

describe.skipIf(testedKind !== "postgresql")("reading and writing many rows on PostgreSQL", () => {
  let target: TestDatabase;
  let database: Database;
  let bulk: BulkStore;
  beforeEach(async () => {
    target = await createTestDatabase();
    database = await openDatabase(target.url);
    bulk = database.bulk;
  });
  afterEach(async () => {
    await database.close();
    await target.drop();
  });
  const modelId = async (name: string) =>
    (await database.prisma.embeddingModel.findUniqueOrThrow({ where: { name } })).id;

  describe("loading", () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "medoid-load-"));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    /** The same data on SQLite. */
    async function copied(): Promise<Database> {
      const url = `file:${join(folder, `${newUuid()}.db`)}`;
      const copy = await openDatabase(url);
      await copyDatabase(target.url, url);
      return copy;
    }

    test.each([
      ["few", 30, 4, false],
      ["enough rows for several threads, and statistics", 300, 800, true], // 12 runs of 300: 11.5 MB
    ])(
      "gives the same rows as SQLite, for any selection: %s",
      async (_, invocations, dimensions, statistics) => {
        const runs = Array.from({ length: 12 }, (_, i) =>
          runOf(
            invocations,
            { Words: dimensions, ...(i % 2 && { Others: 3 }), ...(i === 5 && { Few: 2 }) },
            {
              network: i % 3 ? ["Painter"] : ['A "quoted" one', "$1"],
              initialPrompt: `it's ${i % 4}`,
            },
          ),
        );
        for (const run of runs) await bulk.recordRuns([run]);
        // With statistics a whole model is read in a different way; but these describe only a few embeddings.
        if (statistics) await database.prisma.$executeRaw`ANALYZE "Invocation"`;
        const model = await modelId("Words");
        const selections: Partial<EmbeddingSelection>[] = [
          {},
          { embeddingModelId: await modelId("Others") },
          { embeddingModelId: await modelId("Few") },
          { runIds: [runs[3].id, runs[1].id] },
          { runIds: [] },
          { networks: [['A "quoted" one', "$1"]] },
          { initialPrompts: ["it's 1", "it's 3", "nothing"] },
          { models: ["Viewer"] },
          { sequenceNumber: { min: 4, max: 20 } },
          { sequenceNumber: { max: 0 } },
          { everyNth: 7 },
          { everyNth: 2, models: ["Painter"], sequenceNumber: { min: 3 }, runIds: runs.map(({ id }) => id) },
        ];
        const sqlite = await copied();
        try {
          for (const selection of selections) {
            const whole = { embeddingModelId: model, ...selection };
            const what = JSON.stringify(selection);
            const expected = await sqlite.bulk.loadEmbeddings(whole);
            const loaded = await bulk.loadEmbeddings(whole);
            expect(loaded.count, what).toBe(expected.count);
            expect(await bulk.digestEmbeddings(loaded), what).toBe(
              await sqlite.bulk.digestEmbeddings(expected),
            );
            expect(loaded.dimensions).toBe(expected.dimensions);
            expect(loaded.vectors.buffer).toBeInstanceOf(SharedArrayBuffer);
            expect(Buffer.from(loaded.ids).equals(expected.ids), what).toBe(true);
            expect(
              Buffer.from(new Uint8Array(loaded.vectors)).equals(
                Buffer.from(new Uint8Array(expected.vectors)),
              ),
            ).toBe(true);
            expect(await bulk.countEmbeddings(whole), what).toBe(expected.count);
            expect(await bulk.countDistinctTexts(whole), what).toBe(
              await sqlite.bulk.countDistinctTexts(whole),
            );
          }
        } finally {
          await sqlite.close();
        }
      },
    );

    test("gives each vector its place in canonical order, even if that is also the order in which they are stored", async () => {
      const runs = Array.from({ length: 8 }, () => runOf(300, { Words: 1100 })).sort((a, b) =>
        a.id < b.id ? -1 : 1,
      );
      await bulk.recordRuns(runs);
      const loaded = await bulk.loadEmbeddings({ embeddingModelId: await modelId("Words") });
      const inOrder = runs.flatMap(({ invocations }) => invocations.map(({ embeddings }) => embeddings[0]));
      expect(Array.from({ length: loaded.count }, (_, row) => readUuid(loaded.ids, 16 * row))).toEqual(
        inOrder.map(({ id }) => id),
      );
      expect(loaded.vectors.slice(-1100)).toEqual(inOrder.at(-1)?.vector);
      const sqlite = await copied();
      const expected = await sqlite.bulk.loadEmbeddings({ embeddingModelId: await modelId("Words") });
      expect(await bulk.digestEmbeddings(loaded)).toBe(await sqlite.bulk.digestEmbeddings(expected));
      await sqlite.close();
    });

    test("never holds the vectors twice", async () => {
      const dimensions = 480;
      const count = 100_000;
      const [run, model] = [randomUuid(), randomUuid()];
      const { prisma } = database;
      await prisma.run.create({ data: { id: run, network: "[]", initialPrompt: "" } });
      await prisma.embeddingModel.create({
        data: { id: model, name: "Words", dimensions, embeddingCount: count },
      });
      // The last ones come first. Each holds its number repeatedly, in bytes that are a finite float32.
      await prisma.$executeRawUnsafe(`
        INSERT INTO "Invocation" ("id", "runId", "sequenceNumber", "model", "type")
        SELECT gen_random_uuid(), '${run}', ${count} - n, 'Viewer', 'TEXT' FROM generate_series(1, ${count}) AS n`);
      await prisma.$executeRawUnsafe(`
        INSERT INTO "Embedding" ("id", "invocationId", "embeddingModelId", "vector")
        SELECT gen_random_uuid(), "id", '${model}', decode(repeat(lpad(to_hex("sequenceNumber"), 6, '0') || '3f', ${dimensions}), 'hex')
        FROM "Invocation"`);
      const script = `
        import { openDatabase } from ${JSON.stringify(new URL("../../dist/database/openDatabase.js", import.meta.url))};
        const { bulk, close } = await openDatabase(${JSON.stringify(target.url)});
        const selection = { embeddingModelId: ${JSON.stringify(model)} };
        await bulk.loadEmbeddings({ ...selection, everyNth: ${count} }); // whatever is loaded once, and stays
        const before = process.memoryUsage.rss();
        let most = 0;
        const watch = setInterval(() => { most = Math.max(most, process.memoryUsage.rss()); }, 1);
        const { vectors } = await bulk.loadEmbeddings(selection);
        most = Math.max(most, process.memoryUsage.rss());
        clearInterval(watch);
        const words = new DataView(vectors.buffer);
        const isInOrder = vectors.every((_, i) => words.getUint32(4 * i) >>> 8 === Math.floor(i / ${dimensions}));
        console.log(JSON.stringify({ isInOrder, grown: most - before }));
        await close();`;
      const child = await execFile(process.execPath, ["--input-type=module", "--eval", script]);
      const { isInOrder, grown } = JSON.parse(child.stdout);
      expect(isInOrder).toBe(true);
      const bytes = count * dimensions * 4;
      expect(grown).toBeGreaterThan(0.5 * bytes);
      expect(grown).toBeLessThan(1.4 * bytes);
    });

    test("names the first vector that cannot be read, as SQLite does", async () => {
      const run = runOf(20, { Words: 4 });
      await bulk.recordRuns([run]);
      const selection = { embeddingModelId: await modelId("Words") };
      const at = (i: number) => run.invocations[i].embeddings[0].id;
      const spoil = (id: string, vector: Uint8Array<ArrayBuffer>) =>
        database.prisma.embedding.update({ where: { id }, data: { vector } });
      await spoil(at(12), new Uint8Array(12));
      await spoil(at(7), new Uint8Array(Float32Array.of(1, 2, Number.NaN, 3).buffer));
      const sqlite = await copied();
      const error = await bulk.loadEmbeddings(selection).catch((error) => error);
      expect(error).toBeInstanceOf(EmbeddingUnreadableError);
      expect(error.message).toBe(`The vector of Embedding:${at(7)} holds NaN at index 2.`);
      await expect(sqlite.bulk.loadEmbeddings(selection)).rejects.toThrow(error.message);
      await sqlite.close();
      await spoil(at(7), new Uint8Array(16));
      await expect(bulk.loadEmbeddings(selection)).rejects.toThrow(
        `The vector of Embedding:${at(12)} holds 12 bytes, not 4 float32s (16 bytes).`,
      );
    });

    test("stops within a second, and leaves no statement running on the server", async () => {
      await bulk.recordRuns([runOf(3, { Words: 4 })]);
      const selection = { embeddingModelId: await modelId("Words") };
      const other = new pg.Client(target.url);
      await other.connect();
      await other.query(`BEGIN; LOCK TABLE "Embedding" IN ACCESS EXCLUSIVE MODE`);
      const stop = new AbortController();
      const loading = bulk.loadEmbeddings(selection, { signal: stop.signal });
      const waiting = `
        SELECT count(*)::int AS "count" FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      const count = async () => (await other.query(waiting)).rows[0].count;
      await expect.poll(count, { timeout: 200_000 }).toBe(1);
      stop.abort(new Error("stopped here"));
      await expect(loading).rejects.toThrow("stopped here");
      await expect.poll(count, { timeout: 200_000 }).toBe(0);
      await other.query("COMMIT");
      await other.end();
      expect((await bulk.loadEmbeddings(selection)).count).toBe(3);
    });
  });

  describe("when the connection is lost at the COMMIT", () => {
    let proxy: DroppingProxy;
    let through: BulkStore;
    beforeEach(async () => {
      proxy = await startDroppingProxy(target.url);
      through = openPostgresBulkStore(proxy.url, database.longReads);
    });
    afterEach(async () => {
      await through.close();
      proxy.close();
    });

    test.each([
      ["after it was executed", true],
      ["before it was executed", false],
    ])("%s, runs are recorded once, and reported correctly", async (_, passOn) => {
      const run = runOf(50, { Words: 8 });
      proxy.dropAt(/COMMIT/, 2, { passOn });
      expect(await through.recordRuns([run])).toMatchObject({
        runCount: 1,
        invocationCount: 50,
        embeddingCount: 50,
      });
      expect(proxy.dropped).toBe(passOn ? 1 : 2);
      expect(await recordedRows({ database })).toEqual({
        ...{ runs: 1, invocations: 50, images: 0, embeddings: { Words: 50 } },
      });
      expect(await bulk.recordRuns([run])).toMatchObject({
        runCount: 0,
        invocationCount: 0,
        embeddingCount: 0,
      });
    });

    test.each([
      ["after it was executed", true],
      ["before it was executed", false],
    ])("%s, a result is stored once, and completely", async (_, passOn) => {
      await bulk.recordRuns([runOf(40, { Words: 8 })]);
      const clustering = await running(await modelId("Words"));
      // The connection is lost in each transaction that stages, and in the one that publishes.
      proxy.dropAt(/COMMIT/, 100, { passOn });
      const storing = through.storeClustering(clustering);
      if (!passOn) setTimeout(() => proxy.dropAt(/COMMIT/, 0, { passOn }), 1000);
      expect(await storing).toBe(true);
      expect(proxy.dropped).toBeGreaterThan(passOn ? 2 : 1);
      const { prisma } = database;
      expect(await prisma.clusteringResult.findFirst()).toMatchObject({
        ...{ status: "SUCCEEDED", attempt: 1, embeddingCount: 40, clusterCount: 2, outlierCount: 8 },
      });
      expect(await prisma.cluster.count()).toBe(2);
      expect(await prisma.clusterAssignment.count()).toBe(40);
      expect(await prisma.spanningTreePiece.count()).toBe(1);
    });
  });

  /** A running result, and its clustering: two clusters of every fifth row and of the rest, with one fifth outliers. */
  async function running(embeddingModelId: string): Promise<ClusteringToStore> {
    const { ids, count } = await bulk.loadEmbeddings({ embeddingModelId });
    const id = newUuid();
    await database.prisma.job.create({ data: { ...clusteringJob(id), status: "RUNNING", attempt: 1 } });
    await database.prisma.clusteringResult.create({
      data: {
        ...{
          id,
          embeddingModelId,
          algorithm: "HDBSCAN",
          minClusterSize: 5,
          minSamples: 5,
          alpha: 1,
        },
        ...{ clusterSelectionMethod: "LEAF", clusterSelectionEpsilon: 0, allowSingleCluster: false },
        ...{
          metric: "COSINE",
          normalize: false,
          filter: "{}",
          engineVersion: "test",
          reduction: null,
          placedCount: 0,
          status: "RUNNING",
          attempt: 1,
        },
      },
    });
    const labels = Int32Array.from({ length: count }, (_, row) => (row % 5 === 4 ? -1 : row % 2));
    return {
      ...{
        clusteringResultId: id,
        attempt: 1,
        embeddingIds: ids,
        inputDigest: "d",
        engineVersion: "test",
        reduction: null,
        placedCount: 0,
        labels,
      },
      clusterIds: [newUuid(), newUuid()],
      medoids: Int32Array.of(0, 1),
      sizes: Int32Array.of(0, 1).map((label) => labels.filter((other) => other === label).length),
      persistence: Float64Array.of(1, 0.5),
      probabilities: new Float64Array(count).fill(0.5),
      outlierScores: new Float64Array(count),
      distinctPoints: Int32Array.from({ length: count }, (_, row) => row),
      spanningTree: { bytes: new Uint8Array(100), storedAs: null },
    };
  }

  test("a medoid outside its cluster, or a missing row, publishes nothing", async () => {
    await bulk.recordRuns([runOf(40, { Words: 8 })]);
    const clustering = await running(await modelId("Words"));
    const { prisma } = database;
    const empty = async () =>
      (await prisma.cluster.count()) +
      (await prisma.clusterAssignment.count()) +
      (await prisma.spanningTree.count()) +
      (await prisma.spanningTreePiece.count());
    await expect(bulk.storeClustering({ ...clustering, medoids: Int32Array.of(1, 0) })).rejects.toThrow(
      /2 clusters hold no medoid/,
    );
    expect(await empty()).toBe(0);
    expect((await prisma.clusteringResult.findFirst())?.status).toBe("RUNNING");
    expect(await bulk.storeClustering({ ...clustering, attempt: 2 })).toBe(false);
    expect(await empty()).toBe(0);
    expect(await bulk.storeClustering(clustering)).toBe(true);
    expect(await bulk.deleteFinished("ClusteringResult", clustering.clusteringResultId)).toBe(true);
    expect(await empty()).toBe(0);
  });

  describe("concurrently", () => {
    let other: BulkStore;
    beforeEach(() => {
      other = openPostgresBulkStore(target.url, database.longReads);
    });
    afterEach(() => other.close());

    test("two recordings of the same runs have the same outcome", async () => {
      for (let time = 0; time < 10; time++) {
        const runs = [runOf(20, { Words: 8, [`New ${time}`]: 3 }), runOf(20, { Words: 8 })];
        const outcomes = await Promise.all([bulk.recordRuns(runs), other.recordRuns([...runs].reverse())]);
        const sum = (key: "runCount" | "invocationCount" | "embeddingCount") =>
          outcomes.reduce((sum, outcome) => sum + outcome[key], 0);
        expect([sum("runCount"), sum("invocationCount"), sum("embeddingCount")]).toEqual([2, 40, 60]);
      }
      const rows = await recordedRows({ database }); // it compares the maintained counts
      expect(rows.runs).toBe(20);
      expect(rows.embeddings.Words).toBe(400);
    });

    test("of two recordings of different content with the same id, one is refused", async () => {
      for (let time = 0; time < 10; time++) {
        const run = runOf(10, { Words: 8 });
        const changed = { ...run, initialPrompt: "another" };
        const outcomes = await Promise.allSettled([bulk.recordRuns([run]), other.recordRuns([changed])]);
        const refused = outcomes.filter((outcome) => outcome.status === "rejected");
        expect(refused).toHaveLength(1);
        expect(refused[0].reason).toBeInstanceOf(RecordConflictError);
        expect(refused[0].reason.path).toEqual(["0", "initialPrompt"]);
      }
      expect((await recordedRows({ database })).invocations).toBe(100);
    });

    test("a run is deleted while it grows: it is deleted completely or recorded completely", async () => {
      for (let time = 0; time < 20; time++) {
        const run = runOf(4, { Words: 8 });
        await bulk.recordRuns([{ ...run, invocations: run.invocations.slice(0, 2) }]);
        const [, recorded] = await Promise.all([
          bulk.deleteRuns({ runIds: [run.id], importedFileId: null }),
          other.recordRuns([run]),
        ]);
        const left = await database.prisma.invocation.count({ where: { runId: run.id } });
        // It grew and was deleted, or was deleted and recorded anew.
        expect([left, recorded.invocationCount]).toEqual(left === 0 ? [0, 2] : [4, 4]);
        await recordedRows({ database });
      }
    });
  });
});
