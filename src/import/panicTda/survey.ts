import type { TaskReporter } from "../../database/threads/taskReporter.js";
import type { SkippedTally } from "../skippedTally.js";
import type { PanicTdaDatabase } from "./database.js";
import { type PanicTdaLookup, panicTdaLookup } from "./lookup.js";
import { rowidRanges } from "./rowidRanges.js";
import { asUuid, idKeyOf } from "./spelling.js";

/** Facts about the whole file that are needed before its runs are read one by one. */
export interface PanicTdaSurvey {
  /** The most frequent number of dimensions of each embedding model's vectors. */
  dimensions: Map<string, number>;
  /** Number of invocations and embeddings. */
  rows: number;
  invocationsOfRun: PanicTdaLookup;
  embeddingsOfInvocation: PanicTdaLookup;
  /** Whether UUIDs are written in several forms, so that two rows may have the same id. */
  hasSpellings: boolean;
}

export const reasons = {
  idNotText: "its id is not text: it is missing or of another type",
  idNoUuid: "its id is not a UUID",
  noInvocation: "no invocation has its invocation id",
  invocationLeftOut: "its invocation was skipped",
  noRun: "no run has its run id",
  runLeftOut: "its run was skipped",
  repeatedId: "an earlier row has the same id",
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
  const { connection } = source;
  const keyOf = idKeyOf(source, reporter);
  const lookup = (table: "run" | "invocation" | "embedding", column: string) =>
    panicTdaLookup(source, table, column, keyOf, reporter);
  const runs = lookup("run", "id");
  const invocations = lookup("invocation", "id");
  const invocationsOfRun = lookup("invocation", "run_id");
  const embeddingsOfInvocation = lookup("embedding", "invocation_id");
  const total =
    Number(connection.prepare("SELECT max(rowid) AS n FROM invocation").pluck().all([])[0] ?? 0) +
    Number(connection.prepare("SELECT max(rowid) AS n FROM embedding").pluck().all([])[0] ?? 0);
  let rows = 0;

  const strayInvocations = connection
    .prepare(`
      SELECT typeof(i.id), CAST(i.id AS BLOB) FROM invocation i ${runs.join("LEFT JOIN", "r", "i.run_id")}
      WHERE i.rowid > ? AND i.rowid <= ? AND (r.id IS NULL OR typeof(r.id) <> 'text')`)
    .raw();
  for (const { after, to, rows: count } of rowidRanges(connection, "invocation")) {
    reporter.report(Math.min(1, rows / total));
    for (const [type, id] of strayInvocations.all([after, to]) as [string, Buffer | null][]) {
      skipped.add("invocation", type === "text" ? reasons.noRun : reasons.idNotText, source.shown(id));
    }
    rows += count;
  }

  const strayEmbeddings = connection
    .prepare(`
      SELECT typeof(e.id), CAST(e.id AS BLOB), i.id IS NULL
      FROM embedding e
      ${invocations.join("LEFT JOIN", "i", "e.invocation_id")}
      ${runs.join("LEFT JOIN", "r", "i.run_id")}
      WHERE e.rowid > ? AND e.rowid <= ? AND (r.id IS NULL OR typeof(r.id) <> 'text')`)
    .raw();
  const lengths = connection
    .prepare(`
      SELECT CAST(embedding_model AS BLOB), octet_length(vector), count(*) FROM embedding
      WHERE rowid > ? AND rowid <= ? AND typeof(id) = 'text' AND typeof(vector) = 'blob'
      GROUP BY 1, 2`)
    .raw();
  const frequencies = new Map<string, Map<number, number>>();
  for (const { after, to, rows: count } of rowidRanges(connection, "embedding")) {
    reporter.report(Math.min(1, rows / total));
    for (const [type, id, hasNoInvocation] of strayEmbeddings.all([after, to]) as [
      string,
      Buffer | null,
      number,
    ][]) {
      const reason = hasNoInvocation ? reasons.noInvocation : reasons.invocationLeftOut;
      skipped.add("embedding", type === "text" ? reason : reasons.idNotText, source.shown(id));
    }
    for (const [modelBytes, bytes, frequency] of lengths.all([after, to]) as [
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
  return { dimensions, rows, invocationsOfRun, embeddingsOfInvocation, hasSpellings: keyOf === asUuid };
}
