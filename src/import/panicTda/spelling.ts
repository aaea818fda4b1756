import type { TaskReporter } from "../../database/threads/taskReporter.js";
import type { PanicTdaDatabase } from "./database.js";
import type { PanicTdaTable } from "./layout.js";
import { rowidRanges } from "./rowidRanges.js";

/** Turns an SQL expression for an id into the SQL expression that is compared in its place. */
export type IdKey = (expression: string) => string;

/** Compares ids as they are written, so that a table's own index finds them. */
export const asWritten: IdKey = (expression) => expression;

const isHyphenated = (id: string) => `${id} GLOB '????????-????-????-????-????????????'`;

/** Compares UUIDs as 32 lower-case hex digits, and every other value as it is written. */
const asUuid =
  (hasByteIds: boolean): IdKey =>
  (id) =>
    `
  CASE ${hasByteIds ? `WHEN typeof(${id}) = 'blob' AND length(${id}) = 16 THEN lower(hex(${id}))` : ""}
       WHEN typeof(${id}) <> 'text' THEN ${id}
       WHEN ${isHyphenated(id)} THEN lower(replace(${id}, '-', ''))
       WHEN length(${id}) = 32 THEN lower(${id})
       ELSE ${id} END`;

/**
 * Chooses how the ids of a file are compared. panic-tda writes every UUID in the same form; a file that was
 * assembled from several sources may contain several forms, so that a row may refer to an id that is written
 * differently.
 */
export function idKeyOf(source: PanicTdaDatabase, reporter: Pick<TaskReporter, "report">): IdKey {
  const { hasByteIds, tables } = source.layout;
  const columns: [PanicTdaTable, string[]][] = [
    ["run", ["id"]],
    ["invocation", ["id", "run_id"]],
    ["embedding", ["id", "invocation_id"]],
  ];
  const forms = new Set<string>();
  for (const [table, ids] of columns) {
    const formsOf = source.connection
      .prepare(`
        SELECT DISTINCT ${ids.map((id) => formOf(id, hasByteIds)).join(", ")} FROM ${tables[table]}
        WHERE rowid BETWEEN ? AND ?`)
      .raw();
    for (const { from, to } of rowidRanges(source.connection, tables[table])) {
      reporter.report(0);
      for (const form of (formsOf.all([from, to]) as (string | null)[][]).flat()) {
        if (form !== null) forms.add(form);
      }
      if (forms.size > 1 || forms.has("other")) return asUuid(hasByteIds);
    }
  }
  return asWritten;
}

/** The SQL expression for the form in which a UUID is written; NULL for every other value. */
const formOf = (id: string, hasByteIds: boolean) => `
  CASE ${hasByteIds ? `WHEN typeof(${id}) = 'blob' AND length(${id}) = 16 THEN 'bytes'` : ""}
       WHEN typeof(${id}) <> 'text' OR NOT (length(${id}) = 32 OR ${isHyphenated(id)}) THEN NULL
       WHEN ${id} <> lower(${id}) THEN 'other'
       WHEN ${isHyphenated(id)} THEN 'hyphens' ELSE 'digits' END`;
