import type { TaskReporter } from "../../database/threads/taskReporter.js";
import type { PanicTdaDatabase } from "./database.js";
import { hasIdType } from "./ids.js";
import type { PanicTdaTable } from "./layout.js";
import { fillPlaces } from "./lookup.js";
import { asWritten, type IdKey } from "./spelling.js";

/** The SQL expression for an id as text that is compared exactly and is always valid Unicode. */
export const idDigits = (keyOf: IdKey, id: string) => `hex(CAST(${keyOf(id)} AS BLOB))`;

/**
 * Returns the ids, as `idDigits`, that several rows of a table have. If a unique index of the table rules out
 * that ids repeat, they are not searched for. The search uses a temporary table, which SQLite stores in a
 * file, because there may be more ids than fit in memory.
 */
export function repeatedIds(
  source: PanicTdaDatabase,
  table: PanicTdaTable,
  keyOf: IdKey,
  reporter: Pick<TaskReporter, "report">,
): ReadonlySet<string> {
  const { connection } = source;
  const unique = connection
    .prepare(`
      SELECT 1 FROM pragma_index_list(?) l
      WHERE l."unique" AND NOT l.partial
        AND (SELECT json_group_array(c.name) FROM pragma_index_info(l.name) c) = '["id"]'`)
    .get([source.layout.tables[table]]);
  if (unique && keyOf === asWritten) return new Set();
  const places = fillPlaces(source, table, "id", keyOf, reporter);
  const repeated = connection
    .prepare(`
      SELECT hex(CAST(key AS BLOB)) FROM ${places} WHERE ${hasIdType(source, "key")}
      GROUP BY key HAVING count(*) > 1`)
    .pluck();
  return new Set(repeated.all([]) as string[]);
}
