import { LRUCache } from "lru-cache";
import type { Analyses } from "../../analysis/analyses.js";
import { bytesOf, type Comparison } from "../../analysis/comparison.js";
import { deletedMeanwhile } from "../requestError.js";
import type { ClusteringResultRow } from "../rows.js";
import { type SqlReader, statement } from "../statement.js";

/** Comparisons of finished clusterings. Those that were used last are kept, for further pages of their lists. */
export interface Comparisons {
  /**
   * Compares two clusterings that have succeeded, over the embeddings that took part in both, or, if their embedding
   * models differ, over the invocations.
   * @throws RequestError (NOT_FOUND) if one of them is deleted meanwhile; the reader's reason once its signal aborts
   */
  of(reader: SqlReader, from: ClusteringResultRow, to: ClusteringResultRow): Promise<Comparison>;
}

/** Maximum number of bytes of the comparisons that a process keeps. */
const mostBytes = 32 * 2 ** 20;
/** How many assignments a comparison counts in about the time in which one row of a response is read. */
const assignmentsPerRow = 200;

export function createComparisons(analyses: Pick<Analyses, "compare">): Comparisons {
  const kept = new LRUCache<string, Comparison>({ maxSize: mostBytes, sizeCalculation: bytesOf });
  return {
    async of(reader, from, to) {
      const key = `${from.id} ${to.id}`;
      const known = kept.get(key);
      if (known) return known;
      const assignments = (from.embeddingCount ?? 0) + (to.embeddingCount ?? 0);
      await reader.rowsRead?.beginWork(Math.ceil(assignments / assignmentsPerRow));
      const overlaps = await overlapsOf(reader, from, to);
      const comparison = await analyses.compare(overlaps, { signal: reader.signal });
      kept.set(key, comparison);
      return comparison;
    },
  };
}

/**
 * Counts the rows that each cluster of one result shares with each of the other, by one statement. The database gathers
 * the counts in one text, so that neither this thread nor the next one handles a row for each pair.
 * @returns as `readOverlaps` reads it
 */
async function overlapsOf(
  reader: SqlReader,
  from: ClusteringResultRow,
  to: ClusteringResultRow,
): Promise<string> {
  const { parameter, queryLong } = statement(reader);
  const [fromId, toId] = [from.id, to.id].map(parameter);
  const rowsOfFrom = reader.dialect.inKeyOrder(
    `SELECT "embeddingId", "clusterId" FROM "ClusterAssignment" WHERE "clusteringResultId" = ${fromId}`,
    `"embeddingId"`,
  );
  const pairs =
    from.embeddingModelId === to.embeddingModelId
      ? `CROSS JOIN "ClusterAssignment" b
         WHERE b."embeddingId" = a."embeddingId" AND b."clusteringResultId" = ${toId}`
      : reader.dialect.joins([
          { table: `"Embedding"`, as: "e", on: `"e"."id" = a."embeddingId"` },
          {
            table: `"Embedding"`,
            as: "f",
            on: `"f"."invocationId" = "e"."invocationId" AND "f"."embeddingModelId" = ${parameter(to.embeddingModelId)}`,
          },
          {
            table: `"ClusterAssignment"`,
            as: "b",
            on: `"b"."clusteringResultId" = ${toId} AND "b"."embeddingId" = "f"."id"`,
          },
        ]);
  const exists = (id: string) => `EXISTS (SELECT 1 FROM "ClusteringResult" r WHERE r."id" = ${id})`;
  // Of results that share nothing the text is null, and of results that were deleted meanwhile there is no row.
  const [found] = await queryLong(`
    SELECT (
      SELECT string_agg(
        coalesce(c."label", -1) || ' ' || coalesce(d."label", -1) || ' ' || "pairs"."count", ',')
      FROM (
        SELECT a."clusterId" AS "from", b."clusterId" AS "to", count(*) AS "count"
        FROM ${rowsOfFrom} a ${pairs}
        GROUP BY a."clusterId", b."clusterId"
      ) AS "pairs"
      LEFT JOIN "Cluster" c ON c."id" = "pairs"."from"
      LEFT JOIN "Cluster" d ON d."id" = "pairs"."to"
    ) AS "overlaps"
    WHERE ${exists(fromId)} AND ${exists(toId)}`);
  if (!found) throw deletedMeanwhile();
  return (found.overlaps as string | null) ?? "";
}
