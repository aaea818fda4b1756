import DataLoader from "dataloader";
import type { ClusterRow } from "../rows.js";
import { type SqlReader, statement } from "../statement.js";
import { assignmentsPerRow } from "./assignmentCost.js";

/** How many different texts the members of clusters have; an invocation without a text has none. */
export function distinctTextCountLoader(
  reader: SqlReader,
): DataLoader<Pick<ClusterRow, "id" | "size">, number, string> {
  const load = async (clusters: readonly Pick<ClusterRow, "id" | "size">[]) => {
    const { dialect } = reader;
    const { parameter, queryLong } = statement(reader);
    const members = clusters.reduce((sum, { size }) => sum + size, 0);
    await reader.rowsRead?.beginWork(Math.ceil(members / assignmentsPerRow));
    // Grouped instead of `count(DISTINCT …)`, for which PostgreSQL would sort the texts.
    const rows = await queryLong(`
      SELECT "clusterId", count(*) AS "count" FROM (
        SELECT a."clusterId" AS "clusterId", i."outputText" AS "text"
        FROM ${dialect.parents(parameter(dialect.listValue(clusters.map(({ id }) => id))))} ${dialect.joins([
          { table: `"ClusterAssignment"`, as: "a", on: `a."clusterId" = parent."value"` },
          { table: `"Embedding"`, as: "e", on: `e."id" = a."embeddingId"` },
          { table: `"Invocation"`, as: "i", on: `i."id" = e."invocationId"` },
        ])}
        WHERE i."outputText" IS NOT NULL
        GROUP BY a."clusterId", i."outputText"
      ) AS "texts" GROUP BY "clusterId"`);
    const counts = new Map(rows.map(({ clusterId, count }) => [clusterId, Number(count)]));
    return clusters.map(({ id }) => counts.get(id) ?? 0);
  };
  return new DataLoader(load, { cacheKeyFn: ({ id }) => id });
}
