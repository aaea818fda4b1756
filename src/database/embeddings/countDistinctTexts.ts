import type { EmbeddingSelection } from "../bulkStore.js";
import type { LongReads } from "../database.js";
import type { SqlDialect } from "../sqlDialect.js";
import { selectionQuery } from "./embeddingSelection.js";

/**
 * Number of distinct texts among the outputs that a selection's embeddings belong to. An invocation without a
 * text counts as one.
 * @throws the signal's reason as soon as it aborts
 */
export async function countDistinctTexts(
  longReads: LongReads,
  dialect: SqlDialect,
  selection: EmbeddingSelection,
  signal?: AbortSignal,
): Promise<number> {
  const { sql, parameters } = selectionQuery(selection, dialect, { outputText: `i."outputText"` });
  // Grouped instead of `count(DISTINCT …)`, for which PostgreSQL would sort the texts.
  const counted = `
    SELECT count("outputText") + coalesce(sum("times") FILTER (WHERE "outputText" IS NULL), 0) AS "count"
    FROM (SELECT "outputText", count(*) AS "times" FROM (${sql}) AS "selected" GROUP BY "outputText") AS "texts"`;
  const [row] = await longReads.query(counted, parameters, signal);
  return Number(row.count);
}
