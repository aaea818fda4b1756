import type { Connection } from "../../database/sqlite/connection.js";

const rowsPerRange = 20_000;
const leastRowid = -(2n ** 63n);
const greatestRowid = 2n ** 63n - 1n;

/**
 * Consecutive rows of a table, both ends included. A rowid is a 64-bit integer, which a `number` cannot
 * always represent.
 */
export interface RowidRange {
  from: bigint;
  to: bigint;
  rows: number;
}

/** Divides a table into ranges of rows that are small enough for a statement over one range to be short. */
export function* rowidRanges(connection: Connection, table: string): Generator<RowidRange> {
  const next = connection
    .prepare(`
      SELECT max(place) AS "to", count(*) AS "rows"
      FROM (SELECT rowid AS place FROM ${table} WHERE rowid >= ? ORDER BY rowid LIMIT ${rowsPerRange})`)
    .safeIntegers();
  for (let from = leastRowid; ; ) {
    const { to, rows } = next.get([from]) as { to: bigint | null; rows: bigint };
    if (to === null) return;
    yield { from, to, rows: Number(rows) };
    if (to === greatestRowid) return;
    from = to + 1n;
  }
}
