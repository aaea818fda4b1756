import type { Connection } from "../../database/sqlite/connection.js";
import type { PanicTdaTable } from "./database.js";

const rowsPerRange = 20_000;

/** Divides a table into ranges of rows that are small enough for a statement over one range to be short. */
export function* rowidRanges(
  connection: Connection,
  table: PanicTdaTable,
): Generator<{ after: number; to: number; rows: number }> {
  const next = connection.prepare(`
    SELECT max(place) AS "to", count(*) AS "rows"
    FROM (SELECT rowid AS place FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ${rowsPerRange})`);
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const { to, rows } = next.get([after]) as { to: number | null; rows: number };
    if (to === null) return;
    yield { after, to, rows };
    after = to;
  }
}
