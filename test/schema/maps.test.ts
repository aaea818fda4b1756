import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { subscribeInProcess } from "../../src/server/inProcess.js";
import {
  createdAt,
  type Fixture,
  id,
  openFixture,
  uuid,
  writeClustering,
  writeMap,
  writeQueuedMap,
  writeRuns,
} from "../fixtures.js";

let fixture: Fixture;
/** Three runs with five embeddings each. */
beforeEach(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 3 });
});
afterEach(async () => {
  expect(fixture.internalErrors).toEqual([]);
  await fixture.close();
});

const mapFields = `
  id embeddingModel { name } filter { runIds everyNth } method neighbours minDistance seed metric normalize status
  progress createdAt finishedAt failure { code message } engineVersion embeddingCount laidOutCount placedCount inputDigest
  trustworthiness`;
const mapMutation = `mutation($input: MapEmbeddingsInput!) { mapEmbeddings(input: $input) {
  __typename
  ... on EmbeddingMap { ${mapFields} }
  ... on Error { code message }
  ... on InvalidInputError { issues { path message value } }
  ... on NotEnoughEmbeddingsError { available needed }
  ... on ResourceLimitError { estimatedSeconds estimatedBytes suggestion }
  ... on IdempotencyConflictError { embeddingMap { id } }
} }`;

async function mapEmbeddings(input: object) {
  return (await fixture.data(mapMutation, { input: { embeddingModel: "words", ...input } })).mapEmbeddings;
}
const rows = async () => {
  const { prisma } = fixture;
  return [await prisma.embeddingMap.count(), await prisma.job.count(), await prisma.mapPosition.count()];
};

describe("mapEmbeddings", () => {
  test("queues a map with the defaults, and returns it", async () => {
    const { id: mapId, createdAt, ...map } = await mapEmbeddings({});

    expect(map).toEqual({
      ...{ __typename: "EmbeddingMap", embeddingModel: { name: "words" } },
      filter: { runIds: null, everyNth: null },
      ...{ method: "UMAP", neighbours: 15, minDistance: 0.1, seed: 0, metric: "EUCLIDEAN", normalize: true },
      ...{ status: "QUEUED", progress: 0, finishedAt: null, failure: null, engineVersion: "test-1" },
      ...{ embeddingCount: null, laidOutCount: null, placedCount: null, inputDigest: null },
      trustworthiness: null,
    });
    expect(mapId).toMatch(/^EmbeddingMap:[0-9a-f-]{36}$/);
    expect(Date.parse(createdAt)).not.toBeNaN();
    expect(fixture.queued).toEqual([`added ${mapId.slice("EmbeddingMap:".length)}`]);
  });

  test("takes every parameter; PCA has none of UMAP's, and COSINE normalizes", async () => {
    const filter = { runIds: [id("Run", 1)], everyNth: 2 };
    expect(
      await mapEmbeddings({
        ...{ filter, neighbours: 2, minDistance: 1, seed: -(2 ** 31), normalize: false },
      }),
    ).toMatchObject({ filter, neighbours: 2, minDistance: 1, seed: -(2 ** 31), normalize: false });
    expect(await mapEmbeddings({ method: "PCA", seed: 0, metric: "COSINE", normalize: false })).toMatchObject(
      {
        ...{
          method: "PCA",
          neighbours: null,
          minDistance: null,
          seed: null,
          metric: "COSINE",
          normalize: true,
        },
      },
    );
  });

  test.each<[object, string[], string, string | null]>([
    [
      { embeddingModel: "no such" },
      ["embeddingModel"],
      'is unknown; the known models are "words".',
      '"no such"',
    ],
    [
      { neighbours: 1 },
      ["neighbours"],
      "must be a whole number from 2, as a row is in its own neighbourhood, to 1,000; it was 1.",
      "1",
    ],
    ...Object.entries({ neighbours: 30, minDistance: 0, seed: -5 }).map(
      ([name, value]): [object, string[], string, string] => [
        { method: "PCA", [name]: value },
        [name],
        `must be null with method PCA, as it is a parameter of UMAP; it was ${value}.`,
        String(value),
      ],
    ),
    [
      { neighbours: 1001 },
      ["neighbours"],
      "must be a whole number from 2, as a row is in its own neighbourhood, to 1,000; it was 1001.",
      "1001",
    ],
    [
      { minDistance: -0.1 },
      ["minDistance"],
      "must be a number from 0 to 1, the spread; it was -0.1.",
      "-0.1",
    ],
    [{ minDistance: 1.5 }, ["minDistance"], "must be a number from 0 to 1, the spread; it was 1.5.", "1.5"],
    [{ filter: { everyNth: 0 } }, ["filter", "everyNth"], "must be at least 1.", "0"],
    [{ idempotencyKey: "" }, ["idempotencyKey"], "must have 1 to 255 characters.", '""'],
  ])("refuses %j with the field and the value", async (input, path, message, value) => {
    expect(await mapEmbeddings(input)).toMatchObject({
      ...{ __typename: "InvalidInputError", code: "INVALID_INPUT" },
      issues: [{ path: ["input", ...path], message, value }],
    });
    expect(await rows()).toEqual([0, 0, 0]);
  });

  test("refuses a seed of more than 32 bits, and vectors of one component", async () => {
    const { errors } = await fixture.execute(mapMutation, {
      input: { embeddingModel: "words", seed: 2 ** 31 },
    });
    expect(errors).toMatchObject([{ extensions: { code: "INVALID_INPUT" } }]);
    await fixture.prisma.embeddingModel.updateMany({ data: { dimensions: 1 } });
    expect((await mapEmbeddings({})).issues).toEqual([
      {
        path: ["input", "embeddingModel"],
        message: "has vectors of 1 dimension, and a map needs at least 2.",
        value: '"words"',
      },
    ]);
    expect(await rows()).toEqual([0, 0, 0]);
  });

  test("refuses a filter that nothing matches, and a map above the server's limits", async () => {
    expect(await mapEmbeddings({ filter: { sequenceNumber: { min: 100 } } })).toMatchObject({
      ...{ code: "NOT_ENOUGH_EMBEDDINGS", available: 0, needed: 1 },
      message:
        '0 embeddings match embedding model "words" and filter {"sequenceNumber":{"min":100}}, and a map needs at least 1.',
    });
    // The measurement of the trustworthiness follows in threads of its own.
    Object.assign(fixture.app.engine, {
      estimateLayout: () => ({ seconds: 9e8, bytes: 5 }),
      estimateTrustworthiness: () => ({ seconds: 200, bytes: 7 }),
    });
    expect(await mapEmbeddings({})).toMatchObject({
      ...{ code: "RESOURCE_LIMIT", estimatedSeconds: 9e8 + 200, estimatedBytes: 15 * 2 * 4 + 7 },
      suggestion: null,
    });
    expect(await rows()).toEqual([0, 0, 0]);
    expect((await mapEmbeddings({ method: "PCA" })).status).toBe("QUEUED");
    Object.assign(fixture.app.engine, { estimateTrustworthiness: () => ({ seconds: 1e9, bytes: 7 }) });
    expect(await mapEmbeddings({ method: "PCA" })).toMatchObject({
      ...{ code: "RESOURCE_LIMIT", estimatedSeconds: 1e9 },
    });
    expect(await rows()).toEqual([1, 1, 0]);
  });

  test("with an idempotency key starts one map, and refuses another input", async () => {
    const first = await mapEmbeddings({ idempotencyKey: "key" });
    const again = await mapEmbeddings({ idempotencyKey: "key", neighbours: 15, seed: null });
    expect(again.id).toBe(first.id);
    expect(await mapEmbeddings({ idempotencyKey: "key", seed: 1 })).toEqual({
      ...{
        __typename: "IdempotencyConflictError",
        code: "IDEMPOTENCY_CONFLICT",
        embeddingMap: { id: first.id },
      },
      message: 'The idempotency key "key" was used with another input.',
    });
    const { data, errors } = await fixture.execute(
      `mutation { mapEmbeddings(input: { embeddingModel: "words", idempotencyKey: "key", seed: 1 }) {
        ... on IdempotencyConflictError { clusteringResult { id } } } }`,
    );
    expect(data).toEqual({ mapEmbeddings: null });
    expect(errors).toMatchObject([
      { message: expect.stringContaining("select embeddingMap"), extensions: { code: "INVALID_INPUT" } },
    ]);
    // The key of a clustering is another one.
    const { clusterEmbeddings } = await fixture.data(
      `mutation { clusterEmbeddings(input: { embeddingModel: "words", idempotencyKey: "key" }) { __typename } }`,
    );
    expect(clusterEmbeddings).toEqual({ __typename: "ClusteringResult" });
    expect(await rows()).toEqual([1, 2, 0]);
  });
});

describe("a map that has succeeded", () => {
  beforeEach(async () => {
    await writeMap(fixture, { embeddings: 10 });
    await writeQueuedMap(fixture, 1);
  });

  test("is found by its id, as a node, and in the list, newest first", async () => {
    const map = {
      ...{ id: id("EmbeddingMap", 0), embeddingModel: { name: "words" } },
      filter: { runIds: null, everyNth: null },
      ...{ method: "UMAP", neighbours: 15, minDistance: 0.1, seed: 0, metric: "EUCLIDEAN", normalize: true },
      ...{ status: "SUCCEEDED", progress: 1, createdAt: createdAt(0).toISOString(), failure: null },
      ...{ finishedAt: expect.any(String), engineVersion: "test-1", embeddingCount: 10 },
      ...{ laidOutCount: 10, placedCount: 0 },
      ...{ inputDigest: "d".repeat(64), trustworthiness: 0.75 },
    };
    const query = `query($id: ID!, $other: ID!) {
      embeddingMap(id: $id) { ${mapFields} } node(id: $id) { ... on EmbeddingMap { ${mapFields} } }
      embeddingMaps(embeddingModel: "words", first: 1) {
        totalCount pageInfo { hasNextPage } edges { node { id status } } }
      others: embeddingMaps(embeddingModel: "no such") { totalCount }
      other: embeddingMap(id: $other) { id } }`;
    expect(await fixture.data(query, { id: map.id, other: uuid("EmbeddingMap", 7) })).toEqual({
      ...{ embeddingMap: map, node: map },
      embeddingMaps: {
        ...{ totalCount: 2, pageInfo: { hasNextPage: true } },
        edges: [{ node: { id: id("EmbeddingMap", 1), status: "QUEUED" } }],
      },
      ...{ others: { totalCount: 0 }, other: null },
    });
    const { errors } = await fixture.execute(`{ embeddingMap(id: "${id("ClusteringResult", 0)}") { id } }`);
    expect(errors).toMatchObject([
      {
        message: `id: is the id of a ClusteringResult, and must be that of an EmbeddingMap; it was "${id("ClusteringResult", 0)}".`,
      },
    ]);
  });

  test("gives each of its embeddings a position, in one statement, and no other", async () => {
    await fixture.prisma.mapPosition.create({
      data: { embeddingMapId: uuid("EmbeddingMap", 1), embeddingId: uuid("Embedding", 0), x: 1, y: 1 },
    });
    const ids = Array.from({ length: 15 }, (_, n) => id("Embedding", n));
    fixture.statements.length = 0;
    const { nodes } = await fixture.data(
      `query($ids: [ID!]!, $map: ID!, $queued: ID!) { nodes(ids: $ids) { ... on Embedding {
        position(mapId: $map) { x y } queued: position(mapId: $queued) { x } } } }`,
      { ids, map: id("EmbeddingMap", 0), queued: uuid("EmbeddingMap", 1) },
    );
    expect(fixture.statements).toHaveLength(3);
    expect(nodes).toEqual(
      ids.map((_, n) => ({ position: n < 10 ? { x: n, y: 0 - n / 2 } : null, queued: null })),
    );
  });

  test("is the map of every result over the same embeddings, the newest of several", async () => {
    const assign = () => ({ label: 0 });
    for (const result of [0, 1]) await writeClustering(fixture, { result, embeddings: 10, assign });
    const query = `{ clusteringResults { edges { node { map { id status } } } } }`;
    const mapsOf = async () => {
      fixture.statements.length = 0;
      const { clusteringResults } = await fixture.data(query);
      expect(fixture.statements.length).toBe(2);
      return clusteringResults.edges.map(({ node }: { node: { map: unknown } }) => node.map);
    };
    const first = { id: id("EmbeddingMap", 0), status: "SUCCEEDED" };
    expect(await mapsOf()).toEqual([first, first]);
    await writeMap(fixture, { map: 2, embeddings: 10 });
    await writeMap(fixture, { map: 3, embeddings: 9, inputDigest: "e".repeat(64) });
    const second = { ...first, id: id("EmbeddingMap", 2) };
    expect(await mapsOf()).toEqual([second, second]);
    await fixture.data(
      `mutation { deleteMap(id: "${second.id}") { ... on DeletedEmbeddingMap { deletedId } } }`,
    );
    expect(await mapsOf()).toEqual([first, first]);
  });

  test("keeps its runs from being deleted, as clusterings do, and is named", async () => {
    await writeClustering(fixture, { result: 0, embeddings: 5, assign: () => ({ label: 0 }) });
    const deleteRun = async (n: number) =>
      (
        await fixture.data(
          `mutation($id: ID!) { deleteRun(id: $id) { __typename ... on DeletedRun { deletedId }
            ... on RunInUseError { message clusteringResults { id } embeddingMaps { id } } } }`,
          { id: id("Run", n) },
        )
      ).deleteRun;
    const map = { id: id("EmbeddingMap", 0) };
    expect(await deleteRun(0)).toEqual({
      ...{
        __typename: "RunInUseError",
        clusteringResults: [{ id: id("ClusteringResult", 0) }],
        embeddingMaps: [map],
      },
      message: "Embeddings of this run take part in clustering results and maps. Delete those first.",
    });
    expect(await deleteRun(1)).toMatchObject({ clusteringResults: [], embeddingMaps: [map] });
    expect(await fixture.prisma.embedding.count()).toBe(15);
    expect(await deleteRun(2)).toEqual({ __typename: "DeletedRun", deletedId: id("Run", 2) });
  });

  test("is deleted with its positions, but not its embeddings, and so is one that is queued", async () => {
    const deleteMap = async (n: number) =>
      (
        await fixture.data(
          `mutation($id: ID!) { deleteMap(id: $id) {
            ... on DeletedEmbeddingMap { deletedId } ... on NotFoundError { requestedId } } }`,
          { id: id("EmbeddingMap", n) },
        )
      ).deleteMap;
    expect(await deleteMap(7)).toEqual({ requestedId: id("EmbeddingMap", 7) });
    expect(await rows()).toEqual([2, 2, 10]);
    expect(await deleteMap(0)).toEqual({ deletedId: id("EmbeddingMap", 0) });
    expect(await rows()).toEqual([1, 1, 0]);
    expect(await deleteMap(1)).toEqual({ deletedId: id("EmbeddingMap", 1) });
    expect(fixture.queued).toEqual([`cancelled ${uuid("EmbeddingMap", 1)}`]);
    expect(await rows()).toEqual([0, 0, 0]);
    expect(await fixture.prisma.embedding.count()).toBe(15);
  });
});

test("cancelMap cancels a queued map, and leaves one that has ended unchanged", async () => {
  await writeMap(fixture, { embeddings: 3 });
  await writeQueuedMap(fixture, 1);
  const cancel = async (n: number) =>
    (
      await fixture.data(
        `mutation($id: ID!) { cancelMap(id: $id) { ... on EmbeddingMap { status } ... on NotFoundError { code } } }`,
        { id: id("EmbeddingMap", n) },
      )
    ).cancelMap;
  expect(await cancel(1)).toEqual({ status: "CANCELLED" });
  expect(await cancel(1)).toEqual({ status: "CANCELLED" });
  expect(await cancel(0)).toEqual({ status: "SUCCEEDED" });
  expect(await cancel(7)).toEqual({ code: "NOT_FOUND" });
  expect(fixture.queued).toEqual([`cancelled ${uuid("EmbeddingMap", 1)}`]);
});

test("mapProgress sends the current state, each change, and the failure at the end", async () => {
  await writeQueuedMap(fixture, 0);
  const change = async (data: object) => {
    await fixture.prisma.embeddingMap.update({ where: { id: uuid("EmbeddingMap", 0) }, data });
    fixture.app.changes.changed(uuid("EmbeddingMap", 0));
  };
  const query = `subscription($id: ID!) { mapProgress(id: $id) { status progress failure { code message } } }`;
  const events = subscribeInProcess(fixture.app, { query, variables: { id: id("EmbeddingMap", 0) } });
  const next = async () => (await events.next()).value?.data?.mapProgress;
  expect(await next()).toEqual({ status: "QUEUED", progress: 0, failure: null });
  await change({ status: "RUNNING", progress: 0.5, attempt: 1 });
  expect(await next()).toEqual({ status: "RUNNING", progress: 0.5, failure: null });
  const failure = { code: "EMBEDDING_UNREADABLE", message: "It is damaged." };
  await change({ status: "FAILED", failureCode: failure.code, failureMessage: failure.message });
  expect(await next()).toEqual({ status: "FAILED", progress: 0.5, failure });
  expect(await events.next()).toEqual({ value: undefined, done: true });
});
