import { parameterNames } from "../clustering/index.js";
import type { PrismaClient } from "../database/generated/sqlite/client.js";
import { layoutCounts, reductionMethodOf } from "../resolvers/layoutCounts.js";
import { type ClusteringResultRow, clusteringResultColumns } from "../resolvers/rows.js";
import { version } from "../runtime/version.js";
import type { ExportedFile, ExportTable } from "./exportedFile.js";

/** A clustering that has succeeded. */
export interface ExportableResult {
  /** Bare UUID. */
  id: string;
  /** Number of rows of each table. */
  rows: Record<ExportTable, number>;
  /** What is known about the result as a whole: all that is needed to compute it again. */
  metadata: Record<string, unknown>;
}

/** @returns the status of a clustering that has not succeeded; null if there is none with this id */
export async function findExportable(
  prisma: PrismaClient,
  id: string,
): Promise<ExportableResult | { status: ClusteringResultRow["status"] } | null> {
  const row = await prisma.clusteringResult.findUnique({
    where: { id },
    select: { ...clusteringResultColumns, embeddingModel: { select: { name: true, dimensions: true } } },
  });
  if (row === null) return null;
  if (row.status !== "SUCCEEDED") return { status: row.status };
  const { embeddingModel, inputDigest, engineVersion, embeddingCount, clusterCount, outlierCount } = row;
  const parameters = parameterNames.filter((name) => name !== "algorithm");
  return {
    id,
    rows: { ASSIGNMENTS: embeddingCount ?? 0, CLUSTERS: clusterCount ?? 0 },
    metadata: {
      clusteringResultId: id,
      embeddingModel: embeddingModel.name,
      dimensions: embeddingModel.dimensions,
      algorithm: row.algorithm,
      parameters: {
        ...Object.fromEntries(parameters.map((name) => [name, row[name]])),
        reduction: row.reduction === null ? null : JSON.parse(row.reduction),
      },
      filter: JSON.parse(row.filter),
      inputDigest,
      engineVersion,
      createdAt: row.createdAt,
      startedAt: row.startedAt,
      finishedAt: row.finishedAt,
      embeddingCount,
      clusterCount,
      outlierCount,
      ...layoutCounts(reductionMethodOf(row), row),
      medoidVersion: version,
    },
  };
}

/** What is known about a file: the metadata of its result, and which of its rows it has. */
export function fileMetadata(
  { metadata, rows }: ExportableResult,
  { table }: Pick<ExportedFile, "table">,
): Record<string, unknown> {
  return { ...metadata, table: table.toLowerCase(), rowCount: rows[table] };
}
