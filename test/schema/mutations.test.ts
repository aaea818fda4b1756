import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Fixture,
  id,
  openFixture,
  uuid,
  writeClustering,
  writeQueuedClustering,
  writeRuns,
} from "../fixtures.js";

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 2 });
});
afterEach(() => fixture.close());

const onError = "... on Error { code message }";

describe("clusterEmbeddings", () => {
  const query = `mutation($input: ClusterEmbeddingsInput!) {
    clusterEmbeddings(input: $input) {
      __typename
      ... on ClusteringResult {
        id status algorithm parameters { minClusterSize minSamples metric normalize alpha }
        filter { runIds networks sequenceNumber { min max } everyNth }
      }
      ${onError}
      ... on InvalidInputError { issues { path value } }
      ... on NotEnoughEmbeddingsError { available needed }
      ... on IdempotencyConflictError { clusteringResult { id } }
    }
  }`;
  const start = async (input: object) =>
    (await fixture.data(query, { input: { embeddingModel: "words", ...input } })).clusterEmbeddings;

  test("returns the clustering with the defaults resolved, and notifies the queue", async () => {
    const result = await start({
      filter: { runIds: [id("Run", 0), uuid("Run", 1)], sequenceNumber: { max: 9 } },
      minSamples: 3,
    });
    expect(result).toEqual({
      __typename: "ClusteringResult",
      id: expect.stringMatching(/^ClusteringResult:/),
      status: "QUEUED",
      algorithm: "HDBSCAN",
      parameters: { minClusterSize: 5, minSamples: 3, metric: "EUCLIDEAN", normalize: true, alpha: 1 },
      filter: {
        runIds: [id("Run", 0), id("Run", 1)],
        networks: null,
        sequenceNumber: { min: null, max: 9 },
        everyNth: null,
      },
    });
    expect(fixture.queued).toEqual([`added ${result.id.slice("ClusteringResult:".length)}`]);
  });

  test("reports every invalid value, and writes nothing", async () => {
    const result = await start({
      embeddingModel: "unknown",
      filter: { runIds: [id("Cluster", 0)], everyNth: 0 },
      minClusterSize: 1,
    });
    expect(result).toMatchObject({ __typename: "InvalidInputError", code: "INVALID_INPUT" });
    expect(result.issues).toEqual([
      { path: ["input", "filter", "runIds", "0"], value: JSON.stringify(id("Cluster", 0)) },
      { path: ["input", "filter", "everyNth"], value: "0" },
      { path: ["input", "minClusterSize"], value: "1" },
      { path: ["input", "embeddingModel"], value: '"unknown"' },
    ]);
    expect(await fixture.prisma.clusteringResult.count()).toBe(0);
    expect(fixture.queued).toEqual([]);
  });

  test("reports how many embeddings are missing", async () => {
    expect(await start({ minClusterSize: 11 })).toMatchObject({
      __typename: "NotEnoughEmbeddingsError",
      code: "NOT_ENOUGH_EMBEDDINGS",
      available: 10,
      needed: 11,
    });
    expect(await fixture.prisma.clusteringResult.count()).toBe(0);
  });

  test("recognises an idempotency key, and refuses it for a different input", async () => {
    const first = await start({ idempotencyKey: "k" });
    expect((await start({ idempotencyKey: "k" })).id).toBe(first.id);
    expect(await start({ idempotencyKey: "k", alpha: 2 })).toMatchObject({
      __typename: "IdempotencyConflictError",
      code: "IDEMPOTENCY_CONFLICT",
      clusteringResult: { id: first.id },
    });
    expect(await fixture.prisma.clusteringResult.count()).toBe(1);
  });
});

describe("cancelClustering", () => {
  const cancel = async (given: string) =>
    fixture.execute(
      `mutation($id: ID!) {
        cancelClustering(id: $id) {
          __typename ... on ClusteringResult { id status } ${onError} ... on NotFoundError { requestedId }
        }
      }`,
      { id: given },
    );

  test("cancels a queued clustering; cancelling again changes nothing", async () => {
    await writeQueuedClustering(fixture, 0);
    const cancelled = {
      data: {
        cancelClustering: {
          __typename: "ClusteringResult",
          id: id("ClusteringResult", 0),
          status: "CANCELLED",
        },
      },
    };
    expect(await cancel(uuid("ClusteringResult", 0))).toEqual(cancelled);
    expect(await cancel(id("ClusteringResult", 0))).toEqual(cancelled);
    expect(fixture.queued).toEqual([`cancelled ${uuid("ClusteringResult", 0)}`]);
  });

  test("leaves a succeeded clustering unchanged", async () => {
    await writeClustering(fixture, { embeddings: 10, assign: () => ({ label: 0 }) });
    expect((await cancel(id("ClusteringResult", 0))).data).toMatchObject({
      cancelClustering: { status: "SUCCEEDED" },
    });
  });

  test("returns a NotFoundError with the given id for an unknown id, and refuses the id of another type", async () => {
    for (const given of [id("ClusteringResult", 7), uuid("ClusteringResult", 7)]) {
      expect((await cancel(given)).data.cancelClustering).toMatchObject({
        __typename: "NotFoundError",
        code: "NOT_FOUND",
        requestedId: given,
      });
    }
    const { data, errors } = await cancel(id("Run", 0));
    expect(data).toEqual({ cancelClustering: null });
    expect(errors).toMatchObject([
      { path: ["cancelClustering"], extensions: { code: "INVALID_INPUT", issues: [{ path: ["id"] }] } },
    ]);
  });
});

describe("deleteClusteringResult", () => {
  const remove = async (given: string) =>
    fixture.execute(
      `mutation($id: ID!) {
        deleteClusteringResult(id: $id) {
          __typename ... on DeletedClusteringResult { deletedId } ${onError}
          ... on NotFoundError { requestedId } ... on ClusteringInProgressError { clusteringResult { id status } }
        }
      }`,
      { id: given },
    );

  test("removes a finished result with its clusters and assignments, but not the embeddings", async () => {
    await writeClustering(fixture, { embeddings: 10, assign: () => ({ label: 0 }) });
    expect((await remove(uuid("ClusteringResult", 0))).data.deleteClusteringResult).toEqual({
      __typename: "DeletedClusteringResult",
      deletedId: id("ClusteringResult", 0),
    });
    expect(await fixture.prisma.cluster.count()).toBe(0);
    expect(await fixture.prisma.clusterAssignment.count()).toBe(0);
    expect(await fixture.prisma.embedding.count()).toBe(10);
    expect((await remove(id("ClusteringResult", 0))).data.deleteClusteringResult).toMatchObject({
      __typename: "NotFoundError",
      requestedId: id("ClusteringResult", 0),
    });
  });

  test("refuses a clustering that has not finished", async () => {
    await writeQueuedClustering(fixture, 0);
    expect((await remove(id("ClusteringResult", 0))).data.deleteClusteringResult).toMatchObject({
      __typename: "ClusteringInProgressError",
      code: "CLUSTERING_IN_PROGRESS",
      clusteringResult: { id: id("ClusteringResult", 0), status: "QUEUED" },
    });
    expect(await fixture.prisma.clusteringResult.count()).toBe(1);
  });

  test("shows what an earlier field of the same request changed", async () => {
    await writeQueuedClustering(fixture, 0);
    const data = await fixture.data(
      `mutation($id: ID!) {
        before: deleteClusteringResult(id: $id) { ... on ClusteringInProgressError { clusteringResult { status } } }
        cancelClustering(id: $id) { ... on ClusteringResult { status } }
        after: deleteClusteringResult(id: $id) { __typename }
        gone: cancelClustering(id: $id) { __typename }
      }`,
      { id: id("ClusteringResult", 0) },
    );
    expect(data).toEqual({
      before: { clusteringResult: { status: "QUEUED" } },
      cancelClustering: { status: "CANCELLED" },
      after: { __typename: "DeletedClusteringResult" },
      gone: { __typename: "NotFoundError" },
    });
  });
});

describe("recordTrajectories", () => {
  const record = async (input: object) =>
    (
      await fixture.data(
        `mutation($input: RecordTrajectoriesInput!) {
          recordTrajectories(input: $input) {
            __typename
            ... on RecordedTrajectories {
              runCount invocationCount embeddingCount
              runs { id seed invocations { edges { node { seed startedAt outputText embeddings { vector } } } } }
            }
            ${onError}
            ... on InvalidInputError { issues { path value } }
          }
        }`,
        { input },
      )
    ).recordTrajectories;
  const run = {
    id: uuid("Run", 50),
    network: ["writer"],
    initialPrompt: "begin",
    seed: "-9223372036854775808",
    invocations: [
      {
        sequenceNumber: 0,
        model: "writer",
        type: "TEXT",
        seed: 5,
        outputText: "written",
        startedAt: "2026-03-01T12:00:00+02:00",
        embeddings: [{ embeddingModel: "words", vector: { floats: [0.25, -2] } }],
      },
    ],
  };

  test("records, and recording the same again changes nothing", async () => {
    const recorded = {
      __typename: "RecordedTrajectories",
      runCount: 1,
      invocationCount: 1,
      embeddingCount: 1,
      runs: [
        {
          id: id("Run", 50),
          seed: "-9223372036854775808",
          invocations: {
            edges: [
              {
                node: {
                  seed: 5,
                  startedAt: "2026-03-01T10:00:00.000Z",
                  outputText: "written",
                  embeddings: [{ vector: [0.25, -2] }],
                },
              },
            ],
          },
        },
      ],
    };
    expect(await record({ runs: [run] })).toEqual(recorded);
    expect(await record({ runs: [run] })).toEqual({
      ...recorded,
      runCount: 0,
      invocationCount: 0,
      embeddingCount: 0,
    });
  });

  test("reports invalid values, and writes nothing", async () => {
    const [invocation] = run.invocations;
    const result = await record({
      runs: [run, { ...run, id: "nonsense", invocations: [{ ...invocation, sequenceNumber: -1 }] }],
    });
    expect(result).toMatchObject({ __typename: "InvalidInputError", code: "INVALID_INPUT" });
    expect(result.issues).toContainEqual({ path: ["input", "runs", "1", "id"], value: '"nonsense"' });
    expect(await fixture.prisma.run.count()).toBe(2);
  });

  test.each([
    ["above 64 bits", "9223372036854775808"],
    ["below 64 bits", "-9223372036854775809"],
    ["not a whole number", 1.5],
    ["not a safe integer", 2 ** 53],
    ["not a number", "five"],
  ])("refuses a seed that is %s", async (_, seed) => {
    const { errors } = await fixture.execute(
      `mutation($input: RecordTrajectoriesInput!) { recordTrajectories(input: $input) { __typename } }`,
      { input: { runs: [{ ...run, seed }] } },
    );
    expect(errors).toMatchObject([{ extensions: { code: "INVALID_INPUT" } }]);
    expect(errors![0].message).toContain("BigInt must be a whole number from -9223372036854775808");
    expect(await fixture.prisma.run.count()).toBe(2);
  });
});

describe("deleteRun", () => {
  const remove = async (given: string) =>
    fixture.execute(
      `mutation($id: ID!) {
        deleteRun(id: $id) {
          __typename ... on DeletedRun { deletedId } ${onError}
          ... on NotFoundError { requestedId } ... on RunInUseError { clusteringResults { id } }
        }
      }`,
      { id: given },
    );

  test("removes a run with everything that belongs to it", async () => {
    expect((await remove(uuid("Run", 0))).data.deleteRun).toEqual({
      __typename: "DeletedRun",
      deletedId: id("Run", 0),
    });
    expect(await fixture.prisma.invocation.count()).toBe(10);
    expect((await remove(id("Run", 0))).data.deleteRun).toMatchObject({
      __typename: "NotFoundError",
      requestedId: id("Run", 0),
    });
    expect((await remove(id("Cluster", 0))).errors).toMatchObject([
      { extensions: { code: "INVALID_INPUT" } },
    ]);
  });

  test("refuses a run that results have used, and names them", async () => {
    await writeClustering(fixture, { result: 0, embeddings: 5, assign: () => ({ label: 0 }) });
    await writeClustering(fixture, { result: 1, embeddings: 5, assign: () => ({ label: 0 }) });
    const { data } = await remove(id("Run", 0));
    expect(data.deleteRun).toMatchObject({ __typename: "RunInUseError", code: "MEDOID_IN_USE" });
    const { clusteringResults } = data.deleteRun;
    expect(clusteringResults).toHaveLength(2);
    expect(clusteringResults).toEqual(
      expect.arrayContaining([{ id: id("ClusteringResult", 0) }, { id: id("ClusteringResult", 1) }]),
    );
    expect(await fixture.prisma.invocation.count()).toBe(20);
    expect((await remove(id("Run", 1))).data).toMatchObject({ deleteRun: { __typename: "DeletedRun" } });
  });
});
