import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/database/sqlite/connection.js";
import { withSqliteTarget } from "../../src/database/sqlite/importTarget.js";
import { importedFileOf } from "../../src/import/importedFile.js";
import type { ImportReport } from "../../src/import/importReport.js";
import { importRuns } from "../../src/import/importRuns.js";
import { panicTdaSource } from "../../src/import/panicTda/source.js";
import { createEmptyMedoids, type EmptyMedoids } from "./emptyMedoids.js";
import {
  embeddingRow,
  float32,
  medoidId,
  type PanicTdaContent,
  type PanicTdaLayout,
  type PanicTdaRow,
  panicTdaContent,
  panicTdaId,
  writePanicTda,
} from "./panicTdaFixture.js";
import { left, skippedOf, sum, takenRows } from "./reportedRows.js";

let medoids: EmptyMedoids;
beforeAll(async () => {
  medoids = await createEmptyMedoids();
});
afterAll(() => medoids.remove());

let files = 0;
function panicTdaFile(content: PanicTdaContent, layout?: PanicTdaLayout, sql = ""): string {
  const path = join(medoids.folder, `upstream ${++files}.sqlite`);
  const connection = writePanicTda(path, content, layout);
  if (sql) connection.exec(sql);
  connection.close();
  return path;
}

const reporter = { report() {}, throwIfStopped() {} };
const importInto = (connection: Connection, path: string): Promise<ImportReport> =>
  withSqliteTarget(connection, importedFileOf(path), (target) =>
    importRuns(target, panicTdaSource(path), reporter),
  );

/** How many rows of each table of the file the report counts. */
function counted(report: ImportReport) {
  const { taken, alreadyThere } = report;
  return {
    runs: taken.runs + alreadyThere.runs + left(report, "run"),
    invocations: taken.invocations + alreadyThere.invocations + left(report, "invocation"),
    embeddings:
      sum(Object.values(taken.embeddings)) +
      sum(Object.values(alreadyThere.embeddings)) +
      left(report, "embedding"),
  };
}
const rowsOf = ({ runs, invocations, embeddings }: PanicTdaContent) => ({
  runs: runs.length,
  invocations: invocations.length,
  embeddings: embeddings.length,
});

function recorded(connection: Connection) {
  const [row] = connection
    .prepare(`
      SELECT (SELECT count(*) FROM "Run"), (SELECT count(*) FROM "Invocation"), (SELECT count(*) FROM "Embedding")`)
    .raw()
    .all([]) as number[][];
  return row;
}

test("every row is counted once, whatever ids, spellings and unusable rows repeat", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const { content, layout } = randomFile(seed);
    const connection = medoids.open();
    const path = panicTdaFile(content, layout);
    const report = await importInto(connection, path);
    expect(counted(report), `seed ${seed}`).toEqual(rowsOf(content));
    expect(recorded(connection), `seed ${seed}`).toEqual(takenRows(report));
    expect(skippedOf(report).join(), `seed ${seed}`).not.toContain("differs from the recorded run");
    // Everything that was recorded is found again, and nothing else.
    expect(await importInto(connection, path), `seed ${seed}`).toMatchObject({
      taken: { runs: 0, invocations: 0, embeddings: {} },
      alreadyThere: report.taken,
      skipped: report.skipped,
    });
    // Another file, some of whose runs differ from the recorded ones.
    const other = randomFile(seed + 1000);
    const added = await importInto(connection, panicTdaFile(other.content, other.layout));
    expect(counted(added), `seed ${seed}`).toEqual(rowsOf(other.content));
    expect(recorded(connection), `seed ${seed}`).toEqual(
      takenRows(report).map((count, n) => count + takenRows(added)[n]),
    );
    connection.close();
  }
});

/** A file of a few rows, with ids drawn from so few that most repeat. */
function randomFile(seed: number): { content: PanicTdaContent; layout: PanicTdaLayout } {
  let state = Math.imul(seed, 2_654_435_761); // otherwise the first numbers of all seeds would be similar
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const one = <T>(...choices: T[]): T => choices[random(choices.length)];
  const withoutKeys = random(2) === 0;
  const spellings = random(2) === 0 ? 1 : 4;
  const spelled = (id: string) =>
    [id, id.toUpperCase(), medoidId(id), medoidId(id).toUpperCase()][random(spellings)];
  const id = (kind: "a" | "b" | "d", count: number) =>
    random(15) === 0
      ? one<unknown>("no UUID", null, 5, "Z".repeat(32), "z".repeat(32))
      : spelled(panicTdaId(kind, random(count)));
  const rows = (most: number, row: () => PanicTdaRow) => {
    const made = Array.from({ length: random(most + 1) }, row);
    if (withoutKeys) return made;
    const ids = new Set<unknown>();
    return made.filter((each) => each.id === null || (!ids.has(String(each.id)) && ids.add(String(each.id))));
  };
  const content: PanicTdaContent = {
    runs: rows(4, () => ({
      id: id("a", 2),
      network: one('["m"]', '["m"]', '["m"]', "not JSON"),
      initial_prompt: one("p", "p", "q"),
    })),
    invocations: rows(6, () => ({
      id: id("b", 3),
      run_id: id("a", 2),
      sequence_number: random(5),
      model: "m",
      type: one("TEXT", "TEXT", "TEXT", "VIDEO"),
    })),
    embeddings: rows(10, () => ({
      id: id("d", 3),
      invocation_id: id("b", 3),
      embedding_model: one("Nomic", "Jina"),
      vector: one(float32(1, 2), float32(1, 2), float32(1, 2), null),
    })),
  };
  return {
    content,
    layout: { withoutKeys, withoutIndexes: random(2) === 0, idType: one("CHAR(32)", "BLOB") },
  };
}

describe("an embedding whose id repeats another's is skipped, and nothing else", () => {
  const left = (id: string) => `1 embedding: another row has the same id (${id})`;
  const cases: [string, number, PanicTdaLayout, (id: string) => string][] = [
    ["in its run, in a table without a key", 1, { withoutKeys: true }, (id) => id],
    ["across runs, in a table without a key", 2, { withoutKeys: true }, (id) => id],
    ["in its run, in another spelling", 1, {}, (id) => medoidId(id).toUpperCase()],
    ["across runs, in another spelling", 2, {}, (id) => medoidId(id).toUpperCase()],
  ];
  test.each(cases)("%s", async (_, runs, layout, spell) => {
    const content = panicTdaContent(runs, 4 / runs);
    content.embeddings = [embeddingRow(1, 1), { ...embeddingRow(1, 3), id: spell(panicTdaId("d", 1)) }];
    const connection = medoids.open();
    const report = await importInto(connection, panicTdaFile(content, layout));
    expect(recorded(connection)).toEqual([runs, 4, 1]);
    expect(takenRows(report)).toEqual([runs, 4, 1]);
    expect(report.skipped.map(({ what, reason, count }) => [what, reason, count])).toEqual([
      ["embedding", "another row has the same id", 1],
    ]);
    expect([left(panicTdaId("d", 1)), left(spell(panicTdaId("d", 1)))]).toContain(skippedOf(report)[0]);
    connection.close();
  });
});

test("an invocation whose id repeats that of another run is skipped, and nothing else", async () => {
  const content = panicTdaContent(2, 2);
  content.invocations[3].id = content.invocations[1].id;
  content.invocations[3].input_invocation_id = null;
  content.embeddings = [embeddingRow(1, 1), embeddingRow(2, 1, "Jina")];
  const connection = medoids.open();
  const report = await importInto(connection, panicTdaFile(content, { withoutKeys: true }));
  expect(skippedOf(report)).toEqual([`1 invocation: another row has the same id (${panicTdaId("b", 1)})`]);
  expect(recorded(connection)).toEqual([2, 3, 2]);
  connection.close();
});

describe("rowids", () => {
  const moves = [
    "9223372036854775807 - (rowid - 1)",
    "-9223372036854775807 - 1 + (rowid - 1)",
    "9007199254740993 + 2 * rowid",
    "(rowid - 3) * 1152921504606846976",
  ];
  test.each(moves)("with all 64 bits: %s", async (move) => {
    const tables = ["run", "invocation", "embedding"];
    for (const withoutIndexes of [false, true]) {
      const path = panicTdaFile(
        panicTdaContent(2, 2),
        { withoutIndexes },
        tables.map((table) => `UPDATE ${table} SET rowid = ${move}`).join("; "),
      );
      const connection = medoids.open();
      const report = await importInto(connection, path);
      expect(report.skipped).toEqual([]);
      expect(report.taken).toEqual({ runs: 2, invocations: 4, images: 2, embeddings: { Jina: 2, Nomic: 2 } });
      expect(recorded(connection)).toEqual([2, 4, 4]);
      connection.close();
    }
  });

  test("that a table does not have are reported", async () => {
    const columns = "SELECT * FROM moved";
    const cases: [sql: string, kind: string][] = [
      [`CREATE VIEW run AS ${columns}`, "a view"],
      [
        `CREATE TABLE run (id CHAR(32) PRIMARY KEY, network JSON, initial_prompt VARCHAR) WITHOUT ROWID`,
        "a table WITHOUT ROWID",
      ],
    ];
    for (const [sql, kind] of cases) {
      const path = panicTdaFile(panicTdaContent(2, 2), {}, `ALTER TABLE run RENAME TO moved; ${sql}`);
      expect(() => panicTdaSource(path)).toThrow(`its "run" is ${kind}, whose rows have no rowid.`);
    }
    const path = panicTdaFile(panicTdaContent(2, 2), {}, "ALTER TABLE run ADD COLUMN rowid");
    expect(() => panicTdaSource(path)).toThrow(`its "run" has a column "rowid"`);
  });
});

test.each<[string, (id: string) => string]>([
  ["in capitals", (id) => id.toUpperCase()],
  ["with hyphens", medoidId],
])("of runs with one id, of which the later is written %s, the first row is recorded", async (_, spell) => {
  const content = panicTdaContent(2, 1);
  content.runs[0].initial_prompt = "the first row";
  content.runs[1] = {
    ...content.runs[1],
    id: spell(String(content.runs[0].id)),
    initial_prompt: "the second row",
  };
  const connection = medoids.open();
  const report = await importInto(connection, panicTdaFile(content));
  expect(connection.prepare(`SELECT "initialPrompt" FROM "Run"`).pluck().all([])).toEqual(["the first row"]);
  expect(skippedOf(report)).toContainEqual(`1 run: another row has the same id (${content.runs[1].id})`);
  connection.close();
});

describe("of runs with one id, of which the first cannot be recorded because it differs from the recorded run,", () => {
  const spellings: [string, (id: string) => string, PanicTdaLayout][] = [
    ["as written", (id) => id, { withoutKeys: true }],
    ["in another spelling", medoidId, {}],
  ];
  /** A file whose run was recorded as it is, and one that has a run before it with its id and another prompt. */
  function files(spell: (id: string) => string, layout: PanicTdaLayout, second: PanicTdaRow = {}) {
    const content = panicTdaContent(1, 4);
    const [run] = content.runs;
    const given = { ...run, id: spell(String(run.id)) };
    const repeated = [
      { ...run, initial_prompt: "another prompt" },
      { ...given, ...second },
    ];
    return [
      panicTdaFile(content, layout),
      panicTdaFile({ ...panicTdaContent(1, 6), runs: repeated }, layout),
    ] as const;
  }

  test.each(spellings)("the second is recorded, with each row counted once: %s", async (_, spell, layout) => {
    const [first, second] = files(spell, layout);
    const connection = medoids.open();
    await importInto(connection, first);
    const report = await importInto(connection, second);
    expect(skippedOf(report)).toEqual([
      `1 run: it differs from the recorded run: initialPrompt (${panicTdaId("a", 0)}: is recorded as "a prompt". Given: "another prompt")`,
    ]);
    expect(takenRows(report)).toEqual([0, 2, 2]);
    expect(report.alreadyThere).toEqual({
      runs: 1,
      invocations: 4,
      images: 2,
      embeddings: { Jina: 2, Nomic: 2 },
    });
    expect(counted(report)).toEqual({ runs: 2, invocations: 6, embeddings: 6 });
    expect(recorded(connection)).toEqual([1, 6, 6]);
    connection.close();
  });

  test.each(spellings)(
    "and the second neither, their rows are counted once: %s",
    async (_, spell, layout) => {
      const [first, second] = files(spell, layout, { initial_prompt: "a third prompt" });
      const connection = medoids.open();
      await importInto(connection, first);
      const report = await importInto(connection, second);
      expect(skippedOf(report)).toContain(
        `2 run: it differs from the recorded run: initialPrompt (${panicTdaId("a", 0)}: is recorded as "a prompt". Given: "another prompt")`,
      );
      expect(counted(report)).toEqual({ runs: 2, invocations: 6, embeddings: 6 });
      expect(recorded(connection)).toEqual([1, 4, 4]);
      connection.close();
    },
  );

  test("an invocation with an id of its own run's is recorded in another run", async () => {
    const content = panicTdaContent(2, 1);
    const connection = medoids.open();
    await importInto(connection, panicTdaFile({ ...content, runs: [content.runs[0]], invocations: [] }));
    content.runs[0].initial_prompt = "another prompt";
    content.invocations[1].id = content.invocations[0].id;
    const report = await importInto(connection, panicTdaFile(content, { withoutKeys: true }));
    expect(takenRows(report)).toEqual([1, 1, 0]);
    expect(counted(report)).toEqual({ runs: 2, invocations: 2, embeddings: 0 });
    connection.close();
  });
});
