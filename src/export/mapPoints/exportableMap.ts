import type { PrismaClient } from "../../database/generated/sqlite/client.js";
import { layoutCounts } from "../../resolvers/layoutCounts.js";
import { version } from "../../runtime/version.js";
import type { ExportableResult } from "../exportableResult.js";

/** A map that has succeeded. */
export interface ExportableMap {
  /** Bare UUID. */
  id: string;
  /** Number of points. */
  points: number;
  /** What is known about the map as a whole: all that is needed to compute it again. */
  metadata: Record<string, unknown>;
}

/** @returns the status of a map that has not succeeded; null if there is none with this id */
export async function findExportableMap(
  prisma: PrismaClient,
  id: string,
): Promise<ExportableMap | { status: string } | null> {
  const row = await prisma.embeddingMap.findUnique({
    where: { id },
    include: { embeddingModel: { select: { name: true, dimensions: true } } },
  });
  if (row === null) return null;
  if (row.status !== "SUCCEEDED") return { status: row.status };
  const { embeddingModel, method, neighbours, minDistance, seed, metric, normalize } = row;
  return {
    id,
    points: row.embeddingCount ?? 0,
    metadata: {
      embeddingMapId: id,
      embeddingModel: embeddingModel.name,
      dimensions: embeddingModel.dimensions,
      method,
      parameters: { neighbours, minDistance, seed, metric, normalize },
      filter: JSON.parse(row.filter),
      inputDigest: row.inputDigest,
      engineVersion: row.engineVersion,
      createdAt: row.createdAt,
      finishedAt: row.finishedAt,
      embeddingCount: row.embeddingCount,
      ...layoutCounts(method, row),
      trustworthiness: row.trustworthiness,
      medoidVersion: version,
    },
  };
}

/** What is known about the points: the metadata of the map, and of the clustering that they show. */
export function mapPointsMetadata(
  { metadata }: ExportableMap,
  result: ExportableResult | null,
): Record<string, unknown> {
  return result === null ? metadata : { ...metadata, clustering: result.metadata };
}
