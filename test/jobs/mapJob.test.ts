import { v7 as uuid } from "uuid";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../src/app.js";
import { type LayoutResult, layOut, trustworthiness } from "../../src/clustering/index.js";
import { layOutInSizes } from "../../src/clustering/layout/layOut.js";
import { type Engine, hdbscanEngine } from "../../src/jobs/computing/engine.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { cancelMap } from "../../src/resolvers/maps/cancelMap.js";
import { deleteMap } from "../../src/resolvers/maps/deleteMap.js";
import { type MapEmbeddingsInput, startMap } from "../../src/resolvers/maps/startMap.js";
import { leaveMap } from "../jobState.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { heldEngine } from "./heldEngine.js";

const fast = { pollMilliseconds: 20, leaseMilliseconds: 1000 };

let temporary: TemporaryApp;
let app: App;
let embeddingIds: string[];

async function open(engine: Engine = hdbscanEngine, rows: ArrayLike<number>[] = groupedRows(3, 8)) {
  temporary = await openTemporaryApp({ engine, queue: fast });
  app = temporary.app;
  embeddingIds = await writeRun(app, rows);
}
afterEach(() => temporary.close());

async function start(given: Partial<MapEmbeddingsInput> = {}, on = app): Promise<string> {
  const outcome = await startMap(on, { embeddingModel: "Model", ...given }, "");
  if (!("id" in outcome)) throw new Error(`not started: ${outcome.message}`);
  return outcome.id;
}

const mapRow = (id: string) => app.database.prisma.embeddingMap.findUniqueOrThrow({ where: { id } });
const jobRow = (id: string) => app.database.prisma.job.findUniqueOrThrow({ where: { id } });
const positionCount = () => app.database.prisma.mapPosition.count();

/** The row once it is in one of these states. */
async function until(id: string, ...statuses: string[]) {
  for await (const _ of app.changes.watch(id, AbortSignal.timeout(200_000))) {
    const row = await mapRow(id);
    if (statuses.includes(row.status)) return row;
  }
  throw new Error(`never ${statuses.join(" or ")}`);
}
const ended = (id: string) => until(id, "SUCCEEDED", "FAILED", "CANCELLED");

/** Resolves once the engine has started to compute. */
async function untilComputing(id: string) {
  await expect.poll(async () => (await mapRow(id)).progress, { timeout: 200_000 }).toBeGreaterThan(0.1);
}

/** The positions by the row of `embeddingIds`. */
async function positionsOf(embeddingMapId: string) {
  const rows = await app.database.prisma.mapPosition.findMany({ where: { embeddingMapId } });
  const found = new Map(rows.map(({ embeddingId, x, y }) => [embeddingId, [x + 0, y + 0]])); // −0 is 0
  expect(found.size).toBe(rows.length);
  return embeddingIds.map((id) => found.get(id));
}

describe("a running map", () => {
  it("stores the place of each embedding, the parameters that took effect and SUCCEEDED", async () => {
    const rows = groupedRows(2, 4);
    await open(hdbscanEngine, rows);
    await app.queue.start();

    const id = await start({ neighbours: 15, minDistance: 0.2, seed: 3, metric: "COSINE" });
    const row = await ended(id);

    expect(row).toMatchObject({
      ...{ status: "SUCCEEDED", attempt: 1, progress: 1, embeddingCount: 8, failureCode: null },
      ...{ method: "UMAP", neighbours: 8, minDistance: 0.2, seed: 3, metric: "COSINE", normalize: true },
      engineVersion: hdbscanEngine.version,
    });
    expect(await jobRow(id)).toMatchObject({ status: "SUCCEEDED", kind: "map", leaseOwner: null });
    const data = Float32Array.from(rows.flatMap((each) => [...each]));
    const { places } = await layOut(
      { data, dimensions: 3 },
      { neighbours: 15, minDistance: 0.2, seed: 3, metric: "COSINE" },
    );
    expect(await positionsOf(id)).toEqual(rows.map((_, i) => [places[2 * i], places[2 * i + 1]]));
  });

  it("stores how many embeddings were laid out and placed where a subset was laid out", async () => {
    const sizes = { all: 20, size: 16 };
    const engine: Engine = {
      ...hdbscanEngine,
      layOut: (points, options) => layOutInSizes(points, options, sizes),
    };
    const rows = groupedRows(3, 8);
    await open(engine, rows);
    await app.queue.start();

    const row = await ended(await start());

    expect(row).toMatchObject({ status: "SUCCEEDED", embeddingCount: 24, placedCount: 8, neighbours: 15 });
    const data = Float32Array.from(rows.flatMap((each) => [...each]));
    const { places } = await layOutInSizes({ data, dimensions: 4 }, { normalize: true }, sizes);
    expect(await positionsOf(row.id)).toEqual(rows.map((_, i) => [places[2 * i] + 0, places[2 * i + 1] + 0]));
  });

  it("has the digest of a clustering of the same embeddings, and the same places for the same parameters", async () => {
    await open();
    await app.queue.start();
    const first = await ended(await start());
    const second = await ended(await start({ neighbours: 15, minDistance: 0.1, seed: 0, normalize: true }));
    const clustering = await startClustering(app, { embeddingModel: "Model" }, "");
    if (!("id" in clustering)) throw new Error(clustering.message);
    const { id } = clustering;
    const digest = async () =>
      (await app.database.prisma.clusteringResult.findUnique({ where: { id } }))?.inputDigest;
    await expect.poll(digest, { timeout: 200_000 }).toBe(first.inputDigest);

    expect(second.inputDigest).toBe(first.inputDigest);
    expect(await positionsOf(second.id)).toEqual(await positionsOf(first.id));
    const filtered = await ended(await start({ filter: { everyNth: 2 } }));
    expect(filtered).toMatchObject({ status: "SUCCEEDED", embeddingCount: 12 });
    expect(filtered.inputDigest).not.toBe(first.inputDigest);
  });

  it("projects the embeddings onto two principal components if the method is PCA", async () => {
    const rows = [
      [3, 0, 0],
      [-3, 0, 0],
      [0, 0, 1],
      [0, 0, -1],
    ];
    await open(hdbscanEngine, rows);
    await app.queue.start();

    const { id, ...row } = await ended(await start({ method: "PCA", normalize: false }));

    expect(row).toMatchObject({ status: "SUCCEEDED", method: "PCA", neighbours: null, seed: null });
    const rounded = (await positionsOf(id)).map((position) =>
      position?.map((x) => Math.round(x * 1e6) / 1e6 + 0),
    );
    expect(rounded).toEqual([
      [3, 0],
      [-3, 0],
      [0, 1],
      [0, -1],
    ]);
  });

  it("stores how trustworthy the map is, by the metric of the map", async () => {
    const rows = groupedRows(3, 8);
    await open(hdbscanEngine, rows);
    await app.queue.start();
    const { id, trustworthiness: stored } = await ended(await start());
    const data = Float32Array.from(rows.flatMap((row) => [...row]));
    const places = Float32Array.from((await positionsOf(id)).flatMap((position) => position ?? []));

    const { value } = await trustworthiness(
      { data, dimensions: 4 },
      { data: places, dimensions: 2 },
      { normalize: true },
    );

    expect(stored).toBe(value);
    expect(stored).toBeGreaterThan(0.5);
  });

  it("lays out one embedding, and copies of one", async () => {
    const one = Float32Array.of(1, 2, 2);
    await open(hdbscanEngine, [one, one, one]);
    await app.queue.start();

    expect(await positionsOf((await ended(await start())).id)).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    const single = await ended(await start({ filter: { sequenceNumber: { max: 0 } } }));
    expect(single).toMatchObject({
      ...{ status: "SUCCEEDED", embeddingCount: 1, neighbours: 1, trustworthiness: null },
    });
  });

  it.each<[string, (rows: Float32Array[]) => void, string]>([
    ["a component that is not finite", (rows) => rows[4].fill(Number.NaN), "holds NaN at index 0."],
    ["zeros that are to be scaled", (rows) => rows[4].fill(0), "cannot be laid out: "],
  ])("fails with the embedding's id if it has %s", async (_, spoil, message) => {
    const rows = groupedRows(3, 8);
    spoil(rows);
    await open(hdbscanEngine, rows);
    await app.queue.start();

    const row = await ended(await start());

    expect(row).toMatchObject({ status: "FAILED", failureCode: "EMBEDDING_UNREADABLE", attempt: 1 });
    expect(row.failureMessage).toContain(`Embedding:${embeddingIds[4]} ${message}`);
    expect(row.inputDigest).toBeNull();
    expect(await positionCount()).toBe(0);
  });

  it("fails if all of its embeddings were deleted after the request", async () => {
    await open();
    const id = await start();
    await app.database.prisma.embedding.deleteMany();
    await app.queue.start();

    expect(await ended(id)).toMatchObject({ status: "FAILED", failureCode: "NOT_ENOUGH_EMBEDDINGS" });
  });

  it.each<[string, (result: LayoutResult) => LayoutResult]>([
    ["no place", (result) => ({ ...result, places: result.places.slice(2) })],
    ["a place that is not finite", (result) => ({ ...result, places: result.places.fill(Number.NaN) })],
  ])(
    "stores nothing if the engine gives an embedding %s, and is given up after three attempts",
    async (_, spoil) => {
      await open({
        ...hdbscanEngine,
        layOut: async (points, options) => spoil(await hdbscanEngine.layOut(points, options)),
      });
      await app.queue.start();

      const row = await ended(await start());

      expect(row).toMatchObject({ status: "FAILED", failureCode: "ATTEMPTS_SPENT", attempt: 3 });
      expect(await positionCount()).toBe(0);
    },
  );
});

describe("cancelling", () => {
  it("stops the engine, in whatever process it runs, and stores nothing; cancelling again changes nothing", async () => {
    const { engine, stopped } = heldEngine();
    await open(engine);
    const id = await start();
    await app.queue.start();
    await untilComputing(id);
    const other = await temporary.openAnother();

    expect(await cancelMap(other, id)).toEqual({ id });
    const row = await ended(id);
    expect(await cancelMap(app, id)).toEqual({ id });

    expect(row).toMatchObject({ status: "CANCELLED", finishedAt: expect.any(Date), inputDigest: null });
    await expect.poll(stopped, { timeout: 200_000 }).toBe(1);
    expect(await positionCount()).toBe(0);
    expect(await mapRow(id)).toEqual(row);
    expect(await cancelMap(app, uuid())).toBeNull();
  });
});

describe("leases", () => {
  it("that expire are taken over, and the worker that returns changes nothing", async () => {
    const { engine, letGo } = heldEngine();
    await open(engine);
    const id = await start();
    await app.queue.start();
    await until(id, "RUNNING");
    // As if the first worker had been stopped past its lease: another worker has taken over the map.
    await leaveMap(app.database.prisma, id, {
      attempt: 2,
      leaseOwner: "another",
      leaseExpiresAt: new Date(Date.now() + 60_000),
    });

    letGo();
    await app.queue.stop();

    expect(await mapRow(id)).toMatchObject({ status: "RUNNING", attempt: 2, embeddingCount: null });
    expect(await jobRow(id)).toMatchObject({ status: "RUNNING", leaseOwner: "another" });
    expect(await positionCount()).toBe(0);
  });

  it("of a worker that died lead to another attempt, until the attempts are used up", async () => {
    await open();
    const [recovers, spent] = [await start(), await start()];
    const dead = { status: "RUNNING" as const, leaseOwner: "dead", leaseExpiresAt: new Date(Date.now() - 1) };
    const { prisma } = app.database;
    await leaveMap(prisma, recovers, { ...dead, attempt: 1 });
    await leaveMap(prisma, spent, { ...dead, attempt: 3 });
    // Staged by the attempt that died: the next one stores its own.
    await prisma.mapPosition.create({
      data: { embeddingMapId: recovers, embeddingId: embeddingIds[0], x: 99, y: 99 },
    });

    await app.queue.start();

    expect(await ended(recovers)).toMatchObject({ status: "SUCCEEDED", attempt: 2, embeddingCount: 24 });
    expect((await positionsOf(recovers))[0]).not.toEqual([99, 99]);
    expect(await ended(spent)).toMatchObject({ status: "FAILED", failureCode: "ATTEMPTS_SPENT", attempt: 3 });
  });

  it("are handed back by a queue that stops, which uses up no attempt", async () => {
    const { engine } = heldEngine();
    await open(engine);
    const id = await start();
    await app.queue.start();
    await untilComputing(id);

    await app.queue.stop();

    expect(await mapRow(id)).toMatchObject({ status: "QUEUED", attempt: 1, progress: 0 });
    expect(await jobRow(id)).toMatchObject({ status: "QUEUED", handedBack: 1, leaseOwner: null });
    const other = await temporary.openAnother({ engine: hdbscanEngine });
    await other.queue.start();
    expect(await ended(id)).toMatchObject({ status: "SUCCEEDED", attempt: 2 });
  });
});

describe("positions that are staged", () => {
  beforeEach(() => open());

  it.each(["CANCELLED", "FAILED"] as const)(
    "are removed at the next start if the map is %s",
    async (status) => {
      const id = await start();
      await leaveMap(app.database.prisma, id, { status, attempt: 1 });
      const [embeddingId] = embeddingIds;
      await app.database.prisma.mapPosition.create({ data: { embeddingMapId: id, embeddingId, x: 0, y: 0 } });

      await app.queue.start();

      await expect.poll(positionCount, { timeout: 200_000 }).toBe(0);
    },
  );

  it("are not published if one is missing", async () => {
    const id = await start();
    await leaveMap(app.database.prisma, id, { status: "RUNNING", attempt: 1 });
    const { embeddingModelId } = await mapRow(id);
    const { ids } = await app.database.bulk.loadEmbeddings({ embeddingModelId });
    const whole = {
      ...{ embeddingMapId: id, attempt: 1, embeddingIds: ids, inputDigest: "digest", engineVersion: "test" },
      ...{ positions: new Float32Array(48), placedCount: 0, neighbours: 15, trustworthiness: 0.5 },
    };
    await app.database.prisma.$executeRawUnsafe(`DELETE FROM "Embedding" WHERE "id" = '${embeddingIds[5]}'`);

    await expect(app.database.bulk.storeMap(whole)).rejects.toThrow(/foreign key/i);

    expect(await mapRow(id)).toMatchObject({ status: "RUNNING", embeddingCount: null });
    expect(await positionCount()).toBe(0);
    expect(await app.database.bulk.storeMap({ ...whole, attempt: 2 })).toBe(false);
    expect(await positionCount()).toBe(0);
  });
});

describe("a map that has succeeded", () => {
  beforeEach(() => open());

  it("holds its embeddings, until it is deleted", async () => {
    await app.queue.start();
    const { id } = await ended(await start());
    const { prisma, bulk } = app.database;
    const runIds = (await prisma.run.findMany()).map((run) => run.id);

    await expect(prisma.embedding.delete({ where: { id: embeddingIds[3] } })).rejects.toThrow(/Foreign key/);
    expect(await bulk.deleteRuns({ runIds, importedFileId: null })).toMatchObject({
      usedBy: [{ table: "EmbeddingMap", id }],
      deleted: { runs: 0 },
    });
    expect(await prisma.embedding.count()).toBe(24);
    expect(await deleteMap(app, id)).toBe(true);

    expect(await positionCount()).toBe(0);
    expect(await prisma.job.count()).toBe(0);
    expect(await deleteMap(app, id)).toBe(false);
    expect(await bulk.deleteRuns({ runIds, importedFileId: null })).toMatchObject({
      usedBy: [],
      deleted: { runs: 1 },
    });
  });
});

it("deleting a map that is computed cancels it first", async () => {
  const { engine, stopped } = heldEngine();
  await open(engine);
  const id = await start();
  await app.queue.start();
  await untilComputing(id);

  expect(await deleteMap(app, id)).toBe(true);

  await expect.poll(stopped, { timeout: 200_000 }).toBe(1);
  await app.queue.stop();
  const { prisma } = app.database;
  expect([await prisma.embeddingMap.count(), await prisma.job.count(), await positionCount()]).toEqual([
    0, 0, 0,
  ]);
});
