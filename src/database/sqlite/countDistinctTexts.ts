import type { EmbeddingSelection } from "../bulkStore.js";
import { selectionQuery } from "../embeddings/embeddingSelection.js";
import type { LongReads } from "../longReads.js";
import { sqliteDialect } from "./sqliteDialect.js";

/**
 * How many distinct texts the embeddings of a selection are of; invocations without a text count one each.
 * @throws the signal's reason, at once, where it aborts
 */
export async function countDistinctTexts(
  longReads: LongReads,
  selection: EmbeddingSelection,
  signal?: AbortSignal,
): Promise<number> {
  const { sql, parameters } = selectionQuery(selection, sqliteDialect, { outputText: `i."outputText"` });
  const counted = `
    SELECT count(DISTINCT "outputText") + count(*) FILTER (WHERE "outputText" IS NULL) AS "count" FROM (${sql})`;
  const [row] = await longReads.query(counted, parameters, signal);
  return Number(row.count);
}
