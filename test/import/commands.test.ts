import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addImportCommand } from "../../src/cli/import.js";
import { CommandError, InterruptedError } from "../../src/cli/process.js";
import { addSampleCommand } from "../../src/cli/sample.js";
import { capturedCli } from "../cli/capturedCli.js";
import { recordedRows } from "../recordedRows.js";
import { openTemporaryApp, type TemporaryApp } from "../temporaryApp.js";
import { panicTdaContent, panicTdaId, writePanicTda } from "./panicTdaFixture.js";

let folder: string;
let temporary: TemporaryApp;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "medoid-commands-"));
  temporary = await openTemporaryApp();
});
afterAll(async () => {
  await temporary.close();
  rmSync(folder, { recursive: true });
});

/** Runs a command on the database, and returns what it printed and how far its progress bar came. */
async function run(args: string[], interrupt = new AbortController()) {
  const progress: number[] = [];
  let isStopped = false;
  const { cli, printed } = capturedCli(temporary, {
    signal: interrupt.signal,
    progressBar: () => ({
      update(value) {
        progress.push(value);
      },
      stop() {
        isStopped = true;
      },
    }),
  });
  const program = new Command().exitOverride();
  addImportCommand(program, () => cli);
  addSampleCommand(program, () => cli);
  try {
    await program.parseAsync(args, { from: "user" });
  } finally {
    expect(isStopped).toBe(true);
  }
  return { printed: printed(), progress };
}

/** The cells of the printed tables, row by row. */
const cells = (printed: string) =>
  printed
    .split("\n")
    .filter((line) => line.startsWith("│"))
    .map((line) =>
      line
        .split("│")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

test("import prints what it recorded and what it skipped, and suggests the next command", async () => {
  const path = join(folder, "upstream.sqlite");
  const content = panicTdaContent(2, 4);
  content.embeddings[0].vector = null;
  writePanicTda(path, content).close();
  const { printed, progress } = await run(["import", path]);
  expect(cells(printed)).toEqual([
    ["", "added", "already there"],
    ["runs", "2", "0"],
    ["invocations", "8", "0"],
    ["images", "4", "0"],
    ["embeddings of Jina", "4", "0"],
    ["embeddings of Nomic", "3", "0"],
    ["skipped", "reason", "count", "example"],
    ["embedding", "it has no vector", "1", panicTdaId("d", 2)],
  ]);
  expect(printed).toMatch(/medoid cluster/);
  expect(progress.at(-1)).toBe(1);

  const { printed: json } = await run(["import", "--json", path]);
  expect(JSON.parse(json)).toMatchObject({
    taken: { runs: 0 },
    alreadyThere: { runs: 2, embeddings: { Jina: 4, Nomic: 3 } },
    skipped: [{ what: "embedding", count: 1 }],
  });
});

test("import of a file that cannot be read reports it in one line", async () => {
  const before = await recordedRows(temporary.app);
  const notes = join(folder, "notes.txt");
  writeFileSync(notes, "no database");
  const lines = join(folder, "runs.jsonl");
  writeFileSync(lines, "{}\n");
  for (const [path, message] of [
    [notes, `${notes} is not a SQLite database.`],
    [join(folder, "missing"), `${folder}/missing does not exist.`],
    [lines, /runs\.jsonl, line 1: id: must be the id of a Run\. \(and 3 more\)$/],
  ] as const) {
    const refused = run(["import", path]);
    await expect(refused).rejects.toBeInstanceOf(CommandError);
    await expect(refused).rejects.toThrow(message);
  }
  expect(await recordedRows(temporary.app)).toEqual(before);
});

test("import that is interrupted says that it can be continued", async () => {
  const path = join(folder, "interrupted.sqlite");
  writePanicTda(path, panicTdaContent(2, 4)).close();
  const interrupt = new AbortController();
  interrupt.abort();
  await expect(run(["import", path], interrupt)).rejects.toBeInstanceOf(InterruptedError);
});

test("sample prints what it recorded, then that it already exists, and suggests the next command", async () => {
  const first = await run(["sample"]);
  expect(first.printed).toMatch(/^Recorded 48 runs with 2880 invocations and 1440 embeddings/);
  expect(first.printed).toMatch(/`medoid cluster --embedding-model UniversalSentenceEncoder`/);
  const second = await run(["sample"]);
  expect(second.printed).toMatch(/^The sample is already recorded: 48 runs with 1440 embeddings/);
  expect(JSON.parse((await run(["sample", "--json"])).printed)).toMatchObject({ taken: { runCount: 0 } });
});
