import type { EmbeddingSelection } from "../bulkStore.js";
import { selectionQuery } from "./embeddingSelection.js";
import type { LongReads } from "./longReads.js";

/** How many embeddings a selection has. @throws the signal's reason, at once, where it aborts */
export async function countEmbeddings(
  longReads: LongReads,
  selection: EmbeddingSelection,
  signal?: AbortSignal,
): Promise<number> {
  const { sql, parameters } = selectionQuery(selection);
  const [row] = await longReads.query(`SELECT count(*) AS "count" FROM (${sql})`, parameters, signal);
  return Number(row.count);
}

/** How many distinct texts they are of; invocations without a text count one each. */
export async function countDistinctTexts(
  longReads: LongReads,
  selection: EmbeddingSelection,
  signal?: AbortSignal,
): Promise<number> {
  const { sql, parameters } = selectionQuery(selection);
  const counted = `
    SELECT count(DISTINCT i."outputText") + sum(i."outputText" IS NULL) AS "count"
    FROM (${sql}) AS "selected"
    JOIN "Embedding" e ON e.rowid = "selected"."rowid"
    JOIN "Invocation" i ON i."id" = e."invocationId"`;
  const [row] = await longReads.query(counted, parameters, signal);
  return Number(row.count);
}
