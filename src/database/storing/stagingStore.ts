import type { Awaitable } from "../awaitable.js";
import type { ClusteringToStore } from "../bulkStore.js";
import type { StagedRows } from "./stagedRows.js";

/** Thrown where an attempt is no longer the one that runs. */
export class AttemptOverError extends Error {
  override readonly name = "AttemptOverError";
}

/** An attempt at a clustering. */
export interface Attempt {
  /** Bare UUID of its result. */
  clusteringResultId: string;
  attempt: number;
}

/**
 * What storing a clustering does on one kind of database. Each method is one transaction; those that write for an
 * attempt throw AttemptOverError, and write nothing, unless the result is RUNNING in this attempt.
 */
export interface StagingStore {
  insertClusters(clustering: ClusteringToStore): Awaitable<void>;
  /** The assignments of the rows from `first` to `end` − 1. */
  insertAssignments(clustering: ClusteringToStore, first: number, end: number): Awaitable<void>;
  /**
   * Publishes the clustering with SUCCEEDED.
   * @param check is given what is staged, which does not change any more, and throws where it is not whole
   */
  publish(clustering: ClusteringToStore, check: (staged: StagedRows) => void): Awaitable<void>;
  /**
   * Removes some assignments that an attempt has staged, unless another attempt has taken over, or it succeeded.
   * @returns how many
   */
  discardSomeAssignments(attempt: Attempt): Awaitable<number>;
  /** Likewise its clusters, once no assignment is left. */
  discardClusters(attempt: Attempt): Awaitable<void>;
  /** Attempts that left rows behind, and whose result was cancelled, or failed, after their process had died. */
  abandoned(): Awaitable<Attempt[]>;
  /** Whether an error came only of another attempt that has taken over, or of rows that were deleted meanwhile. */
  isOver(error: unknown, attempt: Attempt): Awaitable<boolean>;
  /** Between two transactions: how long others need to write. Milliseconds. */
  pauseMilliseconds: number;
}

export const abandonedQuery = `
  SELECT r."id" AS "clusteringResultId", r."attempt" FROM "ClusteringResult" r
  WHERE r."status" IN ('FAILED', 'CANCELLED') AND (
    EXISTS (SELECT 1 FROM "Cluster" c WHERE c."clusteringResultId" = r."id") OR
    EXISTS (SELECT 1 FROM "ClusterAssignment" a WHERE a."clusteringResultId" = r."id"))`;

/**
 * The statement that publishes a result, and its parameters.
 * @param placeholder of the nth parameter, from 1
 * @param time as the database's driver takes one
 */
export function publication(
  clustering: ClusteringToStore,
  placeholder: (n: number) => string,
  time: (date: Date) => unknown,
): { sql: string; parameters: unknown[] } {
  const { labels } = clustering;
  const values = {
    finishedAt: time(new Date()),
    inputDigest: clustering.inputDigest,
    engineVersion: clustering.engineVersion,
    embeddingCount: labels.length,
    clusterCount: clustering.clusterIds.length,
    outlierCount: labels.reduce((count, label) => count + (label < 0 ? 1 : 0), 0),
  };
  const assigned = Object.keys(values).map((column, n) => `"${column}" = ${placeholder(n + 2)}`);
  return {
    sql: `
      UPDATE "ClusteringResult"
      SET "status" = 'SUCCEEDED', "stage" = NULL, "progress" = 1, "leaseOwner" = NULL, "leaseExpiresAt" = NULL,
          "finishingNumber" = (SELECT coalesce(max("finishingNumber"), 0) + 1 FROM "ClusteringResult"),
          ${assigned.join(", ")}
      WHERE "id" = ${placeholder(1)}`,
    parameters: [clustering.clusteringResultId, ...Object.values(values)],
  };
}
