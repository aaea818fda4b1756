import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createServer } from "../../src/server/server.js";
import { encoded } from "../database/encodedImages.js";
import {
  createdAt,
  type Fixture,
  id,
  openFixture,
  uuid,
  writeClustering,
  writeQueuedClustering,
  writeRuns,
} from "../fixtures.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  const texts = ["a cat", "a dog", "a cat", "rain", "a cat", "a dog", "rain", "a cat"];
  await writeRuns(fixture, { runs: 3, text: (n) => texts[n] ?? `text ${n}` });
  // Embeddings 0 to 7 are cluster 0, 8 to 11 cluster 1, 12 to 14 outliers.
  await writeClustering(fixture, {
    result: 0,
    embeddings: 15,
    assign: (n) => ({
      label: n < 8 ? 0 : n < 12 ? 1 : -1,
      probability: n < 12 ? 1 - n / 100 : 0,
      outlierScore: n / 20,
      point: n < 8 ? 1 : n,
    }),
    medoids: [3, 9],
    persistence: [0.75, 0.25],
  });
  await writeQueuedClustering(fixture, 2);
  await fixture.prisma.run.update({
    where: { id: uuid("Run", 0) },
    data: { metadata: '{"scores":[0.5,1],"topic":"cats"}' },
  });
  await fixture.prisma.invocation.update({
    where: { id: uuid("Invocation", 1) },
    data: { externalId: "row 1", metadata: '{"page":3}' },
  });
  // A second model, for one invocation.
  await fixture.prisma.embeddingModel.create({
    data: { id: uuid("EmbeddingModel", 1), name: "other words", dimensions: 3, embeddingCount: 1 },
  });
  await fixture.prisma.embedding.create({
    data: {
      id: uuid("Embedding", 500),
      invocationId: uuid("Invocation", 1),
      embeddingModelId: uuid("EmbeddingModel", 1),
      vector: new Uint8Array(new Float32Array([0.5, -1.25, 3e38]).buffer),
    },
  });
});
afterAll(() => fixture.close());

describe("Run", () => {
  test("has what was recorded", async () => {
    const query = `query($ids: [ID!]!) {
      nodes(ids: $ids) { ... on Run {
        id network initialPrompt seed maxLength createdAt metadata invocationCount invocations { totalCount }
      } }
    }`;
    expect((await fixture.data(query, { ids: [id("Run", 0), id("Run", 1)] })).nodes).toEqual([
      {
        id: id("Run", 0),
        network: ["painter", "viewer"],
        initialPrompt: "prompt 0",
        seed: "4611686018427387905", // more than a JSON number can represent exactly
        maxLength: 10,
        createdAt: createdAt(0).toISOString(),
        metadata: { topic: "cats", scores: [0.5, 1] },
        invocationCount: 10,
        invocations: { totalCount: 10 },
      },
      {
        id: id("Run", 1),
        network: ["sketcher", "viewer"],
        initialPrompt: "prompt 1",
        seed: 1,
        maxLength: 10,
        createdAt: createdAt(1).toISOString(),
        metadata: null,
        invocationCount: 10,
        invocations: { totalCount: 10 },
      },
    ]);
  });

  test("is found by filters, which must all match", async () => {
    const found = async (filter: object) => {
      const { runs } = await fixture.data(
        `query($filter: RunFilter) { runs(filter: $filter) { totalCount edges { node { id } } } }`,
        { filter },
      );
      expect(runs.totalCount).toBe(runs.edges.length);
      return runs.edges.map((edge: { node: { id: string } }) => edge.node.id);
    };
    const runs = (...numbers: number[]) => numbers.map((n) => id("Run", n));
    expect(await found({})).toEqual(runs(2, 1, 0));
    expect(await found({ networks: [["painter", "viewer"]] })).toEqual(runs(2, 0));
    expect(
      await found({
        networks: [
          ["viewer", "painter"],
          ["sketcher", "viewer"],
        ],
      }),
    ).toEqual(runs(1));
    expect(await found({ networks: [] })).toEqual([]);
    expect(await found({ initialPrompts: ["prompt 0", "prompt 1", "prompt"] })).toEqual(runs(1, 0));
    expect(await found({ embeddingModel: "words" })).toEqual(runs(2, 1, 0));
    expect(await found({ embeddingModel: "other words" })).toEqual(runs(0));
    expect(await found({ embeddingModel: "unknown" })).toEqual([]);
    expect(await found({ networks: [["painter", "viewer"]], initialPrompts: ["prompt 1"] })).toEqual([]);
    expect(await found({ networks: null, initialPrompts: null, embeddingModel: null })).toEqual(
      runs(2, 1, 0),
    );
  });

  test("is a path through clusters, with its outliers", async () => {
    const { run } = await fixture.data(
      `query($result: ID!) {
        run(id: "${id("Run", 2)}") {
          clusterPath(clusteringResultId: $result) {
            totalCount
            edges { node { embedding { id } cluster { label } probability outlierScore isMedoid clusteringResult { id } } }
          }
        }
      }`,
      { result: id("ClusteringResult", 0) },
    );
    expect(run.clusterPath.totalCount).toBe(5);
    expect(run.clusterPath.edges.map((edge: { node: object }) => edge.node)).toEqual(
      [10, 11, 12, 13, 14].map((n) => ({
        embedding: { id: id("Embedding", n) },
        cluster: n < 12 ? { label: 1 } : null,
        probability: n < 12 ? 1 - n / 100 : 0,
        outlierScore: n / 20,
        isMedoid: false,
        clusteringResult: { id: id("ClusteringResult", 0) },
      })),
    );
  });

  test("has no path if the result is unknown or has not succeeded", async () => {
    for (const n of [2, 9]) {
      const data = await fixture.data(
        `query($result: ID!) { run(id: "${id("Run", 2)}") { clusterPath(clusteringResultId: $result) { totalCount } } }`,
        { result: id("ClusteringResult", n) },
      );
      expect(data).toEqual({ run: { clusterPath: null } });
    }
  });
});

describe("Invocation", () => {
  const query = `query($id: ID!) {
    invocation(id: $id) {
      sequenceNumber model type seed inputText outputText outputImageUrl startedAt completedAt externalId metadata
      run { id } input { id } embeddings { id embeddingModel { name } }
      embedding(embeddingModel: "other words") { id }
    }
  }`;

  test("of an image, the first of its run", async () => {
    expect((await fixture.data(query, { id: id("Invocation", 0) })).invocation).toEqual({
      sequenceNumber: 0,
      model: "painter",
      type: "IMAGE",
      seed: null,
      inputText: "prompt 0",
      outputText: null,
      outputImageUrl: `http://medoid.test/images/${uuid("Invocation", 0)}`,
      startedAt: "2026-01-02T00:00:00.000Z",
      completedAt: null,
      externalId: null,
      metadata: null,
      run: { id: id("Run", 0) },
      input: null,
      embeddings: [],
      embedding: null,
    });
  });

  test("of a text, with an embedding by each of two models, by their names", async () => {
    expect((await fixture.data(query, { id: id("Invocation", 1) })).invocation).toEqual({
      sequenceNumber: 1,
      model: "viewer",
      type: "TEXT",
      seed: null,
      inputText: null,
      outputText: "a cat",
      outputImageUrl: null,
      startedAt: "2026-01-02T00:00:01.000Z",
      completedAt: null,
      externalId: "row 1",
      metadata: { page: 3 },
      run: { id: id("Run", 0) },
      input: { id: id("Invocation", 0) },
      embeddings: [
        { id: id("Embedding", 500), embeddingModel: { name: "other words" } },
        { id: id("Embedding", 0), embeddingModel: { name: "words" } },
      ],
      embedding: { id: id("Embedding", 500) },
    });
    expect((await fixture.data(query, { id: id("Invocation", 2) })).invocation.inputText).toBe("a cat");
  });
});

describe("Invocation.outputImage", () => {
  const query = `query($ids: [ID!]!) {
    nodes(ids: $ids) { ... on Invocation { outputImageUrl outputImage { mediaType width height byteLength url } } }
  }`;
  const avif = Buffer.from(encoded.avif, "base64");
  beforeAll(async () => {
    const invocationId = uuid("Invocation", 2);
    await fixture.prisma.invocation.update({
      where: { id: invocationId },
      data: { outputImageMediaType: "image/avif" },
    });
    await fixture.prisma.outputImage.update({ where: { invocationId }, data: { bytes: avif } });
  });

  test("has a size, if it can be read, and its length and address; a text has no image", async () => {
    const { nodes } = await fixture.data(query, { ids: [2, 0, 1].map((n) => id("Invocation", n)) });
    const url = (n: number) => `http://medoid.test/images/${uuid("Invocation", n)}`;
    expect(nodes).toEqual([
      {
        outputImageUrl: url(2),
        outputImage: { mediaType: "image/avif", width: 31, height: 17, byteLength: avif.length, url: url(2) },
      },
      {
        outputImageUrl: url(0),
        outputImage: {
          ...{ mediaType: "image/svg+xml", width: null, height: null },
          ...{ byteLength: '<svg id="0"/>'.length, url: url(0) },
        },
      },
      { outputImageUrl: null, outputImage: null },
    ]);
  });

  test("is served at its address, with its type", async () => {
    const server = createServer(fixture.app);
    const base = await server.listen(0, "127.0.0.1");
    try {
      const response = await fetch(`${base}/images/${uuid("Invocation", 2)}`);
      expect(response.headers.get("content-type")).toBe("image/avif");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(Buffer.from(await response.arrayBuffer()).equals(avif)).toBe(true);
    } finally {
      await server.stop(0);
    }
  });
});

describe("Embedding", () => {
  test("returns its vector as numbers and as bytes, unchanged", async () => {
    const { embedding } = await fixture.data(
      `query($id: ID!) { embedding(id: $id) { dimensions vector vectorBase64 invocation { id } } }`,
      { id: id("Embedding", 500) },
    );
    expect(embedding.vector).toEqual([0.5, -1.25, Math.fround(3e38)]);
    const bytes = Buffer.from(embedding.vectorBase64, "base64");
    expect([bytes.readFloatLE(0), bytes.readFloatLE(4), bytes.length]).toEqual([0.5, -1.25, 12]);
    expect(embedding).toMatchObject({ dimensions: 3, invocation: { id: id("Invocation", 1) } });
  });

  test("returns its assignment in each clustering", async () => {
    const query = `query($id: ID!, $result: ID!) {
      embedding(id: $id) {
        assignments { edges { node { cluster { label } isMedoid probability } } }
        assignment(clusteringResultId: $result) { cluster { label } isMedoid outlierScore }
      }
    }`;
    const result = id("ClusteringResult", 0);
    expect(await fixture.data(query, { id: id("Embedding", 3), result })).toEqual({
      embedding: {
        assignments: { edges: [{ node: { cluster: { label: 0 }, isMedoid: true, probability: 0.97 } }] },
        assignment: { cluster: { label: 0 }, isMedoid: true, outlierScore: 0.15 },
      },
    });
    expect(await fixture.data(query, { id: id("Embedding", 14), result })).toEqual({
      embedding: {
        assignments: { edges: [{ node: { cluster: null, isMedoid: false, probability: 0 } }] },
        assignment: { cluster: null, isMedoid: false, outlierScore: 0.7 },
      },
    });
    expect(await fixture.data(query, { id: id("Embedding", 500), result })).toEqual({
      embedding: { assignments: { edges: [] }, assignment: null },
    });
  });
});

test("embeddingModels are listed by name", async () => {
  expect(await fixture.data(`{ embeddingModels { id name dimensions embeddingCount } }`)).toEqual({
    embeddingModels: [
      { id: id("EmbeddingModel", 1), name: "other words", dimensions: 3, embeddingCount: 1 },
      { id: id("EmbeddingModel", 0), name: "words", dimensions: 2, embeddingCount: 15 },
    ],
  });
});

describe("ClusteringResult", () => {
  const query = `query($id: ID!) {
    clusteringResult(id: $id) {
      id embeddingModel { name } algorithm status stage progress attempt createdAt startedAt finishedAt
      failure { code message } engineVersion inputDigest embeddingCount clusterCount outlierCount
      laidOutCount placedCount
      parameters {
        minClusterSize minSamples clusterSelectionMethod clusterSelectionEpsilon maxClusterSize alpha
        allowSingleCluster metric normalize
      }
      filter { runIds networks initialPrompts models sequenceNumber { min max } everyNth }
      clusters { totalCount edges { node { id } } }
      outliers { totalCount edges { outlierScore node { id } } }
      assignments(last: 4) {
        totalCount
        edges { node { embedding { id } cluster { label } probability outlierScore isMedoid } }
      }
    }
  }`;
  const noFilter = {
    runIds: null,
    networks: null,
    initialPrompts: null,
    models: null,
    sequenceNumber: null,
    everyNth: null,
  };

  test("that succeeded has all fields", async () => {
    const { clusteringResult } = await fixture.data(query, { id: id("ClusteringResult", 0) });
    expect(clusteringResult).toEqual({
      id: id("ClusteringResult", 0),
      embeddingModel: { name: "words" },
      algorithm: "HDBSCAN",
      status: "SUCCEEDED",
      stage: null,
      progress: 1,
      attempt: 1,
      createdAt: createdAt(0).toISOString(),
      startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      finishedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      failure: null,
      engineVersion: "test-1",
      inputDigest: "d".repeat(64),
      embeddingCount: 15,
      clusterCount: 2,
      outlierCount: 3,
      laidOutCount: null,
      placedCount: null,
      parameters: {
        minClusterSize: 5,
        minSamples: 5,
        clusterSelectionMethod: "EXCESS_OF_MASS",
        clusterSelectionEpsilon: 0,
        maxClusterSize: null,
        alpha: 1,
        allowSingleCluster: false,
        metric: "EUCLIDEAN",
        normalize: true,
      },
      filter: noFilter,
      clusters: {
        totalCount: 2,
        edges: [{ node: { id: id("Cluster", 0) } }, { node: { id: id("Cluster", 1) } }],
      },
      outliers: {
        totalCount: 3,
        edges: [14, 13, 12].map((n) => ({ outlierScore: n / 20, node: { id: id("Embedding", n) } })),
      },
      assignments: {
        totalCount: 15,
        edges: [11, 12, 13, 14].map((n) => ({
          node: {
            embedding: { id: id("Embedding", n) },
            cluster: n < 12 ? { label: 1 } : null,
            probability: n < 12 ? 1 - n / 100 : 0,
            outlierScore: n / 20,
            isMedoid: false,
          },
        })),
      },
    });
  });

  test("that is queued has no clusters, and counts nothing", async () => {
    const { clusteringResult } = await fixture.data(query, { id: id("ClusteringResult", 2) });
    expect(clusteringResult).toMatchObject({
      status: "QUEUED",
      progress: 0,
      attempt: 0,
      startedAt: null,
      finishedAt: null,
      inputDigest: null,
      embeddingCount: null,
      clusterCount: null,
      outlierCount: null,
      clusters: { totalCount: 0, edges: [] },
      outliers: { totalCount: 0, edges: [] },
      assignments: { totalCount: 0, edges: [] },
    });
  });

  test("that failed returns the reason, and the filter as it was given", async () => {
    await writeQueuedClustering(fixture, 4);
    await fixture.prisma.clusteringResult.update({
      where: { id: uuid("ClusteringResult", 4) },
      data: {
        status: "FAILED",
        failureCode: "MEDOID_UNMAPPED",
        failureMessage: "no member",
        filter: JSON.stringify({
          ...noFilter,
          runIds: [uuid("Run", 1)],
          networks: [["a", "b"]],
          sequenceNumber: { min: 1, max: null },
          everyNth: 2,
        }),
      },
    });
    const { clusteringResult } = await fixture.data(query, { id: id("ClusteringResult", 4) });
    expect(clusteringResult).toMatchObject({
      failure: { code: "MEDOID_UNMAPPED", message: "no member" },
      filter: {
        ...noFilter,
        runIds: [id("Run", 1)],
        networks: [["a", "b"]],
        sequenceNumber: { min: 1, max: null },
        everyNth: 2,
      },
    });
    await fixture.prisma.clusteringResult.delete({ where: { id: uuid("ClusteringResult", 4) } });
  });

  test("is found by filters, and the newest that succeeded by latestClusteringResult", async () => {
    const found = async (filter: object) => {
      const { clusteringResults } = await fixture.data(
        `query($filter: ClusteringResultFilter) { clusteringResults(filter: $filter) { totalCount edges { node { id } } } }`,
        { filter },
      );
      expect(clusteringResults.totalCount).toBe(clusteringResults.edges.length);
      return clusteringResults.edges.map((edge: { node: { id: string } }) => edge.node.id);
    };
    const results = (...numbers: number[]) => numbers.map((n) => id("ClusteringResult", n));
    expect(await found({})).toEqual(results(2, 0));
    expect(await found({ statuses: ["SUCCEEDED", "FAILED"] })).toEqual(results(0));
    expect(await found({ statuses: [] })).toEqual([]);
    expect(await found({ embeddingModel: "words", algorithm: "HDBSCAN" })).toEqual(results(2, 0));
    expect(await found({ embeddingModel: "other words" })).toEqual([]);
    expect(await found({ algorithm: "APPROXIMATE_HDBSCAN" })).toEqual([]);

    const latest = `query($model: String) { latestClusteringResult(embeddingModel: $model) { id } }`;
    const newest = { latestClusteringResult: { id: id("ClusteringResult", 0) } };
    expect(await fixture.data(latest)).toEqual(newest);
    expect(await fixture.data(latest, { model: "words" })).toEqual(newest);
    expect(await fixture.data(latest, { model: "other words" })).toEqual({ latestClusteringResult: null });
    expect(await fixture.data(latest, { model: "unknown" })).toEqual({ latestClusteringResult: null });
  });
});

describe("Cluster", () => {
  test("leads back to the invocation behind its medoid", async () => {
    const { cluster } = await fixture.data(
      `query($id: ID!) {
        cluster(id: $id) {
          label size share persistence medoidText
          clusteringResult { id }
          medoidEmbedding { id invocation { id } }
          medoidInvocation { id outputText run { id } input { outputImageUrl } }
          medoidOccurrences { totalCount edges { node { id } } }
          members(first: 3) { totalCount edges { probability outlierScore isMedoid node { id } } }
          topTexts(limit: 2) { text count }
        }
      }`,
      { id: id("Cluster", 0) },
    );
    expect(cluster).toEqual({
      label: 0,
      size: 8,
      share: 8 / 15,
      persistence: 0.75,
      medoidText: "rain",
      clusteringResult: { id: id("ClusteringResult", 0) },
      medoidEmbedding: { id: id("Embedding", 3), invocation: { id: id("Invocation", 7) } },
      medoidInvocation: {
        id: id("Invocation", 7),
        outputText: "rain",
        run: { id: id("Run", 0) },
        input: { outputImageUrl: `http://medoid.test/images/${uuid("Invocation", 6)}` },
      },
      medoidOccurrences: {
        totalCount: 8,
        edges: [3, 0, 1, 2, 4, 5, 6, 7].map((n) => ({ node: { id: id("Embedding", n) } })),
      },
      members: {
        totalCount: 8,
        edges: [0, 1, 2].map((n) => ({
          probability: 1 - n / 100,
          outlierScore: n / 20,
          isMedoid: false,
          node: { id: id("Embedding", n) },
        })),
      },
      topTexts: [
        { text: "a cat", count: 4 },
        { text: "a dog", count: 2 },
      ],
    });
  });

  test("has ten texts by default, with equal counts in the order of the texts", async () => {
    const { cluster } = await fixture.data(
      `{ cluster(id: "${id("Cluster", 1)}") { topTexts { text count } } }`,
    );
    expect(cluster.topTexts).toEqual([
      { text: "text 10", count: 1 },
      { text: "text 11", count: 1 },
      { text: "text 8", count: 1 },
      { text: "text 9", count: 1 },
    ]);
  });
});
