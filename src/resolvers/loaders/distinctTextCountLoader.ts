import DataLoader from "dataloader";
import { deletedMeanwhile } from "../requestError.js";
import type { ClusterRow } from "../rows.js";
import { type SqlReader, statement } from "../statement.js";
import { countedWithInvocationsPerRow } from "./assignmentCost.js";

/**
 * How many different texts the members of clusters have; an invocation without a text has none. Of a cluster that was
 * deleted meanwhile, loading throws a RequestError (NOT_FOUND).
 */
export function distinctTextCountLoader(
  reader: SqlReader,
): DataLoader<Pick<ClusterRow, "id" | "size">, number, string> {
  const load = async (clusters: readonly Pick<ClusterRow, "id" | "size">[]): Promise<(number | Error)[]> => {
    const { dialect } = reader;
    const { parameter, queryLong } = statement(reader);
    const members = clusters.reduce((sum, { size }) => sum + size, 0);
    await reader.rowsRead?.beginWork(Math.ceil(members / countedWithInvocationsPerRow));
    // Grouped instead of `count(DISTINCT …)`, for which PostgreSQL would sort the texts. Members without a text are
    // counted as members, because a cluster with none of them does not exist any more.
    const rows = await queryLong(`
      SELECT "clusterId", count("text") AS "texts", sum("members") AS "members" FROM (
        SELECT a."clusterId" AS "clusterId", i."outputText" AS "text", count(*) AS "members"
        FROM ${dialect.parents(parameter(dialect.listValue(clusters.map(({ id }) => id))))} ${dialect.joins([
          { table: `"ClusterAssignment"`, as: "a", on: `a."clusterId" = parent."value"` },
          { table: `"Embedding"`, as: "e", on: `e."id" = a."embeddingId"` },
          { table: `"Invocation"`, as: "i", on: `i."id" = e."invocationId"` },
        ])}
        GROUP BY a."clusterId", i."outputText"
      ) AS "texts" GROUP BY "clusterId"`);
    const found = new Map(rows.map((row) => [row.clusterId, row]));
    return clusters.map(({ id, size }) => {
      const counts = found.get(id);
      // The assignments of a result may be deleted in parts.
      return counts && Number(counts.members) === size ? Number(counts.texts) : deletedMeanwhile();
    });
  };
  return new DataLoader(load, { cacheKeyFn: ({ id }) => id });
}
