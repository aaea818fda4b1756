import type { Awaitable } from "../awaitable.js";
import type { ClusteringToStore } from "../bulkStore.js";
import type { StagedRows } from "./stagedRows.js";

/** Thrown if another attempt is running, or none is. */
export class AttemptOverError extends Error {
  override readonly name = "AttemptOverError";
}

/** One attempt at a clustering, whose job has the id of the result. */
export interface Attempt {
  /** Bare UUID of the clustering result. */
  clusteringResultId: string;
  attempt: number;
}

/**
 * The operations that storing a clustering needs of a database. Each method is one transaction. Those that
 * write for an attempt throw AttemptOverError, and write nothing, unless the job is RUNNING in this attempt.
 */
export interface StagingStore {
  insertClusters(clustering: ClusteringToStore): Awaitable<void>;
  /** Inserts the assignments of the rows from `first` to `end` − 1. */
  insertAssignments(clustering: ClusteringToStore, first: number, end: number): Awaitable<void>;
  /**
   * Publishes the clustering and sets its status to SUCCEEDED.
   * @param check receives the counts of the staged rows and throws if they are incomplete; it is called again
   *   if they may have changed since
   */
  publish(clustering: ClusteringToStore, check: (staged: StagedRows) => void): Awaitable<void>;
  /**
   * Removes some of the assignments that an attempt has staged, unless another attempt has taken over or the
   * clustering has succeeded.
   * @returns the number of removed assignments
   */
  discardSomeAssignments(attempt: Attempt): Awaitable<number>;
  /** Removes the attempt's clusters under the same condition, once all of its assignments are removed. */
  discardClusters(attempt: Attempt): Awaitable<void>;
  /** Attempts with staged rows whose result was cancelled or failed after their process had died. */
  abandoned(): Awaitable<Attempt[]>;
  /**
   * Whether an error is only the consequence of another attempt having taken over, or of rows having been
   * deleted meanwhile.
   */
  isOver(error: unknown, attempt: Attempt): Awaitable<boolean>;
  /** Pause between two transactions, in milliseconds, in which others can write. */
  pauseMilliseconds: number;
}

export const abandonedQuery = `
  SELECT r."id" AS "clusteringResultId", r."attempt" FROM "ClusteringResult" r
  WHERE r."status" IN ('FAILED', 'CANCELLED') AND (
    EXISTS (SELECT 1 FROM "Cluster" c WHERE c."clusteringResultId" = r."id") OR
    EXISTS (SELECT 1 FROM "ClusterAssignment" a WHERE a."clusteringResultId" = r."id"))`;

interface Statement {
  sql: string;
  parameters: unknown[];
}

/**
 * The statements that end the job and publish its result, with their parameters. The job's row comes first, as
 * in every transaction that moves a job.
 * @param placeholder returns the placeholder of the nth parameter, from 1
 * @param time converts a time into the type that the database's driver takes
 */
export function publication(
  clustering: ClusteringToStore,
  placeholder: (n: number) => string,
  time: (date: Date) => unknown,
): Statement[] {
  const { labels } = clustering;
  const values = {
    finishedAt: time(new Date()),
    inputDigest: clustering.inputDigest,
    engineVersion: clustering.engineVersion,
    reduction: clustering.reduction,
    embeddingCount: labels.length,
    clusterCount: clustering.clusterIds.length,
    outlierCount: labels.reduce((count, label) => count + (label < 0 ? 1 : 0), 0),
  };
  const assigned = Object.keys(values).map((column, n) => `"${column}" = ${placeholder(n + 2)}`);
  const { clusteringResultId } = clustering;
  return [
    {
      sql: `
        UPDATE "Job" SET "status" = 'SUCCEEDED', "leaseOwner" = NULL, "leaseExpiresAt" = NULL
        WHERE "id" = ${placeholder(1)}`,
      parameters: [clusteringResultId],
    },
    {
      sql: `
        UPDATE "ClusteringResult"
        SET "status" = 'SUCCEEDED', "stage" = NULL, "progress" = 1,
            "finishingNumber" = (SELECT coalesce(max("finishingNumber"), 0) + 1 FROM "ClusteringResult"),
            ${assigned.join(", ")}
        WHERE "id" = ${placeholder(1)}`,
      parameters: [clusteringResultId, ...Object.values(values)],
    },
  ];
}
