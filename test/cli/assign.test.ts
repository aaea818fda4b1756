import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { v7 as uuid } from "uuid";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addAssignCommand } from "../../src/cli/commands/assign.js";
import { createServer } from "../../src/server/server.js";
import { clusterToEnd } from "../analysis/clusterToEnd.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { commandOutput } from "./commandOutput.js";

let temporary: TemporaryApp;
let folder: string;
/** The ids of the embeddings that took part, and of others, in the order of their sequence numbers. */
let took: string[];
let late: string[];
let lateRun: string;
let id: string;
beforeAll(async () => {
  temporary = await openTemporaryApp();
  await temporary.app.queue.start();
  const [runId, rows] = [uuid(), groupedRows(3, 30, 4)];
  lateRun = uuid();
  took = await writeRun(temporary.app, rows, { runId });
  const far = Float32Array.of(-40, 90, -40, 7);
  // A run of more than one page of invocations; the last is far from all clusters.
  const others = Array.from({ length: 130 }, (_, i) => (i === 129 ? far : rows[(7 * i) % rows.length]));
  late = await writeRun(temporary.app, others, { runId: lateRun, text: (i) => `"late", ${i}` });
  await writeRun(temporary.app, [Float32Array.of(1, 2)], { model: "Pictures" });
  id = await clusterToEnd(temporary.app, {
    ...{ minClusterSize: 8, minSamples: 4, normalize: false },
    filter: { runIds: [runId] },
  });
});
afterAll(() => temporary.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "medoid-assign-"));
  return () => rmSync(folder, { recursive: true });
});

const out = (name: string) => join(folder, name);
const fixture = () => ({ app: temporary.app, url: temporary.databaseUrl });
const assign = (args: string[], options: Parameters<typeof commandOutput>[3] = {}) =>
  commandOutput(fixture(), addAssignCommand, ["assign", ...args], options);

interface Row {
  embedding_id: string;
  run_id: string;
  sequence_number: number;
  text: string;
  label: number;
  probability: number;
  nearest_embedding_id: string;
  distance: number;
}
const linesOf = (name: string): Row[] =>
  readFileSync(out(name), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const labelsOf = async () => {
  const rows = await temporary.app.database.prisma.clusterAssignment.findMany({
    where: { clusteringResultId: id },
    select: { embeddingId: true, probability: true, cluster: { select: { label: true } } },
  });
  return new Map(rows.map((row) => [row.embeddingId, { ...row, label: row.cluster?.label ?? -1 }]));
};

describe("medoid assign", () => {
  test("writes where all embeddings of the result's model belong, those that took part where they are", async () => {
    const printed = await assign(["--out", out("all.jsonl")]);
    const rows = linesOf("all.jsonl");
    const outliers = rows.filter(({ label }) => label < 0).length;
    expect(printed).toBe(
      `Wrote 220 assignments to ${out("all.jsonl")}: ${220 - outliers} in 3 clusters, ${outliers === 1 ? "1 outlier" : `${outliers} outliers`}; the result's parameters are in ${out("all.jsonl")}.meta.json.\n`,
    );
    const stored = await labelsOf();
    const found = new Map(rows.map((row) => [row.embedding_id, row]));
    expect([...found.keys()].sort()).toEqual([...took, ...late].sort());
    for (const one of took) {
      const { label, probability } = stored.get(one)!;
      expect(found.get(one)).toMatchObject({ label, probability, nearest_embedding_id: one, distance: 0 });
    }
    expect(found.get(late[129])).toMatchObject({ label: -1, probability: 0, text: '"late", 129' });
    const metadata = JSON.parse(readFileSync(`${out("all.jsonl")}.meta.json`, "utf8"));
    expect(metadata).toMatchObject({ table: "assigned", rowCount: 220 });
  });

  test("writes the embeddings of a filter, alike in each format and through a server", async () => {
    const filter = [
      "--run-ids",
      lateRun,
      "--sequence-number",
      "5..120",
      "--every-nth",
      "3",
      "--models",
      "Painter",
    ];
    await assign([id, "--embedding-model", "Model", ...filter, "--out", out("some.jsonl")]);
    const rows = linesOf("some.jsonl");
    expect(rows.map(({ embedding_id }) => embedding_id)).toEqual(
      late.filter((_, at) => at >= 5 && at <= 120 && (at - 5) % 3 === 0),
    );
    expect(rows.every(({ run_id }) => run_id === lateRun)).toBe(true);

    await assign([id, ...filter, "--out", out("some.parquet")]);
    const bytes = readFileSync(out("some.parquet"));
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    expect(await parquetReadObjects({ file })).toEqual(rows);
    await assign([id, ...filter, "--out", out("some.csv")]);
    const [header, first] = readFileSync(out("some.csv"), "utf8").split("\n");
    expect(header.split(",")).toEqual(Object.keys(rows[0]));
    expect(first).toContain('"""late"", 5"');
    expect(readdirSync(folder).sort()).toEqual(
      ["some.csv", "some.csv.meta.json", "some.jsonl", "some.jsonl.meta.json", "some.parquet"].sort(),
    );

    const server = createServer(temporary.app);
    try {
      const url = await server.listen(0, "127.0.0.1");
      await assign([id, ...filter, "--out", out("remote.jsonl")], {
        server: { url },
      });
      expect(linesOf("remote.jsonl")).toEqual(rows);
      expect(await assign([id, ...filter, "--format", "jsonl"])).toBe(
        readFileSync(out("some.jsonl"), "utf8"),
      );
    } finally {
      await server.stop(0);
    }
  });

  test("selects by network and prompt, and says if nothing is selected", async () => {
    const none = ["--out", out("none.csv")];
    expect(await assign(["--initial-prompts", "another prompt", ...none])).toContain("Wrote 0 assignments");
    expect(await assign(["--networks", "Painter,Writer", ...none])).toContain("Wrote 0 assignments");
    const [run, ...others] = ["--run-ids", lateRun, "--networks", "Writer", ...none];
    expect(await assign([run, ...others])).toContain("Wrote 0 assignments");
    expect(await assign(["--networks", "Painter", "--initial-prompts", "a prompt", ...none])).toContain(
      "Wrote 220 assignments",
    );
  });

  test.each([
    [
      "another model's embeddings",
      () => [id, "--embedding-model", "Pictures"],
      2,
      '--embedding-model must be "Model"',
    ],
    ["an unknown model", () => ["--embedding-model", "No such"], 1, "No such"],
    ["an unknown result", () => [uuid()], 1, "No clustering result has the id"],
    ["a run that is not there", () => ["--run-ids", uuid()], 1, "No run has the id"],
    ["an ending that names no format", () => ["--out", "a.xlsx"], 2, "a.xlsx ends in .xlsx"],
  ])("%s ends it, and nothing is written", async (_, args, exitCode, message) => {
    const given = args();
    const refused = assign(given.includes("--out") ? given : [...given, "--out", out("a.csv")]);
    await expect(refused).rejects.toMatchObject({ exitCode, message: expect.stringContaining(message) });
    expect(readdirSync(folder)).toEqual([]);
  });

  test("Ctrl-C ends it, and nothing is written", async () => {
    const refused = assign(["--out", out("a.csv")], { signal: AbortSignal.abort() });
    await expect(refused).rejects.toMatchObject({ exitCode: 130, message: "Stopped. Nothing was written." });
    expect(readdirSync(folder)).toEqual([]);
  });
});
