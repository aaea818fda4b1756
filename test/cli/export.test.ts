import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Cli } from "../../src/cli/cli.js";
import { addExportCommand } from "../../src/cli/commands/export.js";
import { exported, writeExported } from "../export/exportedFixture.js";
import { type Fixture, id, openFixture, uuid } from "../fixtures.js";
import { capturedCli } from "./capturedCli.js";

let fixture: Fixture;
let folder: string;
beforeAll(async () => {
  fixture = await openFixture();
  await writeExported(fixture);
});
afterAll(() => fixture.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "medoid-export-"));
  return () => rmSync(folder, { recursive: true });
});

async function run(args: string[], options: Partial<Cli> = {}): Promise<string> {
  const { cli, printed } = capturedCli(
    { databaseUrl: fixture.url, openAnother: async () => fixture.app },
    options,
  );
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addExportCommand(program, () => Object.assign(cli, options));
  await program.parseAsync(["export", ...args], { from: "user" });
  return printed();
}

const out = (name: string) => join(folder, name);
/** A file that exists. */
const fileName = fileURLToPath(import.meta.url);

describe("medoid export", () => {
  test("writes the assignments of the latest result, in the format that the file's ending names", async () => {
    expect(await run(["--out", out("a.parquet")])).toBe(`Wrote 15 assignments to ${out("a.parquet")}.\n`);
    expect(readFileSync(out("a.parquet"))).toEqual(await exported(fixture, { format: "PARQUET" }));
    await run(["--out", out("a.NDJSON")]);
    expect(readFileSync(out("a.NDJSON"))).toEqual(await exported(fixture, { format: "JSONL" }));
    expect(readdirSync(folder).sort()).toEqual(["a.NDJSON", "a.NDJSON.meta.json", "a.parquet"]);
  });

  test.each([
    ["a.xlsx", "a.xlsx ends in .xlsx"],
    ["a.csv.gz", "a.csv.gz ends in .gz"],
    ["csv", "csv has no ending"],
  ])("refuses the name %s without --format, and takes it with one", async (name, problem) => {
    const refused = run(["--out", out(name)]);
    await expect(refused).rejects.toMatchObject({
      exitCode: 2,
      message: `${join(folder, problem)}, which names no format. Choose an ending of .parquet, .csv, .jsonl, .ndjson, or add --format.`,
    });
    expect(readdirSync(folder)).toEqual([]);
    await run(["--out", out(name), "--format", "parquet"]);
    expect(readFileSync(out(name))).toEqual(await exported(fixture, { format: "PARQUET" }));
  });

  test.skipIf(process.getuid?.() === 0)("says that a folder cannot be written to", async () => {
    chmodSync(folder, 0o500);
    await expect(run(["--out", out("a.csv")])).rejects.toThrow(
      `${out("a.csv")} cannot be written: permission denied.`,
    );
    chmodSync(folder, 0o700);
  });

  test("writes what is known about the result beside a file that has no place for it", async () => {
    const args = [id("ClusteringResult", 0), "--table", "clusters", "--vectors", "--format", "csv"];
    expect(await run([...args, "--out", out("c.txt")])).toBe(
      `Wrote 2 clusters to ${out("c.txt")}, and the result's parameters to ${out("c.txt")}.meta.json.\n`,
    );
    const bytes = await exported(fixture, { table: "CLUSTERS", format: "CSV", vectors: true });
    expect(readFileSync(out("c.txt"))).toEqual(bytes);
    expect(JSON.parse(readFileSync(out("c.txt.meta.json"), "utf8"))).toMatchObject({
      clusteringResultId: uuid("ClusteringResult", 0),
      parameters: { minClusterSize: 5 },
      inputDigest: "d".repeat(64),
      table: "clusters",
      rowCount: 2,
    });
  });

  test("writes to standard output without --out, but no Parquet to a terminal", async () => {
    expect(await run(["--format", "csv"])).toBe(String(await exported(fixture, { format: "CSV" })));
    const { cli } = capturedCli({ databaseUrl: fixture.url, openAnother: async () => fixture.app });
    const stdout = Object.assign(cli.stdout, { isTTY: true });
    await expect(run([], { stdout })).rejects.toThrow(
      "Parquet is not text for a terminal. Add --out FILE, or --format csv.",
    );
  });

  test("replaces an existing file, and through a link the file that it leads to", async () => {
    writeFileSync(out("old.jsonl"), "old");
    symlinkSync("old.jsonl", out("link.jsonl"));
    await run(["--out", out("link.jsonl")]);
    expect(readlinkSync(out("link.jsonl"))).toBe("old.jsonl");
    expect(readFileSync(out("old.jsonl"))).toEqual(await exported(fixture));
  });

  test("leaves no part of a file, and an existing one as it was, if it is stopped", async () => {
    writeFileSync(out("old.jsonl"), "old");
    const stop = new AbortController();
    const progressBar = () => ({ update: () => stop.abort(), stop() {} });
    const stopped = run(["--out", out("old.jsonl")], { signal: stop.signal, progressBar });
    await expect(stopped).rejects.toThrow("Stopped. Nothing was written.");
    expect(readdirSync(folder)).toEqual(["old.jsonl"]);
    expect(readFileSync(out("old.jsonl"), "utf8")).toBe("old");
  });

  test.each<[what: string, args: () => string[], message: () => string | RegExp]>([
    [
      "an unknown id",
      () => [id("ClusteringResult", 9)],
      () => `No clustering result has the id ${id("ClusteringResult", 9)}.`,
    ],
    [
      "a clustering that has not succeeded",
      () => [id("ClusteringResult", 2)],
      () => `The clustering ${id("ClusteringResult", 2)} has the status QUEUED: it has nothing to export.`,
    ],
    ["a folder", () => ["--out", folder], () => `${folder} is a directory, not a file.`],
    [
      "a folder that does not exist",
      () => ["--out", out("no/a.csv")],
      () => new RegExp(`^There is no folder ${out("no")}\\.$`),
    ],
    [
      "a folder that does not exist, by a path that ends in a slash",
      () => ["--out", out("no/")],
      () => new RegExp(`^There is no folder ${out("no/")}\\.$`),
    ],
    [
      "a path through a file",
      () => ["--out", `${fileName}/a.csv`],
      () => `${fileName}/a.csv cannot be written: ${fileName} is not a folder.`,
    ],
    [
      "a name that is too long",
      () => ["--out", out("a".repeat(300))],
      () => `${out("a".repeat(300))} cannot be written: name too long.`,
    ],
    ["an empty name", () => ["--out", ""], () => "The name of the file to write is empty."],
    ["an unknown table", () => ["--table", "members"], () => /It must be one of assignments, clusters\.$/],
    ["an unknown format", () => ["--format", "xlsx"], () => /It must be one of parquet, csv, jsonl\.$/],
  ])("refuses %s in one line, and writes nothing", async (_, args, message) => {
    await expect(run(["--format", "csv", ...args()])).rejects.toThrow(message());
    expect(readdirSync(folder)).toEqual([]);
  });
});
