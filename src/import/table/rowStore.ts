import { openTemporaryDatabase } from "../temporaryDatabase.js";
import type { RowFault } from "./rowValues.js";
import { readStoredRow, type StoredRow, storedFault, storedRow } from "./storedRow.js";
import type { UsableRow } from "./usableRow.js";

/**
 * Holds the rows of a table in a temporary file, so that a text of any size is parsed only once although it must have
 * been read to its end before its first row is recorded.
 */
export interface RowStore {
  add(number: number, row: UsableRow | RowFault): void;
  /** Called once, after the last row. */
  finish(): void;
  /** In the order in which they were added. */
  rows(): Generator<UsableRow | RowFault>;
  close(): void;
}

/** Number of rows that are in memory at a time. */
const rowsPerRead = 200;

export function openRowStore(): RowStore {
  const { database, write, commit, close } = openTemporaryDatabase(
    `CREATE TABLE "row" ("number" INTEGER PRIMARY KEY, "values" TEXT, "vector" BLOB, "fault" TEXT)`,
  );
  const insert = database.prepare(`INSERT INTO "row" VALUES (?, ?, ?, ?)`);
  return {
    add(rowNumber, row) {
      const { number, values, vector, fault } =
        "reason" in row ? storedFault(rowNumber, row) : storedRow(row);
      write(() => insert.run([number, values, vector, fault]));
    },
    finish: commit,
    *rows() {
      const next = database.prepare(`SELECT * FROM "row" WHERE "number" > ? ORDER BY "number" LIMIT ?`);
      for (let last = 0; ; ) {
        const rows = next.all([last, rowsPerRead]) as StoredRow[];
        for (const row of rows) yield readStoredRow(row);
        if (rows.length < rowsPerRead) return;
        last = rows[rows.length - 1].number;
      }
    },
    close,
  };
}
