import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { App } from "../../src/app.js";
import { importPanicTda } from "../../src/import/panicTda/importPanicTda.js";
import { loadSample } from "../../src/import/sample/loadSample.js";
import type { ClusterEmbeddingsInput } from "../../src/resolvers/clusterings/startClustering.js";
import { executeInProcess } from "../../src/server/inProcess.js";
import { openTemporaryApp, type TemporaryApp } from "../temporaryApp.js";

const startMutation = /* GraphQL */ `
  mutation ($input: ClusterEmbeddingsInput!) {
    clusterEmbeddings(input: $input) { __typename ... on ClusteringResult { id } ... on Error { message } }
  }
`;
const walkQuery = /* GraphQL */ `
  query ($id: ID!) {
    clusteringResult(id: $id) {
      status embeddingCount clusterCount outlierCount inputDigest
      failure { code message }
      clusters(first: 500) {
        totalCount
        edges { node {
          id label size share persistence medoidText
          medoidEmbedding { id vectorBase64 invocation { id } assignment(clusteringResultId: $id) { isMedoid cluster { id } } }
          medoidInvocation { id outputText run { id initialPrompt } input { outputImageUrl } }
          medoidOccurrences(first: 500) { totalCount edges { node { id vectorBase64 invocation { outputText } } } }
          members(first: 500) { totalCount edges { probability isMedoid node { id } } }
        } }
      }
    }
  }
`;

interface WalkData {
  clusteringResult: {
    status: string;
    embeddingCount: number;
    clusterCount: number;
    outlierCount: number;
    inputDigest: string;
    failure: unknown;
    clusters: { totalCount: number; edges: { node: WalkedCluster }[] };
  };
}
interface WalkedCluster {
  id: string;
  label: number;
  size: number;
  share: number;
  persistence: number;
  medoidText: string | null;
  medoidEmbedding: {
    id: string;
    vectorBase64: string;
    invocation: { id: string };
    assignment: { isMedoid: boolean; cluster: { id: string } };
  };
  medoidInvocation: {
    id: string;
    outputText: string | null;
    run: { id: string; initialPrompt: string };
    input: { outputImageUrl: string | null };
  };
  medoidOccurrences: {
    totalCount: number;
    edges: { node: { id: string; vectorBase64: string; invocation: { outputText: string | null } } }[];
  };
  members: { totalCount: number; edges: { probability: number; isMedoid: boolean; node: { id: string } }[] };
}

/** Starts a clustering by the mutation, waits for it, and walks all of it. */
async function clusterAndWalk(
  app: App,
  input: ClusterEmbeddingsInput,
): Promise<WalkData["clusteringResult"]> {
  const started = await executeInProcess<{ clusterEmbeddings: { id?: string; message?: string } }>(app, {
    query: startMutation,
    variables: { input },
  });
  const id = started.data?.clusterEmbeddings.id;
  if (!id) throw new Error(JSON.stringify(started));
  // The walk reads thousands of rows, which is not done again and again while the clustering runs.
  const states = app.database.prisma.clusteringResult;
  while (
    ["QUEUED", "RUNNING"].includes(
      (await states.findUniqueOrThrow({ where: { id: id.split(":")[1] } })).status,
    )
  ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { data, errors } = await executeInProcess<WalkData>(app, { query: walkQuery, variables: { id } });
  if (!data) throw new Error(JSON.stringify(errors));
  return data.clusteringResult;
}

/** What must hold for every cluster of every result. */
function expectTheWayBack(result: WalkData["clusteringResult"]): WalkedCluster[] {
  expect(result).toMatchObject({ status: "SUCCEEDED", failure: null });
  const clusters = result.clusters.edges.map(({ node }) => node);
  expect(result.clusters.totalCount).toBe(result.clusterCount);
  expect(clusters.map(({ label }) => label)).toEqual(clusters.map((_, i) => i));
  expect(clusters.reduce((sum, { size }) => sum + size, result.outlierCount)).toBe(result.embeddingCount);
  for (const cluster of clusters) {
    const { medoidEmbedding, medoidInvocation, medoidOccurrences, members } = cluster;
    expect(members.totalCount).toBe(cluster.size);
    expect(cluster.share).toBe(cluster.size / result.embeddingCount);
    expect(medoidEmbedding.assignment).toEqual({ isMedoid: true, cluster: { id: cluster.id } });
    if (cluster.size <= 500) {
      expect(members.edges.filter(({ isMedoid }) => isMedoid).map(({ node }) => node.id)).toEqual([
        medoidEmbedding.id,
      ]);
    }
    expect(medoidInvocation.id).toBe(medoidEmbedding.invocation.id);
    expect(cluster.medoidText).toBe(medoidInvocation.outputText);
    expect(medoidOccurrences.edges[0].node.id).toBe(medoidEmbedding.id);
    for (const { node } of medoidOccurrences.edges)
      expect(node.vectorBase64).toBe(medoidEmbedding.vectorBase64);
  }
  return clusters;
}

/** What two results of the same input have in common: everything but their own ids. */
const content = (clusters: WalkedCluster[]) =>
  clusters.map(({ label, size, persistence, medoidInvocation, medoidOccurrences }) => ({
    label,
    size,
    persistence,
    medoid: medoidInvocation.id,
    occurrences: medoidOccurrences.edges.map(({ node }) => node.id),
  }));

describe("on the sample", () => {
  const embeddingModel = "UniversalSentenceEncoder";
  let temporary: TemporaryApp;
  beforeAll(async () => {
    temporary = await openTemporaryApp();
    await loadSample(temporary.app);
    await temporary.app.queue.start();
  });
  afterAll(() => temporary.close());

  let ofDefaults: ReturnType<typeof clusterAndWalk> | undefined;
  const withDefaults = () => {
    ofDefaults ??= clusterAndWalk(temporary.app, { embeddingModel });
    return ofDefaults;
  };

  it.each<[string, Partial<ClusterEmbeddingsInput>]>([
    [
      "epsilon 0.4, a single cluster allowed, at least 4",
      { clusterSelectionEpsilon: 0.4, allowSingleCluster: true, minClusterSize: 4 },
    ],
    ["leaves, by cosine", { clusterSelectionMethod: "LEAF", metric: "COSINE", minClusterSize: 8 }],
    [
      "without scaling, on a part of them",
      { normalize: false, filter: { sequenceNumber: { min: 20 }, everyNth: 2 } },
    ],
  ])("with %s, every medoid leads back to its invocation", async (_, input) => {
    expectInvocations(expectTheWayBack(await clusterAndWalk(temporary.app, { embeddingModel, ...input })));
  });

  it("with the defaults, every medoid leads back to its invocation", async () => {
    expectInvocations(expectTheWayBack(await withDefaults()));
  });

  function expectInvocations(clusters: WalkedCluster[]): void {
    expect(clusters.length).toBeGreaterThan(0);
    for (const { medoidInvocation } of clusters) {
      expect(medoidInvocation.run.initialPrompt).toMatch(/\w/);
      expect(medoidInvocation.input.outputImageUrl).toMatch(/\/images\//);
    }
  }

  it("with the defaults there are at least 8 clusters, and texts that several invocations produced", async () => {
    const clusters = expectTheWayBack(await withDefaults());

    expect(clusters.length).toBeGreaterThanOrEqual(8);
    const repeated = clusters.filter(({ medoidOccurrences }) => medoidOccurrences.totalCount > 1);
    expect(repeated.length).toBeGreaterThan(0);
    for (const { medoidText, medoidOccurrences } of repeated) {
      for (const { node } of medoidOccurrences.edges) expect(node.invocation.outputText).toBe(medoidText);
    }
  });

  it("the same invocation is the medoid each time, in whatever order the runs were recorded", async () => {
    const first = await withDefaults();
    const again = await clusterAndWalk(temporary.app, { embeddingModel });
    const { prisma } = temporary.app.database;
    const other = await openTemporaryApp();
    try {
      await copyReversed(prisma, other.app.database.prisma);
      await other.app.queue.start();
      const reversed = await clusterAndWalk(other.app, { embeddingModel });

      expect(content(expectTheWayBack(again))).toEqual(content(expectTheWayBack(first)));
      expect(content(expectTheWayBack(reversed))).toEqual(content(expectTheWayBack(first)));
      expect(reversed.inputDigest).toBe(first.inputDigest);
    } finally {
      await other.close();
    }
  });
});

type Prisma = App["database"]["prisma"];

/** Every row once more, in reverse order. */
async function copyReversed(from: Prisma, to: Prisma): Promise<void> {
  await to.embeddingModel.createMany({ data: await from.embeddingModel.findMany() });
  await to.run.createMany({ data: (await from.run.findMany()).reverse() });
  const invocations = (await from.invocation.findMany({ orderBy: { sequenceNumber: "asc" } })).map(
    (invocation) => ({
      ...invocation,
      inputInvocationId: null,
    }),
  );
  await to.invocation.createMany({ data: invocations.reverse() });
  // In the sample, the input of a step is always the step before it.
  await to.$executeRaw`
    UPDATE "Invocation" SET "inputInvocationId" = (
      SELECT "before"."id" FROM "Invocation" AS "before"
      WHERE "before"."runId" = "Invocation"."runId"
        AND "before"."sequenceNumber" = "Invocation"."sequenceNumber" - 1
    )`;
  const inputs = (prisma: Prisma) =>
    prisma.invocation.findMany({ select: { id: true, inputInvocationId: true }, orderBy: { id: "asc" } });
  expect(await inputs(to)).toEqual(await inputs(from));
  const embeddings = await from.embedding.findMany();
  for (let end = embeddings.length; end > 0; end -= 200) {
    await to.embedding.createMany({ data: embeddings.slice(Math.max(0, end - 200), end).reverse() });
  }
}

describe.each([
  ["upstream-july.sqlite", "MiniLM"],
  ["upstream-november-dirty.sqlite", "MiniLM"],
  ["upstream-november-dirty.sqlite", "MiniLM-128"],
])("on %s, %s", (name, embeddingModel) => {
  const file = fileURLToPath(new URL(`../../../shared/data/${name}`, import.meta.url));

  it.skipIf(!existsSync(file))(
    "every medoid leads back to its invocation, also with the parameters of upstream",
    async () => {
      const temporary = await openTemporaryApp();
      try {
        await importPanicTda(temporary.app, file);
        await temporary.app.queue.start();
        const upstream = { clusterSelectionEpsilon: 0.4, allowSingleCluster: true, minClusterSize: 4 };
        for (const input of [{}, { minClusterSize: 4 }, upstream]) {
          const clusters = expectTheWayBack(
            await clusterAndWalk(temporary.app, { embeddingModel, ...input }),
          );
          expect(clusters.length).toBeGreaterThan(0);
        }
      } finally {
        await temporary.close();
      }
    },
  );
});
