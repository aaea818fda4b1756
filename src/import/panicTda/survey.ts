import type { Connection } from "../../database/sqlite/connection.js";
import type { TaskReporter } from "../../database/threads/taskReporter.js";
import type { SkippedTally } from "../skippedTally.js";
import type { PanicTdaDatabase } from "./database.js";
import { hasIdType, isIdType, type StoredId, shownId } from "./ids.js";
import type { PanicTdaTable } from "./layout.js";
import { type PanicTdaLookup, panicTdaLookup } from "./lookup.js";
import { repeatedIds } from "./repeatedIds.js";
import { rowidRanges } from "./rowidRanges.js";
import { type IdKey, idKeyOf } from "./spelling.js";

/** Facts about the whole file that are needed before its runs are read one by one. */
export interface PanicTdaSurvey {
  /** The most frequent number of dimensions of each embedding model's vectors. */
  dimensions: Map<string, number>;
  /** Number of invocations and embeddings. */
  rows: number;
  invocationsOfRun: PanicTdaLookup;
  embeddingsOfInvocation: PanicTdaLookup;
  /** How ids are compared. */
  keyOf: IdKey;
  /** The ids, as `idDigits`, that several rows of the table have. */
  repeated: Record<PanicTdaTable, ReadonlySet<string>>;
}

export const reasons = {
  idNoUuid: "its id is not a UUID",
  noInvocation: "no invocation has its invocation id",
  invocationLeftOut: "its invocation was skipped",
  noRun: "no run has its run id",
  runLeftOut: "its run was skipped",
  repeatedId: "another row has the same id",
  leftBehind: "clusterings of panic-tda are not imported: cluster the embeddings with Medoid",
};

/**
 * Reads invocations and embeddings once, without their images and vectors, and counts those that belong to no
 * run as skipped.
 */
export function surveyPanicTda(
  source: PanicTdaDatabase,
  skipped: SkippedTally,
  reporter: Pick<TaskReporter, "report">,
): PanicTdaSurvey {
  const { connection, layout } = source;
  const { tables } = layout;
  const keyOf = idKeyOf(source, reporter);
  const lookup = (table: PanicTdaTable, column: string) =>
    panicTdaLookup(source, table, column, keyOf, reporter);
  const runs = lookup("run", "id");
  const invocations = lookup("invocation", "id");
  const invocationsOfRun = lookup("invocation", "run_id");
  const embeddingsOfInvocation = lookup("embedding", "invocation_id");
  const repeatedOf = (table: PanicTdaTable) => repeatedIds(source, table, keyOf, reporter);
  const repeated = {
    run: repeatedOf("run"),
    invocation: repeatedOf("invocation"),
    embedding: repeatedOf("embedding"),
  };
  const total = rowidSpan(connection, tables.invocation) + rowidSpan(connection, tables.embedding);
  let rows = 0;

  const leaveOut = (what: "invocation" | "embedding", reason: string, stored: StoredId) =>
    skipped.add(what, isIdType(source, stored.idType) ? reason : layout.otherIdType, shownId(source, stored));
  const strayInvocations = connection
    .prepare(`
      SELECT typeof(i.id), CAST(i.id AS BLOB) FROM ${tables.invocation} i
      WHERE i.rowid BETWEEN ? AND ? AND NOT EXISTS (
        SELECT 1 FROM (SELECT 1) ${runs.join("r", "i.run_id")} WHERE ${hasIdType(source, "r.id")})`)
    .raw();
  for (const { from, to, rows: count } of rowidRanges(connection, tables.invocation)) {
    reporter.report(Math.min(1, rows / total));
    for (const [idType, id] of strayInvocations.all([from, to]) as [string, Buffer | null][]) {
      leaveOut("invocation", reasons.noRun, { idType, id });
    }
    rows += count;
  }

  const ofEmbedding = `(SELECT 1) ${invocations.join("i", "e.invocation_id")}`;
  const strayEmbeddings = connection
    .prepare(`
      SELECT typeof(e.id), CAST(e.id AS BLOB), NOT EXISTS (SELECT 1 FROM ${ofEmbedding})
      FROM ${tables.embedding} e
      WHERE e.rowid BETWEEN ? AND ? AND NOT EXISTS (
        SELECT 1 FROM ${ofEmbedding} ${runs.join("r", "i.run_id")} 
        WHERE ${hasIdType(source, "i.id")} AND ${hasIdType(source, "r.id")})`)
    .raw();
  const lengths = connection
    .prepare(`
      SELECT CAST(embedding_model AS BLOB), octet_length(vector), count(*) FROM ${tables.embedding}
      WHERE rowid BETWEEN ? AND ? AND ${hasIdType(source, "id")} AND typeof(vector) = 'blob'
      GROUP BY 1, 2`)
    .raw();
  const frequencies = new Map<string, Map<number, number>>();
  for (const { from, to, rows: count } of rowidRanges(connection, tables.embedding)) {
    reporter.report(Math.min(1, rows / total));
    for (const [idType, id, hasNoInvocation] of strayEmbeddings.all([from, to]) as [
      string,
      Buffer | null,
      number,
    ][]) {
      const reason = hasNoInvocation ? reasons.noInvocation : reasons.invocationLeftOut;
      leaveOut("embedding", reason, { idType, id });
    }
    for (const [modelBytes, bytes, frequency] of lengths.all([from, to]) as [
      Buffer | null,
      number,
      number,
    ][]) {
      const model = source.text(modelBytes);
      if (!model || bytes === 0 || bytes % 4 !== 0) continue;
      const ofModel = frequencies.get(model) ?? new Map<number, number>();
      ofModel.set(bytes / 4, (ofModel.get(bytes / 4) ?? 0) + frequency);
      frequencies.set(model, ofModel);
    }
    rows += count;
  }
  const dimensions = new Map<string, number>();
  for (const [model, ofModel] of frequencies) {
    const [[mostFrequent]] = [...ofModel].sort((a, b) => b[1] - a[1] || b[0] - a[0]);
    dimensions.set(model, mostFrequent);
  }
  leaveBehind(source, skipped);
  return { dimensions, rows, invocationsOfRun, embeddingsOfInvocation, keyOf, repeated };
}

/**
 * Estimates the number of a table's rows, for the progress, without counting them: it assumes that no rowid
 * between the lowest and the highest is missing.
 */
function rowidSpan(connection: Connection, table: string): number {
  const [span] = connection.prepare(`SELECT 1.0 + max(rowid) - min(rowid) FROM ${table}`).pluck().all([]) as (
    | number
    | null
  )[];
  return span ?? 0;
}

/** Counts the rows of the tables that are not imported. */
function leaveBehind(source: PanicTdaDatabase, skipped: SkippedTally): void {
  const { connection, layout } = source;
  for (const { table, what } of layout.leftBehind) {
    const columns = connection.prepare("SELECT name FROM pragma_table_info(?)").pluck().all([table]);
    if (columns.length === 0) continue;
    const [count] = connection.prepare(`SELECT count(*) FROM ${table}`).pluck().all([]) as number[];
    const id = columns.includes("id") ? "id" : "NULL";
    const [first] = connection
      .prepare(`SELECT typeof(${id}), CAST(${id} AS BLOB) FROM ${table} LIMIT 1`)
      .raw()
      .all([]) as [string, Buffer | null][];
    if (first)
      skipped.add(what, reasons.leftBehind, shownId(source, { idType: first[0], id: first[1] }), count);
  }
}
