import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addVerifyCommand } from "../../src/cli/commands/verify.js";
import type { PrismaClient } from "../../src/database/generated/sqlite/client.js";
import type { ServerAddress } from "../../src/remote/serverAddress.js";
import type { ClusterEmbeddingsInput } from "../../src/resolvers/clusterings/startClustering.js";
import { executeInProcess } from "../../src/server/inProcess.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { commandOutput } from "./commandOutput.js";

let temporary: TemporaryApp;
let prisma: PrismaClient;
beforeAll(async () => {
  temporary = await openTemporaryApp();
  prisma = temporary.app.database.prisma;
  // Their ids are in another order than the embeddings' ids.
  await writeRun(temporary.app, groupedRows(3, 12, 4), { runId: "ffffffff-0000-7000-8000-000000000000" });
  await writeRun(temporary.app, groupedRows(3, 9, 4), { runId: "00000000-0000-7000-8000-000000000000" });
  await temporary.app.queue.start();
});
afterAll(() => temporary.close());

const verify = (...args: string[]) =>
  commandOutput({ app: temporary.app, url: temporary.databaseUrl }, addVerifyCommand, ["verify", ...args]);

/** Clusters, and waits for the result. @returns its bare id */
async function clustered(input: Partial<ClusterEmbeddingsInput> = {}): Promise<string> {
  const query = /* GraphQL */ `
    mutation ($input: ClusterEmbeddingsInput!) {
      clusterEmbeddings(input: $input) { ... on ClusteringResult { id } ... on Error { message } }
    }
  `;
  const variables = { input: { embeddingModel: "Model", minClusterSize: 4, ...input } };
  type Data = { clusterEmbeddings: { id: string } };
  const { data, errors } = await executeInProcess<Data>(temporary.app, { query, variables });
  if (!data?.clusterEmbeddings.id) throw new Error(JSON.stringify({ data, errors }));
  const id = data.clusterEmbeddings.id.split(":")[1];
  for (;;) {
    const { status } = await prisma.clusteringResult.findUniqueOrThrow({ where: { id } });
    if (status === "SUCCEEDED") return id;
    if (status === "FAILED") throw new Error("it failed");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("medoid verify", () => {
  test("computes a result again, and counts what is equal", async () => {
    const id = await clustered();
    expect(await verify()).toBe(
      `ClusteringResult:${id}: 63 embeddings of Model
computed again by the engine, version 5
  digest of the embeddings            1 equal
  stored numbers                      3 equal
  sizes of clusters                   3 equal
  medoids                             3 equal
  persistence of clusters             3 equal
  labels                              63 equal
  probabilities                       63 equal
  outlier scores                      63 equal
  embeddings that the filter selects  63 equal
`,
    );
    const summary = JSON.parse(await verify(id, "--json"));
    expect(summary).toMatchObject({
      isEqual: true,
      isFilterDecided: true,
      engineVersion: "5",
      clusteringResult: { embeddingCount: 63 },
    });
    expect(summary.comparisons[5]).toEqual({
      what: "labels",
      count: 63,
      differing: 0,
      firstDifference: null,
    });
  });

  test("--store-tree stores the spanning tree of a result that has none, or none that can be read", async () => {
    const id = await clustered({ minClusterSize: 5, minSamples: 3, normalize: false });
    const pieces = { where: { spanningTreeId: id } };
    const [piece] = await prisma.spanningTreePiece.findMany(pieces);
    const before = await verify(id);
    expect(await verify(id, "--store-tree")).toBe(`${before}The spanning tree is stored already.\n`);

    const damaged = Uint8Array.from(piece.bytes);
    damaged[50] ^= 1;
    await prisma.spanningTreePiece.updateMany({ ...pieces, data: { bytes: damaged } });
    expect(JSON.parse(await verify(id, "--store-tree", "--json"))).toMatchObject({ treeWasStored: true });
    expect(await prisma.spanningTreePiece.findMany(pieces)).toEqual([piece]);

    await prisma.clusteringResult.update({ where: { id }, data: { spanningTreeId: null } });
    await prisma.spanningTree.delete({ where: { id } });
    const member = await prisma.clusterAssignment.findFirstOrThrow({
      where: { clusteringResultId: id, clusterId: { not: null } },
    });
    const where = {
      clusteringResultId_embeddingId: { clusteringResultId: id, embeddingId: member.embeddingId },
    };
    await prisma.clusterAssignment.update({ where, data: { probability: 0.125 } });
    await expect(verify(id, "--store-tree")).rejects.toThrow("0.125 is stored");
    expect(await prisma.spanningTree.count({ where: { id } })).toBe(0);
    await prisma.clusterAssignment.update({ where, data: { probability: member.probability } });

    expect(await verify(id, "--store-tree")).toBe(`${before}The spanning tree was stored.\n`);
    expect(await prisma.spanningTreePiece.findMany(pieces)).toEqual([piece]);
    const { spanningTreeId } = await prisma.clusteringResult.findUniqueOrThrow({ where: { id } });
    expect(spanningTreeId).toBe(id);
  });

  test("--store-tree writes to no server", async () => {
    const server = { url: "http://127.0.0.1:1" } as ServerAddress;
    const command = { app: temporary.app, url: temporary.databaseUrl };
    const running = commandOutput(command, addVerifyCommand, ["verify", "--store-tree"], { server });
    await expect(running).rejects.toThrow(
      "--store-tree writes to the database itself: give it without --server.",
    );
  });

  test.each<[what: string, input: Partial<ClusterEmbeddingsInput>]>([
    ["rows laid out by UMAP", { reduction: { dimensions: 3, neighbours: 200, seed: 4 } }],
    ["principal components", { reduction: { method: "PCA", dimensions: 2 }, metric: "COSINE" }],
    ["leaves by cosine", { metric: "COSINE", clusterSelectionMethod: "LEAF" }],
    ["approximate neighbours, unscaled", { algorithm: "APPROXIMATE_HDBSCAN", normalize: false, alpha: 1.5 }],
    [
      "a part, as a single cluster",
      { allowSingleCluster: true, filter: { everyNth: 2 }, maxClusterSize: 20 },
    ],
  ])("of %s, finds every value equal", async (_, input) => {
    const { isEqual } = JSON.parse(await verify(await clustered(input), "--json"));
    expect(isEqual).toBe(true);
  });

  test("embeddings that were recorded later take no part", async () => {
    const id = await clustered();
    const before = await verify(id);
    await writeRun(temporary.app, groupedRows(3, 3, 4));
    expect(await verify(id)).toBe(
      `${before}It was not checked whether the filter selects further embeddings of the model: they may have been recorded since.\n`,
    );
  });

  test("any value that differs is counted and named, and the first ends the command with an error", async () => {
    const id = await clustered();
    const [cluster, other] = await prisma.cluster.findMany({
      where: { clusteringResultId: id },
      orderBy: { label: "asc" },
    });
    const where = {
      clusteringResultId: id,
      clusterId: cluster.id,
      embeddingId: { not: cluster.medoidEmbeddingId },
    };
    const member = await prisma.clusterAssignment.findFirstOrThrow({ where });
    const key = {
      clusteringResultId_embeddingId: { clusteringResultId: id, embeddingId: member.embeddingId },
    };
    const assignment = (data: object) => prisma.clusterAssignment.update({ where: key, data });
    const vector = (bytes: Uint8Array<ArrayBuffer>) =>
      prisma.embedding.update({ where: { id: member.embeddingId }, data: { vector: bytes } });
    const { vector: recorded, invocationId } = await prisma.embedding.findUniqueOrThrow({
      where: { id: member.embeddingId },
    });
    await prisma.invocation.update({ where: { id: invocationId }, data: { externalId: "row 17" } });
    const changed = Uint8Array.from(recorded);
    changed[0] ^= 1;
    const cases: [change: () => Promise<unknown>, undo: () => Promise<unknown>, message: string | RegExp][] =
      [
        [
          () => assignment({ clusterId: other.id }),
          () => assignment({ clusterId: cluster.id }),
          /of the labels: Embedding:\S+ \(Run:\S+, sequence number \d+\): 1 is stored, 0 was computed\.$/,
        ],
        [
          () => assignment({ probability: 0.123 }),
          () => assignment({ probability: member.probability }),
          "0.123 is stored",
        ],
        [
          () => assignment({ outlierScore: 0.987 }),
          () => assignment({ outlierScore: member.outlierScore }),
          "of the outlier scores",
        ],
        [
          () =>
            prisma.cluster.update({
              where: { id: cluster.id },
              data: { medoidEmbeddingId: member.embeddingId },
            }),
          () =>
            prisma.cluster.update({
              where: { id: cluster.id },
              data: { medoidEmbeddingId: cluster.medoidEmbeddingId },
            }),
          `of the medoids: cluster 0: Embedding:${member.embeddingId} is stored, Embedding:${cluster.medoidEmbeddingId} was computed.`,
        ],
        [
          () => vector(changed),
          () => vector(Uint8Array.from(recorded)),
          /of the digest of the embeddings: the digest: [0-9a-f]{64} is stored, [0-9a-f]{64} was computed\.$/,
        ],
        [
          () => vector(new Uint8Array(16)),
          () => vector(Uint8Array.from(recorded)),
          new RegExp(
            `^The result differs, because it cannot be computed from what is stored: the vector of Embedding:${member.embeddingId} \\(Run:\\S+, sequence number \\d+\\), external id row 17 is all zeros and has no direction\\.$`,
          ),
        ],
        [
          () => vector(new Uint8Array(12)),
          () => vector(Uint8Array.from(recorded)),
          `The vector of the embedding ${member.embeddingId} is damaged: it has 12 bytes instead of 16.`,
        ],
      ];
    for (const [change, undo, message] of cases) {
      await change();
      await expect(verify(id)).rejects.toThrow(message);
      await undo();
    }
    expect(await verify(id)).toMatch(/^ {2}labels +72 equal$/m);
    await prisma.clusterAssignment.delete({ where: key });
    await expect(verify(id)).rejects.toThrow(
      /^The clustering result has stored 72 as the number of its assignments, but the database has 71 of them: rows were lost, or the number was changed\.$/,
    );
  });

  test.each<[Record<string, number | null>, string, Partial<ClusterEmbeddingsInput>?]>([
    [{ clusterCount: 9 }, "of the stored numbers: the number of clusters: 9 is stored, 3 was computed."],
    [{ outlierCount: 7 }, "of the stored numbers: the number of outliers: 7 is stored, 0 was computed."],
    [{ outlierCount: null }, "the number of outliers: nothing is stored, 0 was computed."],
    [
      { embeddingCount: 71 },
      "has stored 71 as the number of its assignments, but the database has 72 of them",
    ],
    [
      { placedCount: 5 },
      "the number of embeddings that the reduction placed: 5 is stored, 0 was computed.",
      { reduction: { dimensions: 2 } },
    ],
  ])("a stored number that was changed to %j is a difference", async (data, message, input = {}) => {
    const id = await clustered(input);
    await prisma.clusteringResult.update({ where: { id }, data });
    await expect(verify(id)).rejects.toThrow(message);
  });

  test.each([
    { everyNth: 7 },
    { runIds: ["00000000-0000-7000-8000-000000000000"] },
    { networks: [["Other"]] },
    { initialPrompts: ["another"] },
    { models: [] },
    { sequenceNumber: { min: 1, max: null } },
    { sequenceNumber: { min: null, max: 5 } },
  ])("a stored filter that was changed to %j does not select what was clustered", async (condition) => {
    const id = await clustered();
    const { filter } = await prisma.clusteringResult.findUniqueOrThrow({ where: { id } });
    const data = { filter: JSON.stringify({ ...JSON.parse(filter), ...condition }) };
    await prisma.clusteringResult.update({ where: { id }, data });
    await expect(verify(id)).rejects.toThrow(
      /of the embeddings that the filter selects: Embedding:\S+ \(Run:\S+, sequence number \d+\): it was clustered, but the stored filter does not select it\.$/,
    );
  });

  test("of a whole model, everyNth selects one embedding of a run, however far apart the others are", async () => {
    await prisma.embeddingModel.create({
      data: { id: "0198c1b2-0000-7000-8009-000000000000", name: "Sparse", dimensions: 4, embeddingCount: 12 },
    });
    const embeddings = await prisma.embedding.findMany({
      where: { invocation: { runId: "00000000-0000-7000-8000-000000000000", sequenceNumber: { lt: 24 } } },
      include: { invocation: true },
    });
    const sparse = embeddings.filter(({ invocation }) => invocation.sequenceNumber % 2 === 0);
    await prisma.embedding.createMany({
      data: sparse.map(({ invocationId, vector }, n) => ({
        id: `0198c1b2-0000-7000-8009-0000000001${String(n).padStart(2, "0")}`,
        embeddingModelId: "0198c1b2-0000-7000-8009-000000000000",
        invocationId,
        vector,
      })),
    });
    const id = await clustered({ embeddingModel: "Sparse", minClusterSize: 2 });
    expect(JSON.parse(await verify(id, "--json"))).toMatchObject({ isEqual: true, isFilterDecided: true });
    const { filter } = await prisma.clusteringResult.findUniqueOrThrow({ where: { id } });
    const changed = JSON.stringify({ ...JSON.parse(filter), everyNth: 2 });
    await prisma.clusteringResult.update({ where: { id }, data: { filter: changed } });
    await expect(verify(id)).rejects.toThrow("of the embeddings that the filter selects");
  });

  test("every embedding that each condition of a filter selected satisfies it", async () => {
    const run = "Run:00000000-0000-7000-8000-000000000000";
    const { network, initialPrompt } = await prisma.run.findUniqueOrThrow({ where: { id: run.slice(4) } });
    const { model } = await prisma.invocation.findFirstOrThrow({ where: { runId: run.slice(4) } });
    const id = await clustered({
      filter: {
        runIds: [run],
        networks: [JSON.parse(network)],
        initialPrompts: [initialPrompt],
        models: [model],
        sequenceNumber: { min: 2, max: 25 },
        everyNth: 2,
      },
    });
    const { isEqual, isFilterDecided } = JSON.parse(await verify(id, "--json"));
    expect({ isEqual, isFilterDecided }).toEqual({ isEqual: true, isFilterDecided: false });
  });

  test("a clustering that did not succeed has nothing to compare", async () => {
    const id = await clustered();
    await prisma.clusteringResult.update({ where: { id }, data: { status: "FAILED" } });
    await expect(verify(id)).rejects.toThrow("has the status FAILED: it has nothing to compare.");
    await expect(verify("0198c1b2-0000-7000-8005-000000000000")).rejects.toThrow("There are:");
  });
});
