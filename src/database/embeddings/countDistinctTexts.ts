import type { EmbeddingSelection } from "../bulkStore.js";
import type { LongReads } from "../database.js";
import type { SqlDialect } from "../sqlDialect.js";
import { selectionQuery } from "./embeddingSelection.js";

/**
 * How many distinct texts the embeddings of a selection are of; invocations without a text count one each.
 * @throws the signal's reason, at once, where it aborts
 */
export async function countDistinctTexts(
  longReads: LongReads,
  dialect: SqlDialect,
  selection: EmbeddingSelection,
  signal?: AbortSignal,
): Promise<number> {
  const { sql, parameters } = selectionQuery(selection, dialect, { outputText: `i."outputText"` });
  // Grouped, not counted as distinct: for that PostgreSQL would sort the texts.
  const counted = `
    SELECT count("outputText") + coalesce(sum("times") FILTER (WHERE "outputText" IS NULL), 0) AS "count"
    FROM (SELECT "outputText", count(*) AS "times" FROM (${sql}) AS "selected" GROUP BY "outputText") AS "texts"`;
  const [row] = await longReads.query(counted, parameters, signal);
  return Number(row.count);
}
