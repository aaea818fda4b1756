import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withSqliteTarget } from "../../src/database/sqlite/importTarget.js";
import { importedFileOf } from "../../src/import/importedFile.js";
import { importRuns } from "../../src/import/importRuns.js";
import { importPanicTdaDump } from "../../src/import/panicTda/importDump.js";
import { panicTdaSource } from "../../src/import/panicTda/source.js";
import { createEmptyMedoids, type EmptyMedoids } from "./emptyMedoids.js";
import { type PanicTdaRow, panicTdaContent, writePanicTda } from "./panicTdaFixture.js";
import { todayContent, writePanicTdaDump, writePanicTdaToday } from "./panicTdaTodayFixture.js";
import { skippedOf } from "./reportedRows.js";

let medoids: EmptyMedoids;
beforeAll(async () => {
  medoids = await createEmptyMedoids();
});
afterAll(() => medoids.remove());

const reporter = { report() {}, throwIfStopped() {} };
async function imported(path: string, isDump = false) {
  const connection = medoids.open();
  const report = await withSqliteTarget(connection, importedFileOf(path), (target) =>
    isDump ? importPanicTdaDump(target, path, reporter) : importRuns(target, panicTdaSource(path), reporter),
  );
  connection.close();
  return report;
}

/** The columns of text, with what is reported as skipped and how it begins. */
const columns: [
  table: "runs" | "invocations" | "embeddings",
  column: string,
  what: string,
  begins: string,
][] = [
  ["runs", "network", "run", "its network"],
  ["runs", "initial_prompt", "run", "its initial prompt"],
  ["runs", "experiment_id", "run", "its experiment id"],
  ["invocations", "model", "invocation", "its model"],
  ["invocations", "type", "invocation", "its type"],
  ["invocations", "output_text", "invocation", "its text"],
  ["invocations", "started_at", "time", "it"],
  ["invocations", "completed_at", "time", "it"],
  ["embeddings", "embedding_model", "embedding", "its embedding model"],
];

/** In hexadecimal: half of a character, and U+0000 between two letters. */
const bytes = {
  "UTF-8": ["ff", "610062"],
  "UTF-16le": ["00d86100", "610000006200"],
  "UTF-16be": ["d8000061", "006100000062"],
};
type Encoding = keyof typeof bytes;

/** Each faulty value is in a row of its own, and those of invocations and embeddings in runs without a fault. */
const runsPerFault = 6;
function faultyRows(content: Record<(typeof columns)[number][0], PanicTdaRow[]>, faults: string[]) {
  return faults.flatMap((value, nth) =>
    columns.map(([table, column, ...reported], n) => {
      const row =
        table === "runs"
          ? content.runs[nth * runsPerFault + n]
          : content.invocations[(nth * runsPerFault + 3) * 4 + n - 3];
      const embedding = content.embeddings.find((each) => each.invocation_id === row.id);
      return { table, column, reported, row: table === "embeddings" ? embedding! : row, value, nth };
    }),
  );
}

const python = {
  content: panicTdaContent,
  write: writePanicTda,
  names: { runs: "run", invocations: "invocation", embeddings: "embedding" },
};
const today = {
  content: todayContent,
  write: writePanicTdaToday,
  names: { runs: "runs", invocations: "invocations", embeddings: "embeddings" },
};

/** @param encoding null: a dump */
test.each<[string, typeof python | typeof today, Encoding | null]>([
  ["of the Python era, in UTF-8", python, "UTF-8"],
  ["of the Python era, in UTF-16, little-endian", python, "UTF-16le"],
  ["of the Elixir era, in UTF-8", today, "UTF-8"],
  ["of the Elixir era, in UTF-16, big-endian", today, "UTF-16be"],
  ["of a dump", today, null],
])(
  "the reason for which a row %s is skipped names the column and what is wrong with its text",
  async (name, era, encoding) => {
    const content = era.content(2 * runsPerFault, 4) as ReturnType<typeof todayContent>;
    const faults = faultyRows(content, bytes[encoding ?? "UTF-8"]).filter(
      ({ column }) => era === today || column !== "experiment_id",
    );
    const path = join(medoids.folder, name);
    if (encoding === null) {
      for (const { row, column, value } of faults) row[column] = Buffer.from(value, "hex");
      writePanicTdaDump(path, content);
    } else {
      const writer = era.write(path, content, encoding === "UTF-8" ? {} : { encoding });
      for (const { table, row, column, value } of faults) {
        writer.exec(
          `UPDATE ${era.names[table]} SET ${column} = CAST(x'${value}' AS TEXT) WHERE id = '${row.id}'`,
        );
      }
      writer.close();
    }
    const report = await imported(path, encoding === null);

    const kinds = [`is not valid ${(encoding ?? "UTF-8").replace(/[lb]e$/, "")}`, "holds U+0000"];
    const expected = faults
      .filter(({ column }) => column !== "completed_at") // counted with the other time
      .map(
        ({ column, reported: [what, begins], row, nth }) =>
          `${column === "started_at" ? 2 : 1} ${what}: ${begins} ${kinds[nth]} (${row.id})`,
      );
    const consequences = /was skipped|^\d+ input:|clusterings of panic-tda/;
    expect(skippedOf(report).filter((line) => !consequences.test(line))).toEqual(expected.sort());
    expect(report.taken.runs).toBe(
      content.runs.length - faults.filter(({ table }) => table === "runs").length,
    );
  },
);

test("a network whose JSON writes U+0000 or half a character as an escape is named", async () => {
  const content = panicTdaContent(3, 1);
  Object.assign(content.runs[1], { network: '["a\\u0000b"]' });
  Object.assign(content.runs[2], { network: '["\\ud800"]' });
  const path = join(medoids.folder, "escapes.sqlite");
  writePanicTda(path, content).close();
  const report = await imported(path);
  expect(skippedOf(report)).toEqual(
    expect.arrayContaining([
      `1 run: its network has a model name that holds U+0000 (${content.runs[1].id})`,
      `1 run: its network has a model name that holds half of a surrogate pair (${content.runs[2].id})`,
    ]),
  );
  expect(report.taken.runs).toBe(1);
});
