import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Cli } from "../../src/cli/cli.js";
import { addClusterCommand } from "../../src/cli/commands/cluster.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { commandOutput } from "./commandOutput.js";

let temporary: TemporaryApp;
beforeAll(async () => {
  temporary = await openTemporaryApp();
  await writeRun(temporary.app, groupedRows(2, 10), { model: "large" });
  await writeRun(temporary.app, groupedRows(2, 2), { model: "small" });
  await writeRun(temporary.app, groupedRows(3, 10), { model: "tall" });
});
afterAll(() => temporary.close());

/** What the command prints, and the error that it ends with. */
async function clusterAll(args: string[], options: Partial<Cli> = {}) {
  const printed = { out: "", err: "" };
  const capture = (stream: "out" | "err") =>
    new Writable({
      write(chunk, _, done) {
        printed[stream] += chunk;
        done();
      },
    });
  const outcome = { error: null as Error | null };
  const opened = { app: temporary.app, url: temporary.databaseUrl };
  await commandOutput(opened, addClusterCommand, ["cluster", "--all-models", ...args], {
    stdout: capture("out"),
    stderr: capture("err"),
    ...options,
  }).catch((error: Error) => {
    outcome.error = error;
  });
  return { ...printed, ...outcome };
}

const resultCount = () => temporary.app.database.prisma.clusteringResult.count();

describe("medoid cluster --all-models", () => {
  test("clusters each embedding model and prints each result", async () => {
    const { out, err, error } = await clusterAll(["--min-cluster-size", "2", "--first", "1"]);
    expect(error).toBeNull();
    expect(err).toBe("");
    expect(out.match(/^HDBSCAN of .*$/gm)).toEqual([
      "HDBSCAN of 20 embeddings of large: 2 clusters, 0 outliers (0.0 %)",
      "HDBSCAN of 4 embeddings of small: 2 clusters, 0 outliers (0.0 %)",
      "HDBSCAN of 30 embeddings of tall: 3 clusters, 0 outliers (0.0 %)",
    ]);
    expect(await resultCount()).toBe(3);
  });

  test("if one fails, the others are computed, and the command fails", async () => {
    const { out, err, error } = await clusterAll(["--min-cluster-size", "5"]);
    expect(err).toMatch(/^"small": .*4 embeddings.*\n$/);
    expect(out.match(/^HDBSCAN of .* of \w+/gm)).toEqual([
      "HDBSCAN of 20 embeddings of large",
      "HDBSCAN of 30 embeddings of tall",
    ]);
    expect(error).toMatchObject({ exitCode: 1, message: '1 of 3 embedding models failed: "small".' });
  });

  test("--json has the result or the reason of each", async () => {
    const { out, error } = await clusterAll(["--min-cluster-size", "5", "--json"]);
    expect(error).toMatchObject({ exitCode: 1 });
    expect(JSON.parse(out).clusterings).toMatchObject([
      { embeddingModel: "large", clusteringResult: { status: "SUCCEEDED", clusterCount: 2 }, error: null },
      { embeddingModel: "small", clusteringResult: null, error: expect.stringContaining("4 embeddings") },
      { embeddingModel: "tall", clusteringResult: { status: "SUCCEEDED", clusterCount: 3 }, error: null },
    ]);
  });

  test("Ctrl-C cancels the clustering that runs, and starts no other", async () => {
    const before = await resultCount();
    const { error } = await clusterAll([], { signal: AbortSignal.abort() });
    expect(error).toMatchObject({ exitCode: 130 });
    expect(await resultCount()).toBeLessThanOrEqual(before + 1);
  });

  test.each([
    ["--embedding-model", "large"],
    ["--idempotency-key", "once"],
  ])("is refused together with %s, and clusters nothing", async (...options) => {
    const before = await resultCount();
    const { error } = await clusterAll(options);
    expect(error?.message).toContain(`cannot be used with option '${options[0]}`);
    expect(await resultCount()).toBe(before);
  });

  test("is proposed where there are several models", async () => {
    const opened = { app: temporary.app, url: temporary.databaseUrl };
    await expect(commandOutput(opened, addClusterCommand, ["cluster"])).rejects.toThrow(
      '--embedding-model or --all-models is required, because there are several embedding models: "large", "small", "tall".',
    );
  });
});
