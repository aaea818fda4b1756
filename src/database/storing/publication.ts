import type { ClusteringToStore, MapToStore } from "../bulkStore.js";
import { clusteringTables, mapTables } from "./stagedTables.js";

export interface Statement {
  sql: string;
  parameters: unknown[];
}

/** How a database's driver takes parameters. */
export interface Parameters {
  /** The placeholder of the nth parameter, from 1. */
  placeholder: (n: number) => string;
  /** Converts a time into the type that the driver takes. */
  time: (date: Date) => unknown;
}

/**
 * The statements that end a job and publish its result, with their parameters. The job's row comes first, as in every
 * transaction that moves a job.
 * @param values of columns
 * @param computed expressions of columns
 */
function publication(
  table: string,
  id: string,
  values: Record<string, unknown>,
  computed: Record<string, string>,
  { placeholder, time }: Parameters,
): Statement[] {
  const all = { finishedAt: time(new Date()), ...values };
  const expressions = Object.entries({ status: "'SUCCEEDED'", progress: "1", ...computed });
  const assigned = [
    ...expressions.map(([column, expression]) => `"${column}" = ${expression}`),
    ...Object.keys(all).map((column, n) => `"${column}" = ${placeholder(n + 2)}`),
  ];
  return [
    {
      sql: `
        UPDATE "Job" SET "status" = 'SUCCEEDED', "leaseOwner" = NULL, "leaseExpiresAt" = NULL
        WHERE "id" = ${placeholder(1)}`,
      parameters: [id],
    },
    {
      sql: `UPDATE "${table}" SET ${assigned.join(", ")} WHERE "id" = ${placeholder(1)}`,
      parameters: [id, ...Object.values(all)],
    },
  ];
}

export function clusteringPublication(
  clustering: ClusteringToStore,
  spanningTreeId: string | null,
  parameters: Parameters,
): Statement[] {
  const { clusteringResultId, inputDigest, engineVersion, reduction, placedCount, clusterIds, labels } =
    clustering;
  const table = clusteringTables.subject;
  return publication(
    table,
    clusteringResultId,
    {
      inputDigest,
      engineVersion,
      reduction,
      placedCount,
      spanningTreeId,
      embeddingCount: labels.length,
      clusterCount: clusterIds.length,
      outlierCount: labels.reduce((count, label) => count + (label < 0 ? 1 : 0), 0),
    },
    {
      stage: "NULL",
      finishingNumber: `(SELECT coalesce(max("finishingNumber"), 0) + 1 FROM "${table}")`,
    },
    parameters,
  );
}

export function mapPublication(map: MapToStore, parameters: Parameters): Statement[] {
  const { embeddingMapId, inputDigest, engineVersion, positions, placedCount, neighbours, trustworthiness } =
    map;
  const embeddingCount = positions.length / 2;
  const values = { inputDigest, engineVersion, embeddingCount, placedCount, neighbours, trustworthiness };
  return publication(mapTables.subject, embeddingMapId, values, {}, parameters);
}
