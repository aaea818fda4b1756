import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { Command } from "commander";
import { v7 as uuid } from "uuid";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { addClusterCommand } from "../../src/cli/commands/cluster.js";
import { addDeleteRunsCommand } from "../../src/cli/commands/deleteRuns.js";
import { addImportCommand } from "../../src/cli/commands/import.js";
import { ArgumentError, CommandError, InterruptedError } from "../../src/cli/process.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { recordTrajectories } from "../../src/resolvers/recording/recordTrajectories.js";
import { capturedCli } from "../cli/capturedCli.js";
import { recordedRows } from "../recordedRows.js";
import { openTemporaryApp, type TemporaryApp } from "../temporaryApp.js";
import { panicTdaContent, writePanicTda } from "./panicTdaFixture.js";

let folder: string;
let temporary: TemporaryApp;
beforeAll(async () => {
  temporary = await openTemporaryApp();
});
afterAll(() => temporary.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "medoid-undo-"));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  const { prisma, bulk } = temporary.app.database;
  await prisma.clusteringResult.deleteMany();
  await prisma.embeddingMap.deleteMany();
  const runIds = (await prisma.run.findMany()).map(({ id }) => id);
  await bulk.deleteRuns({ runIds, importedFileId: null });
  await prisma.importedFile.deleteMany();
  await prisma.embeddingModel.deleteMany();
});

const rows = () => recordedRows(temporary.app);
const origins = async () => {
  const { prisma } = temporary.app.database;
  return [await prisma.importedFile.count(), await prisma.sharedRun.count()];
};

async function medoid(args: string[], { signal = new AbortController().signal, stdin = "" } = {}) {
  const { cli, printed } = capturedCli(temporary, { signal, stdin: Readable.from([Buffer.from(stdin)]) });
  const program = new Command().exitOverride();
  addImportCommand(program, () => cli);
  addDeleteRunsCommand(program, () => cli);
  addClusterCommand(program, () => cli);
  await program.parseAsync(args, { from: "user" });
  return printed();
}

const undo = async (path: string, ...options: string[]) =>
  JSON.parse(await medoid(["delete-runs", "--imported-from", path, "--json", ...options]));

/** A run of an image and two texts with embeddings, in which each invocation but the first has an input. */
const run = (fields: object = {}) => ({
  id: uuid(),
  network: ["Painter", "Viewer"],
  initialPrompt: "a prompt",
  invocations: [0, 1, 2].map((sequenceNumber) => ({
    sequenceNumber,
    model: sequenceNumber === 0 ? "Painter" : "Viewer",
    ...(sequenceNumber === 0
      ? {
          type: "IMAGE" as const,
          outputImage: { mediaType: "image/svg+xml", base64: Buffer.from("<svg/>").toString("base64") },
        }
      : {
          type: "TEXT" as const,
          outputText: `text ${sequenceNumber}`,
          embeddings: [{ embeddingModel: "Undo", vector: { floats: [1, sequenceNumber] } }],
        }),
  })),
  ...fields,
});
type TestRun = ReturnType<typeof run>;

function file(name: string, ...runs: TestRun[]): string {
  const path = join(folder, name);
  writeFileSync(path, runs.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return path;
}

const counts = (runs: number) => ({
  runs,
  invocations: 3 * runs,
  images: runs,
  embeddings: runs === 0 ? {} : { Undo: 2 * runs },
});
const stored = (runs: number) => ({ ...counts(runs), embeddings: { Undo: 2 * runs } });

test("removes the runs of an import and nothing else, although the file was moved or deleted", async () => {
  const given = run();
  await recordTrajectories(temporary.app, { runs: [given] });
  const path = file("runs.jsonl", run(), run(), run());
  const printed = await medoid(["import", path]);
  expect(printed).toContain(`To undo this import: \`medoid delete-runs --imported-from ${path}\`.`);
  expect(await rows()).toEqual(stored(4));
  const moved = join(folder, "moved");
  renameSync(path, moved);

  expect(await undo(path, "--dry-run")).toMatchObject({ deleted: counts(3), usedBy: [] });
  expect(await rows()).toEqual(stored(4));
  expect(await undo(path)).toEqual({
    importedFrom: { id: expect.any(String), path, importedAt: expect.any(String) },
    deleted: counts(3),
    staying: { recordedAgain: 0, recordedElsewhere: 0 },
    usedBy: [],
  });
  expect(await rows()).toEqual(stored(1));
  expect(await origins()).toEqual([0, 0]);
  await expect(undo(path)).rejects.toThrow(
    "Nothing was deleted: no import is recorded in this database. Runs that were recorded in other ways can be deleted by --ids.",
  );

  renameSync(moved, path);
  await medoid(["import", path]);
  expect(await rows()).toEqual(stored(4));
});

test("finds an import by the name of a file that was moved, and by its id if several have the name", async () => {
  const first = file("runs.jsonl", run());
  await medoid(["import", first]);
  const { importedFrom } = await undo("elsewhere/runs.jsonl", "--dry-run");
  expect(importedFrom.path).toBe(first);
  const standardInput = await medoid(["import", "-"], { stdin: `${JSON.stringify(run())}\n` });
  const [, id] = /--imported-from ([\da-f-]{36})`/.exec(standardInput) ?? [];
  await medoid(["import", "-"], { stdin: `${JSON.stringify(run())}\n` });
  await expect(undo("-")).rejects.toThrow(
    /several imports may be meant[\s\S]*standard input\n.*standard input$/,
  );
  expect((await undo(id)).deleted).toEqual(counts(1));
  expect((await undo("-")).deleted).toEqual(counts(1));
  await expect(undo("other.jsonl")).rejects.toThrow(
    new RegExp(
      `no import of other.jsonl is recorded. The latest imports are:\\n  ${importedFrom.id} .* ${first}$`,
    ),
  );
});

test("a file that was never imported is not taken for another file of its name", async () => {
  const imported = file("runs.jsonl", run());
  await medoid(["import", imported]);
  const other = join(folder, "other", "runs.jsonl");
  mkdirSync(dirname(other));
  copyFileSync(imported, other);
  await expect(undo(other)).rejects.toThrow(`no import of ${other} is recorded. The latest imports are:`);
  expect(await rows()).toEqual(stored(1));
  renameSync(other, imported);
  renameSync(imported, other);
  expect((await undo(other)).deleted).toEqual(counts(1));
});

test("a file that has grown, and was imported again, is undone as one; so are rows of tables and panic-tda's runs", async () => {
  const [first, second] = [run(), run()];
  await medoid(["import", file("grows.jsonl", first)]);
  await medoid(["import", file("grows.jsonl", first, second)]);
  const table = join(folder, "table.csv");
  writeFileSync(table, 'text,v\na,"[1,2]"\nb,"[3,4]"\n');
  await medoid(["import", table, "--text", "text", "--vector", "v"]);
  const upstream = join(folder, "upstream.sqlite");
  writePanicTda(upstream, panicTdaContent(2, 4)).close();
  await medoid(["import", upstream]);

  expect((await undo(join(folder, "grows.jsonl"))).deleted).toEqual(counts(2));
  expect((await undo(table)).deleted).toEqual({ runs: 2, invocations: 2, images: 0, embeddings: { v: 2 } });
  expect((await undo(upstream)).deleted).toMatchObject({ runs: 2, invocations: 8, images: 4 });
  expect((await rows()).runs).toBe(0);
  expect(await origins()).toEqual([0, 0]);
});

test("a run that two imports recorded outlives the undoing of either, and not of both", async () => {
  for (const order of [
    ["a.jsonl", "b.jsonl"],
    ["b.jsonl", "a.jsonl"],
  ]) {
    const shared = run();
    const { invocations } = shared;
    const paths: Record<string, string> = {
      "a.jsonl": file("a.jsonl", run(), { ...shared, invocations: invocations.slice(0, 2) }),
      "b.jsonl": file("b.jsonl", shared, run(), run()), // completes the run
    };
    await medoid(["import", paths["a.jsonl"]]);
    await medoid(["import", paths["b.jsonl"]]);
    await medoid(["import", paths["b.jsonl"]]);
    expect(await origins()).toEqual([2, 1]);

    const [first, second] = order;
    const staying =
      first === "a.jsonl"
        ? { recordedAgain: 1, recordedElsewhere: 0 }
        : { recordedAgain: 0, recordedElsewhere: 1 };
    expect(await undo(paths[first], "--dry-run")).toMatchObject({ staying });
    expect(await undo(paths[first])).toMatchObject({ deleted: counts(first === "a.jsonl" ? 1 : 2), staying });
    expect((await rows()).runs).toBe(first === "a.jsonl" ? 3 : 2);
    expect((await undo(paths[second])).staying).toEqual({ recordedAgain: 0, recordedElsewhere: 0 });
    expect((await rows()).runs).toBe(0);
    expect(await origins()).toEqual([0, 0]);
  }
});

test("a run that recordTrajectories recorded too, before or after the import, stays", async () => {
  const [before, after] = [run(), run()];
  await recordTrajectories(temporary.app, { runs: [before] });
  const path = file("runs.jsonl", before, after, run());
  await medoid(["import", path]);
  await recordTrajectories(temporary.app, { runs: [after] });
  const printed = await medoid(["delete-runs", "--imported-from", path]);
  expect(printed).toContain("2 runs stay, because they were recorded before this import, or by the API too.");
  expect(await rows()).toEqual(stored(2));
  expect(await origins()).toEqual([0, 0]);
});

test("embeddings that an import added to runs of another origin stay, as the report says; no undoing is proposed", async () => {
  const given = run();
  const texts = given.invocations.map((invocation) => ({ ...invocation, embeddings: [] }));
  const stays = "The embeddings that this import added to it, if any, stay too.";
  await medoid(["import", file("texts.jsonl", { ...given, invocations: texts } as TestRun)]);
  const path = file("embeddings.jsonl", given);
  expect(await medoid(["import", path])).not.toContain("undo");
  expect(await rows()).toEqual(stored(1));

  const wouldStay = stays.replace("stay too", "would stay too");
  expect(await medoid(["delete-runs", "--imported-from", path, "--dry-run"])).toContain(wouldStay);
  expect(await medoid(["delete-runs", "--imported-from", path])).toMatch(
    new RegExp(`1 run stays, because it was recorded before this import, or by the API too.\\n${stays}\\n$`),
  );
  expect(await rows()).toEqual(stored(1));
  const last = await medoid(["delete-runs", "--imported-from", join(folder, "texts.jsonl")]);
  expect(last).not.toContain("stay");
  expect((await rows()).runs).toBe(0);
});

/** A result in which an embedding of the run is an outlier. */
async function useInClustering(
  runId: string,
  status: "SUCCEEDED" | "RUNNING" = "SUCCEEDED",
): Promise<string> {
  const { prisma } = temporary.app.database;
  const embedding = await prisma.embedding.findFirstOrThrow({ where: { invocation: { runId } } });
  const id = uuid();
  await prisma.clusteringResult.create({
    data: {
      ...{ id, embeddingModelId: embedding.embeddingModelId, algorithm: "HDBSCAN", status, filter: "{}" },
      ...{ minClusterSize: 5, minSamples: 5, clusterSelectionMethod: "LEAF", clusterSelectionEpsilon: 0 },
      ...{ alpha: 1, allowSingleCluster: false, metric: "COSINE", normalize: false, engineVersion: "test" },
      assignments: { create: { embeddingId: embedding.id, probability: 0, outlierScore: 0, point: 0 } },
    },
  });
  return id;
}

test("nothing is removed while maps use a run; the message names them beside clusterings", async () => {
  const { prisma } = temporary.app.database;
  const used = run();
  await medoid(["import", file("runs.jsonl", used)]);
  const embedding = await prisma.embedding.findFirstOrThrow({ where: { invocation: { runId: used.id } } });
  const mapOf = async (status: "RUNNING" | "SUCCEEDED") => {
    const id = uuid();
    await prisma.embeddingMap.create({
      data: {
        ...{ id, embeddingModelId: embedding.embeddingModelId, method: "PCA", status, filter: "{}" },
        ...{ metric: "COSINE", normalize: true, engineVersion: "test" },
        positions: { create: { embeddingId: embedding.id, x: 0, y: 0 } },
      },
    });
    return `EmbeddingMap:${id}`;
  };
  const first = await mapOf("SUCCEEDED");
  const refusal = async (...more: string[]) =>
    (await medoid(["delete-runs", "--ids", used.id, ...more]).catch((error) => error)).message;
  expect(await refusal()).toBe(
    `Nothing was deleted: a map uses some of the runs. Delete it first:\n  medoid delete ${first}`,
  );
  const second = await mapOf("RUNNING");
  const result = await useInClustering(used.id);
  expect(await refusal("--dry-run")).toBe(
    `Nothing was deleted: a clustering and 2 maps use some of the runs. Delete them first:\n  medoid delete ClusteringResult:${result}\n  ${second} is RUNNING: wait until it has ended\n  medoid delete ${first}`,
  );
  expect(await prisma.run.count()).toBe(1);
});

test("nothing is removed while clusterings use a run; the message says which, and what to do", async () => {
  const used = run();
  const path = file("runs.jsonl", run(), used, run());
  await medoid(["import", path]);
  const older = await useInClustering(used.id);
  const newer = await useInClustering(used.id, "RUNNING");
  for (const args of [
    ["--imported-from", path],
    ["--imported-from", path, "--dry-run"],
    ["--ids", used.id],
  ]) {
    const refused = await medoid(["delete-runs", ...args]).catch((error) => error);
    expect(refused).toBeInstanceOf(CommandError);
    expect(refused.exitCode).toBe(1);
    expect(refused.message).toBe(
      `Nothing was deleted: 2 clusterings use some of the runs. Delete them first:\n  ClusteringResult:${newer} is RUNNING: wait until it has ended\n  medoid delete ClusteringResult:${older}`,
    );
    expect(await rows()).toEqual(stored(3));
  }
  expect((await medoid(["delete-runs", "--ids", `Run:${uuid()}`]).catch((error) => error)).exitCode).toBe(1);
});

test("removes runs by their ids; an unknown one, and nothing is removed", async () => {
  const [first, second] = [run(), run()];
  const path = file("runs.jsonl", first, second, run());
  await medoid(["import", path]);
  const unknown = uuid();
  await expect(medoid(["delete-runs", "--ids", first.id, unknown])).rejects.toThrow(
    new CommandError(`No run has the id or external id "${unknown}".`),
  );
  await expect(medoid(["delete-runs", "--ids", first.id, `Run:${unknown}`])).rejects.toThrow(
    new CommandError(`Nothing was deleted: no run has the id Run:${unknown}.`),
  );
  expect(await rows()).toEqual(stored(3));
  const printed = await medoid([
    "delete-runs",
    "--ids",
    first.id,
    `Run:${second.id}`,
    first.id.toUpperCase(),
  ]);
  expect(printed).toMatch(/│ runs +│ +2 │/);
  expect(await rows()).toEqual(stored(1));
  expect((await undo(path)).deleted).toEqual(counts(1));
});

test("removes runs by external ids of their invocations; one that is unknown, or of two runs, and nothing is removed", async () => {
  const named = (externalId: string) => ({
    ...run(),
    invocations: [{ sequenceNumber: 0, model: "m", type: "TEXT", externalId }] as never,
  });
  const before = await rows();
  const path = file("named.jsonl", named("row 1"), named("row 2"), named("twice"), named("twice"));
  await medoid(["import", path]);
  const imported = await rows();
  await expect(medoid(["delete-runs", "--ids", "row 1", "row 3"])).rejects.toThrow(
    new CommandError('No run has the id or external id "row 3".'),
  );
  await expect(medoid(["delete-runs", "--ids", "twice", "row 1"])).rejects.toThrow(
    "2 runs have the external id",
  );
  expect(await rows()).toEqual(imported);
  expect(await medoid(["delete-runs", "--ids", "row 1", "row 2"])).toMatch(/│ runs +│ +2 │/);
  await medoid(["delete-runs", "--imported-from", path]);
  expect(await rows()).toEqual(before);
});

test.each([
  [[], "Say which runs to delete: add --imported-from FILE, or --ids ID…."],
  [["--imported-from", "a", "--ids", uuid()], "Give either --imported-from or --ids, not both."],
])("refuses the options %s", async (options, message) => {
  const refused = medoid(["delete-runs", ...options]);
  await expect(refused).rejects.toThrow(new ArgumentError(message));
});

test("is done in batches, and can be stopped and run again", async () => {
  const path = file("many.jsonl", ...Array.from({ length: 1100 }, () => run()));
  await medoid(["import", path]);
  const stop = new AbortController();
  const { cli } = capturedCli(temporary, {
    signal: stop.signal,
    progressBar: () => ({ update: (progress) => progress > 0.5 && stop.abort(), stop() {} }),
  });
  const program = new Command().exitOverride();
  addDeleteRunsCommand(program, () => cli);
  const stopped = await program
    .parseAsync(["delete-runs", "--imported-from", path], { from: "user" })
    .catch((error) => error);
  expect(stopped).toBeInstanceOf(InterruptedError);
  expect(stopped.message).toBe("Stopped. 500 runs were deleted; run the command again to continue.");
  expect(await rows()).toEqual(stored(600));
  expect((await undo(path)).deleted).toEqual(counts(600));
  expect(await origins()).toEqual([0, 0]);
});

/** A table with vectors in two groups. */
function vectors(name: string, dimensions: number): string {
  const path = join(folder, name);
  const rows = Array.from({ length: 12 }, (_, i) => {
    const vector = Array.from({ length: dimensions }, (_, axis) =>
      axis === i % 2 ? 1 : axis === 2 ? i / 100 : 0,
    );
    return `${name} ${i},text ${i},"${JSON.stringify(vector)}"\n`;
  });
  writeFileSync(path, `id,text,vec\n${rows.join("")}`);
  return path;
}
const importVectors = (path: string, ...options: string[]) =>
  medoid(["import", path, "--text", "text", "--vector", "vec", "--id", "id", ...options]);
const modelsNow = async () => {
  const models = await temporary.app.database.prisma.embeddingModel.findMany({ orderBy: { name: "asc" } });
  return models.map(({ name, dimensions, embeddingCount }) => [name, dimensions, embeddingCount]);
};

test("an embedding model without embeddings goes with the runs, so that its name can be given to other vectors", async () => {
  const eight = vectors("eight.csv", 8);
  await importVectors(eight);
  await recordTrajectories(temporary.app, { runs: [run()] });
  await undo(eight, "--dry-run");
  expect(await modelsNow()).toEqual([
    ["Undo", 2, 2],
    ["vec", 8, 12],
  ]);
  await undo(eight);
  expect(await modelsNow()).toEqual([["Undo", 2, 2]]);
  await importVectors(vectors("sixteen.csv", 16));
  expect(await modelsNow()).toEqual([
    ["Undo", 2, 2],
    ["vec", 16, 12],
  ]);
});

test("by ids too; but a model that a clustering names stays", async () => {
  const { prisma } = temporary.app.database;
  const given = run();
  await recordTrajectories(temporary.app, { runs: [given] });
  const result = await useInClustering(given.id);
  await prisma.clusterAssignment.deleteMany();
  await medoid(["delete-runs", "--ids", given.id]);
  expect(await modelsNow()).toEqual([["Undo", 2, 0]]);

  await prisma.clusteringResult.delete({ where: { id: result } });
  const other = run();
  await recordTrajectories(temporary.app, { runs: [other] });
  await medoid(["delete-runs", "--ids", other.id]);
  expect(await modelsNow()).toEqual([]);
});

/** A model as it was left behind by versions that did not remove it with its last embedding. */
const createEmptyModel = (name: string, dimensions: number) =>
  temporary.app.database.prisma.embeddingModel.create({ data: { id: uuid(), name, dimensions } });

test("models that were emptied by earlier versions are neither clustered nor proposed", async () => {
  await createEmptyModel("aaa", 3);
  for (const options of [[], ["--all-models"]]) {
    await expect(medoid(["cluster", ...options])).rejects.toThrow("Nothing has been recorded yet.");
  }
  expect(await importVectors(vectors("vectors.csv", 3))).toContain("Start with `medoid cluster`.");
  expect(await modelsNow()).toEqual([
    ["aaa", 3, 0],
    ["vec", 3, 12],
  ]);
  expect(await medoid(["cluster"])).toMatch(/^HDBSCAN of 12 embeddings of vec: 2 clusters/m);
  expect(await medoid(["cluster", "--all-models"])).toMatch(/^HDBSCAN of 12 embeddings of vec: 2 clusters/m);
});

/** The id of a model without embeddings, and that of an invocation that could have one. */
async function emptyModel(): Promise<{ embeddingModelId: string; invocationId: string }> {
  const { prisma } = temporary.app.database;
  const { invocations, ...given } = run();
  const { id: embeddingModelId } = await createEmptyModel("Undo", 2);
  await recordTrajectories(temporary.app, { runs: [{ ...given, invocations: invocations.slice(0, 1) }] });
  const { id: invocationId } = await prisma.invocation.findFirstOrThrow();
  return { embeddingModelId, invocationId };
}

/** Milliseconds until a statement that has been sent waits for a lock. */
const untilItWaits = 200;

test("a model stays to which embeddings are being added", async () => {
  const { bulk, prisma } = temporary.app.database;
  const { embeddingModelId, invocationId } = await emptyModel();
  let removed: Promise<number> | undefined;
  await prisma.$transaction(async (transaction) => {
    const vector = new Uint8Array(8);
    await transaction.embedding.create({ data: { id: uuid(), invocationId, embeddingModelId, vector } });
    await transaction.embeddingModel.update({
      where: { id: embeddingModelId },
      data: { embeddingCount: { increment: 1 } },
    });
    removed = bulk.deleteEmptyModels([embeddingModelId]);
    await setTimeout(untilItWaits);
  });
  expect(await removed).toBe(0);
  expect(await modelsNow()).toEqual([["Undo", 2, 1]]);
});

test("a recording creates the model again that is being removed", async () => {
  const { prisma } = temporary.app.database;
  const { embeddingModelId } = await emptyModel();
  const given = run();
  let recorded: Promise<unknown> | undefined;
  await prisma.$transaction(async (transaction) => {
    await transaction.embeddingModel.delete({ where: { id: embeddingModelId } });
    recorded = recordTrajectories(temporary.app, { runs: [given] });
    await setTimeout(untilItWaits);
  });
  expect(await recorded).toMatchObject({ runIds: [given.id], embeddingCount: 2 });
  expect(await rows()).toMatchObject({ runs: 2, embeddings: { Undo: 2 } });
  expect(await prisma.embeddingModel.count({ where: { id: embeddingModelId } })).toBe(0);
});

test("a clustering of a model that is removed while it is requested is refused, with nothing written", async () => {
  const { database } = temporary.app;
  const { bulk, prisma } = database;
  const given = run();
  await recordTrajectories(temporary.app, { runs: [given] });
  const jobs = await prisma.job.count();
  const countEmbeddings = async () => {
    await medoid(["delete-runs", "--ids", given.id]);
    return 20;
  };
  const app = { ...temporary.app, database: { ...database, bulk: { ...bulk, countEmbeddings } } };
  const filter = { models: ["Viewer"] };
  const refused = await startClustering(app, { embeddingModel: "Undo", filter }, "");
  expect(refused).toMatchObject({ issues: [{ path: ["input", "embeddingModel"], value: '"Undo"' }] });
  expect([await prisma.job.count(), await prisma.clusteringResult.count()]).toEqual([jobs, 0]);
});
