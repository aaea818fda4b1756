import type { TaskReporter } from "../../database/threads/taskReporter.js";
import type { PanicTdaDatabase } from "./database.js";
import type { PanicTdaTable } from "./layout.js";
import { rowidRanges } from "./rowidRanges.js";
import { asWritten, type IdKey } from "./spelling.js";

/** Finds rows of a table by the value of one column. */
export interface PanicTdaLookup {
  /** The SQL that joins the rows whose column has the same key as `expression`, under the given alias. */
  join(alias: string, expression: string): string;
}

/**
 * Finds rows by the table's index. If it has none, or if ids are compared by another key than their text,
 * rows are found by a temporary table, which SQLite stores in a file: searching a table without an index once
 * per row would take time quadratic in the number of rows.
 */
export function panicTdaLookup(
  source: PanicTdaDatabase,
  table: PanicTdaTable,
  column: string,
  keyOf: IdKey,
  reporter: Pick<TaskReporter, "report">,
): PanicTdaLookup {
  const name = source.layout.tables[table];
  const index = source.connection
    .prepare(`
      SELECT 1 FROM pragma_index_list(?) l JOIN pragma_index_info(l.name) c
      WHERE c.seqno = 0 AND c.name = ? AND NOT l.partial`)
    .get([name, column]);
  if (index && keyOf === asWritten) {
    return {
      join: (alias, expression) => `CROSS JOIN ${name} ${alias} ON ${alias}.${column} = ${expression}`,
    };
  }
  const places = fillPlaces(source, table, column, keyOf, reporter);
  return {
    join: (alias, expression) =>
      `CROSS JOIN ${places} ${alias}_place ON ${alias}_place.key = ${keyOf(expression)} ` +
      `CROSS JOIN ${name} ${alias} ON ${alias}.rowid = ${alias}_place.place`,
  };
}

/**
 * Fills a temporary table with the rowids of a table's rows by the key of one column, unless it is filled already.
 *
 * @returns its name
 */
export function fillPlaces(
  { connection, layout }: PanicTdaDatabase,
  table: PanicTdaTable,
  column: string,
  keyOf: IdKey,
  reporter: Pick<TaskReporter, "report">,
): string {
  const read = layout.tables[table];
  const name = `${read}_by_${column}`;
  const places = `temp.${name}`;
  if (connection.prepare("SELECT 1 FROM temp.sqlite_schema WHERE name = ?").get([name])) return places;
  connection.exec(`CREATE TABLE ${places} (key, place INTEGER, PRIMARY KEY (key, place)) WITHOUT ROWID`);
  const fill = connection.prepare(`
    INSERT INTO ${places} SELECT ${keyOf(column)} AS key, rowid FROM ${read}
    WHERE rowid BETWEEN ? AND ? AND ${column} IS NOT NULL ORDER BY key`);
  for (const { from, to } of rowidRanges(connection, read)) {
    reporter.report(0);
    fill.run([from, to]);
  }
  return places;
}
