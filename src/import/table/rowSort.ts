import { openTemporaryDatabase } from "../temporaryDatabase.js";
import type { RowValues } from "./rowValues.js";
import { readStoredRow, type StoredRow, storedRow } from "./storedRow.js";
import type { UsableRow } from "./usableRow.js";

/**
 * Sorts rows by run and step in a temporary file, so that they may be in any order and more than fit in
 * memory.
 */
export interface RowSort {
  add(row: UsableRow): void;
  /** Called once, after the last row. */
  finish(): void;
  /** The runs, in the order of their first rows. */
  runs(): Iterable<string>;
  /** Its models in the order of first use, at most `limit`. */
  modelsOf(run: string, limit: number): string[];
  /** The rows of a run, by step and then in the order of the table, at most `limit` of them after an earlier one. */
  rowsOf(run: string, after: SortedRow | null, limit: number): SortedRow[];
  close(): void;
}

export interface SortedRow extends UsableRow {
  values: RowValues & { run: string };
}

export function openRowSort(): RowSort {
  const { database, prepared, write, commit, close } = openTemporaryDatabase(`
    CREATE TABLE "row" ("run" TEXT, "step" INTEGER, "number" INTEGER, "values" TEXT, "vector" BLOB, "fault" TEXT)`);
  const insert = database.prepare(`INSERT INTO "row" VALUES (?, ?, ?, ?, ?, ?)`);
  return {
    add(row) {
      const { run, step } = row.values;
      const { number, values, vector, fault } = storedRow(row);
      write(() => insert.run([run, step ?? 0, number, values, vector, fault]));
    },
    finish() {
      write(() => database.exec(`CREATE INDEX "row_order" ON "row" ("run", "step", "number")`));
      commit();
    },
    *runs() {
      const next = database
        .prepare(`
          SELECT "run", min("number") AS "first" FROM "row" GROUP BY "run" ORDER BY "first"`)
        .iterate([]) as IterableIterator<{ run: string }>;
      for (const { run } of next) yield run;
    },
    modelsOf(run, limit) {
      const models = prepared(`
          SELECT json_extract("values", '$.model') AS "model" FROM "row" WHERE "run" = ?
          GROUP BY "model" ORDER BY min("step"), min("number") LIMIT ?`)
        .pluck()
        .all([run, limit]);
      return models as string[];
    },
    rowsOf(run, after, limit) {
      const rows = prepared(`
          SELECT "number", "values", "vector", "fault" FROM "row"
          WHERE "run" = ? AND ("step", "number") > (?, ?) ORDER BY "step", "number" LIMIT ?`).all([
        run,
        after?.values.step ?? 0,
        after?.number ?? 0,
        limit,
      ]) as StoredRow[];
      return rows.map((row) => readStoredRow(row) as SortedRow);
    },
    close,
  };
}
