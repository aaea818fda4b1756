import type { EmbeddingSelection } from "../bulkStore.js";
import type { LongReads } from "../database.js";
import type { SqlDialect } from "../sqlDialect.js";
import { selectionQuery } from "./embeddingSelection.js";

/** Number of embeddings of a selection. @throws the signal's reason as soon as it aborts */
export async function countEmbeddings(
  longReads: LongReads,
  dialect: SqlDialect,
  selection: EmbeddingSelection,
  signal?: AbortSignal,
): Promise<number> {
  const { sql, parameters } = selectionQuery(selection, dialect);
  const counted = `SELECT count(*) AS "count" FROM (${sql}) AS "selected"`;
  const [row] = await longReads.query(counted, parameters, signal);
  return Number(row.count);
}
