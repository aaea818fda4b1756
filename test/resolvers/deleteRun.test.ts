import { v7 as uuid } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deleteClusteringResult } from "../../src/resolvers/clusterings/deleteClusteringResult.js";
import { RunInUseError } from "../../src/resolvers/errors.js";
import { deleteMap } from "../../src/resolvers/maps/deleteMap.js";
import { deleteRun } from "../../src/resolvers/recording/deleteRun.js";
import { recordTrajectories } from "../../src/resolvers/recording/recordTrajectories.js";
import type { RunInput } from "../../src/resolvers/recording/runInput.js";
import { recordedRows } from "../recordedRows.js";
import { openTemporaryApp, type TemporaryApp } from "../temporaryApp.js";

let temporary: TemporaryApp;
beforeAll(async () => {
  temporary = await openTemporaryApp();
});
afterAll(() => temporary.close());

const rows = () => recordedRows(temporary.app);

/** A run of alternating pictures and texts, each text embedded by two models. */
async function recordRun(steps: number): Promise<RunInput> {
  const webp = Buffer.from("RIFF\x10\0\0\0WEBPVP8 image", "latin1").toString("base64");
  const run: RunInput = {
    id: uuid(),
    network: ["Painter", "Viewer"],
    initialPrompt: "a prompt",
    invocations: Array.from({ length: steps }, (_, sequenceNumber) =>
      sequenceNumber % 2 === 0
        ? {
            sequenceNumber,
            model: "Painter",
            type: "IMAGE",
            outputImage: { mediaType: "image/webp", base64: webp },
          }
        : {
            sequenceNumber,
            model: "Viewer",
            type: "TEXT",
            outputText: `text ${sequenceNumber}`,
            embeddings: [
              { embeddingModel: "A", vector: { floats: [1, sequenceNumber] } },
              { embeddingModel: "B", vector: { floats: [1, 2, sequenceNumber] } },
            ],
          },
    ),
  };
  await recordTrajectories(temporary.app, { runs: [run] });
  return run;
}

const parameters = {
  algorithm: "HDBSCAN",
  minClusterSize: 5,
  minSamples: 5,
  clusterSelectionMethod: "EXCESS_OF_MASS",
  clusterSelectionEpsilon: 0,
  alpha: 1,
  allowSingleCluster: false,
} as const;

/** A result in which one embedding of the run is an outlier. */
async function useInClustering(runId: string, createdAt: Date): Promise<string> {
  const { prisma } = temporary.app.database;
  const embedding = await prisma.embedding.findFirstOrThrow({ where: { invocation: { runId } } });
  const id = uuid();
  await prisma.clusteringResult.create({
    data: {
      id,
      embeddingModelId: embedding.embeddingModelId,
      ...parameters,
      metric: "EUCLIDEAN",
      normalize: true,
      filter: "{}",
      status: "SUCCEEDED",
      engineVersion: "test",
      createdAt,
      assignments: { create: { embeddingId: embedding.id, probability: 0, outlierScore: 1, point: 0 } },
    },
  });
  return id;
}

test("removes a run with everything that belongs to it, and nothing else", async () => {
  const other = await recordRun(4);
  const before = await rows();
  const run = await recordRun(300);
  expect(await deleteRun(temporary.app, run.id)).toEqual({ deleted: true });
  expect(await rows()).toEqual(before);
  expect(before).toMatchObject({ runs: 1, invocations: 4, images: 2, embeddings: { A: 2, B: 2 } });
  expect(await temporary.app.database.prisma.run.count({ where: { id: other.id } })).toBe(1);
});

test("a run that is unknown, or already deleted, is null", async () => {
  const run = await recordRun(2);
  expect(await deleteRun(temporary.app, run.id)).toEqual({ deleted: true });
  expect(await deleteRun(temporary.app, run.id)).toBeNull();
  expect(await deleteRun(temporary.app, uuid())).toBeNull();
});

test("a deleted run can be recorded again", async () => {
  const run = await recordRun(4);
  await deleteRun(temporary.app, run.id);
  expect(await recordTrajectories(temporary.app, { runs: [run] })).toMatchObject({
    runCount: 1,
    invocationCount: 4,
    embeddingCount: 4,
  });
});

test("a model that has lost its last embedding goes too, so that its name can be given to other vectors", async () => {
  const { app } = temporary;
  const before = await rows();
  const withVector = (floats: number[], embeddingModel: string): RunInput => ({
    ...{ id: uuid(), network: ["Viewer"], initialPrompt: "" },
    invocations: [
      {
        ...{ sequenceNumber: 0, model: "Viewer", type: "TEXT", outputText: "a text" },
        embeddings: [{ embeddingModel, vector: { floats } }],
      },
    ],
  });
  const runs = [withVector([1, 2], "C"), withVector([3, 4], "C"), withVector([5, 6], "D")];
  await recordTrajectories(app, { runs });
  const [first, second, other] = runs.map(({ id }) => id!);
  await deleteRun(app, first);
  expect((await rows()).embeddings).toEqual({ ...before.embeddings, C: 1, D: 1 });
  await deleteRun(app, second);
  expect((await rows()).embeddings).toEqual({ ...before.embeddings, D: 1 });
  const wider = withVector([1, 2, 3], "C");
  expect(await recordTrajectories(app, { runs: [wider] })).toMatchObject({ embeddingCount: 1 });
  for (const id of [other, wider.id!]) expect(await deleteRun(app, id)).toEqual({ deleted: true });
  expect(await rows()).toEqual(before);
});

test.each(["clustering", "map"] as const)(
  "a model that only a failed %s names goes with it",
  async (kind) => {
    const { app } = temporary;
    const { prisma } = app.database;
    const before = await rows();
    const run = await recordRun(2);
    const { id: embeddingModelId } = await prisma.embeddingModel.create({
      data: { id: uuid(), name: "named", dimensions: 2 },
    });
    const id = uuid();
    const failed = { id, embeddingModelId, status: "FAILED" as const, filter: "{}", engineVersion: "test" };
    const common = { ...failed, metric: "EUCLIDEAN" as const, normalize: true, createdAt: new Date() };
    const [create, remove] =
      kind === "map"
        ? [() => prisma.embeddingMap.create({ data: { ...common, method: "PCA" } }), deleteMap]
        : [
            () => prisma.clusteringResult.create({ data: { ...common, ...parameters } }),
            deleteClusteringResult,
          ];
    await create();
    await deleteRun(app, run.id);
    expect((await rows()).embeddings).toEqual({ ...before.embeddings, named: 0 });
    expect(await remove(app, id)).toEqual(kind === "map" ? true : { deleted: true });
    expect(await rows()).toEqual(before);
  },
);

test("a run that clusterings used is not deleted, and the newest 20 of them are named", async () => {
  const run = await recordRun(4);
  const unused = await recordRun(4);
  const results: string[] = [];
  for (let i = 0; i < 22; i++)
    results.push(await useInClustering(run.id, new Date(2026, 0, 1 + (i % 11), i)));
  const before = await rows();
  const outcome = await deleteRun(temporary.app, run.id);
  expect(outcome).toBeInstanceOf(RunInUseError);
  const newestFirst = [...results.keys()].sort((a, b) => (b % 11) - (a % 11) || b - a).map((i) => results[i]);
  expect((outcome as RunInUseError).idsOf("ClusteringResult")).toEqual(newestFirst.slice(0, 20));
  expect(await rows()).toEqual(before);
  expect(await deleteRun(temporary.app, unused.id)).toEqual({ deleted: true });
});
