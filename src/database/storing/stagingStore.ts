import type { Awaitable } from "../awaitable.js";
import type { ClusteringToStore, MapToStore } from "../bulkStore.js";
import type { StoredTree, TreePiece } from "./spanningTrees.js";
import type { StagedMap } from "./stagedMap.js";
import type { StagedRows } from "./stagedRows.js";
import { type StagedTables, type TableOfAttempt, tablesOfAttempt } from "./stagedTables.js";

/** Thrown if another attempt is running, or none is. */
export class AttemptOverError extends Error {
  override readonly name = "AttemptOverError";
}

/** One attempt at the job of a subject, which has the id of the subject. */
export interface Attempt {
  /** Bare UUID. */
  subjectId: string;
  attempt: number;
}

/**
 * The operations that storing the result of a job needs of a database, whatever the result is. Each method is one
 * transaction. Those that write for an attempt throw AttemptOverError, and write nothing, unless the job is RUNNING
 * in this attempt.
 */
export interface StagingStore {
  tables: StagedTables;
  /**
   * Removes rows that an attempt has staged in a table, as many as a transaction may, unless another attempt has taken
   * over or the subject has succeeded.
   * @returns the number of removed rows
   */
  discardSome(attempt: Attempt, table: TableOfAttempt): Awaitable<number>;
  /** Attempts with staged rows whose subject was cancelled or failed after their process had died. */
  abandoned(): Awaitable<Attempt[]>;
  /**
   * Whether an error is only the consequence of another attempt having taken over, or of rows having been
   * deleted meanwhile.
   */
  isOver(error: unknown, attempt: Attempt): Awaitable<boolean>;
  /** Pause between two transactions, in milliseconds, in which others can write. */
  pauseMilliseconds: number;
}

export interface ClusteringStagingStore extends StagingStore {
  insertClusters(clustering: ClusteringToStore): Awaitable<void>;
  /** Inserts the assignments of the rows from `first` to `end` − 1. */
  insertAssignments(clustering: ClusteringToStore, first: number, end: number): Awaitable<void>;
  /** Inserts the row of a tree of the clustering's own, without its pieces. */
  insertTree(clustering: ClusteringToStore, tree: StoredTree): Awaitable<void>;
  insertTreePiece(clustering: ClusteringToStore, piece: TreePiece): Awaitable<void>;
  /** Whether a tree is stored. */
  hasTree(id: string): Awaitable<boolean>;
  /**
   * Publishes the clustering and sets its status to SUCCEEDED.
   * @param spanningTreeId the tree that the clustering is then said to have been cut from: its own, or one that other
   *   results have; null if it is not stored
   * @param check receives the counts of the staged rows and throws if they are incomplete; it is called again
   *   if they may have changed since
   */
  publish(
    clustering: ClusteringToStore,
    spanningTreeId: string | null,
    check: (staged: StagedRows) => void,
  ): Awaitable<void>;
}

export interface MapStagingStore extends StagingStore {
  /** Inserts the positions of the rows from `first` to `end` − 1. */
  insertPositions(map: MapToStore, first: number, end: number): Awaitable<void>;
  /** As for a clustering. */
  publish(map: MapToStore, check: (staged: StagedMap) => void): Awaitable<void>;
}

export const abandonedQuery = (tables: StagedTables): string => `
  SELECT s."id" AS "subjectId", s."attempt" FROM "${tables.subject}" s
  WHERE s."status" IN ('FAILED', 'CANCELLED') AND (
    ${tablesOfAttempt(tables)
      .map(({ table, reference }) => `EXISTS (SELECT 1 FROM "${table}" r WHERE r."${reference}" = s."id")`)
      .join(" OR\n    ")})`;
