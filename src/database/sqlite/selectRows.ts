import type { RowSelection, StoredValue } from "../rowSelection.js";
import type { Connection } from "./connection.js";

/** Reads rows of any number of columns. libsql is synchronous: call it on a database thread. */
export function selectRows(
  connection: Connection,
  { sql, parameters, types }: RowSelection,
): StoredValue[][] {
  const rows = connection.prepare(sql).raw().all(parameters) as StoredValue[][];
  const converted = types.flatMap((type, column) =>
    type === "bool" || type === "timestamptz" ? [{ type, column }] : [],
  );
  for (const row of rows) {
    for (const { type, column } of converted) {
      const value = row[column];
      if (value !== null) row[column] = type === "bool" ? value !== 0 : new Date(value as string);
    }
  }
  return rows;
}
