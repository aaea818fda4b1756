import type { TaskReporter } from "../../database/threads/taskReporter.js";
import type { PanicTdaDatabase, PanicTdaTable } from "./database.js";
import { rowidRanges } from "./rowidRanges.js";

/** Makes of an SQL expression for an id the SQL for what is compared in its place. */
export type IdKey = (expression: string) => string;

/** Ids are compared as they are written: a table's own index then finds them. */
export const asWritten: IdKey = (expression) => expression;

const isHyphenated = (id: string) => `${id} GLOB '????????-????-????-????-????????????'`;

/** UUIDs are compared as 32 hex digits in lower case. Every other value is compared as it is written. */
export const asUuid: IdKey = (id) => `
  CASE WHEN typeof(${id}) <> 'text' THEN ${id}
       WHEN ${isHyphenated(id)} THEN lower(replace(${id}, '-', ''))
       WHEN length(${id}) = 32 THEN lower(${id})
       ELSE ${id} END`;

/**
 * How the ids of a file are to be compared. panic-tda writes every UUID in one form; a file that was put together
 * from several sources may have more than one, and then a row names another whose id is written otherwise.
 */
export function idKeyOf(source: PanicTdaDatabase, reporter: Pick<TaskReporter, "report">): IdKey {
  const columns: [PanicTdaTable, string][] = [
    ["run", "id"],
    ["invocation", "id"],
    ["invocation", "run_id"],
    ["embedding", "invocation_id"],
  ];
  const forms = new Set<string>();
  for (const [table, id] of columns) {
    const formsOf = source.connection
      .prepare(`
        SELECT DISTINCT CASE WHEN ${id} <> lower(${id}) THEN 'other'
                             WHEN ${isHyphenated(id)} THEN 'hyphens' ELSE 'digits' END
        FROM ${table}
        WHERE rowid > ? AND rowid <= ? AND typeof(${id}) = 'text' AND (length(${id}) = 32 OR ${isHyphenated(id)})`)
      .pluck();
    for (const { after, to } of rowidRanges(source.connection, table)) {
      reporter.report(0);
      for (const form of formsOf.all([after, to]) as string[]) forms.add(form);
      if (forms.size > 1 || forms.has("other")) return asUuid;
    }
  }
  return asWritten;
}
