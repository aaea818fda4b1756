import DataLoader from "dataloader";
import { requireLimit } from "../requireLimit.js";
import { type SqlReader, statement } from "../statement.js";

export interface TextCount {
  text: string;
  count: number;
}

export const defaultTextLimit = 10;
export const largestTextLimit = 100;

/**
 * The most frequent texts of clusters' members, by cluster id; texts with equal counts are in the order of
 * the texts. Counting reads every member of the clusters, but within the database.
 * @throws RequestError if the limit is out of range
 */
export function topTextsLoader(reader: SqlReader, limit: number): DataLoader<string, TextCount[]> {
  requireLimit(limit, largestTextLimit);
  return new DataLoader(async (clusterIds) => {
    const { dialect } = reader;
    const { parameter, queryLong } = statement(reader);
    const rows = await queryLong(`
      SELECT "clusterId", "text", "count" FROM (
        SELECT "clusterId", "text", "count",
          row_number() OVER (PARTITION BY "clusterId" ORDER BY "count" DESC, "text") AS "place"
        FROM (
          SELECT a."clusterId" AS "clusterId", i."outputText" AS "text", count(*) AS "count"
          FROM ${dialect.parents(parameter(dialect.listValue(clusterIds)))} ${dialect.joins([
            { table: `"ClusterAssignment"`, as: "a", on: `a."clusterId" = parent."value"` },
            { table: `"Embedding"`, as: "e", on: `e."id" = a."embeddingId"` },
            { table: `"Invocation"`, as: "i", on: `i."id" = e."invocationId"` },
          ])}
          WHERE i."outputText" IS NOT NULL
          GROUP BY a."clusterId", i."outputText"
        ) AS "counted"
      ) AS "ranked"
      WHERE "place" <= ${parameter(limit)} ORDER BY "clusterId", "place"`);
    const texts = new Map<string, TextCount[]>(clusterIds.map((id) => [id, []]));
    for (const row of rows) {
      texts.get(row.clusterId as string)!.push({ text: row.text as string, count: Number(row.count) });
    }
    return clusterIds.map((id) => texts.get(id)!);
  });
}
