import type { ThreadProgram } from "../runtime/threadProgram.js";
import type { BulkStore } from "./bulkStore.js";
import type { DatabaseKind } from "./databaseUrl.js";
import type { PrismaClient } from "./generated/sqlite/client.js";
import type { MigrationOptions } from "./migrations/migrations.js";
import type { SqlDialect } from "./sqlDialect.js";
import type { DatabaseThreads } from "./threads/databaseThreads.js";
import type { KnownError } from "./threads/taskOutcome.js";

/** An open database, migrated. Small reads and writes go through `prisma`, vectors and bulk rows through `bulk`. */
export interface Database {
  readonly kind: DatabaseKind;
  readonly url: string;
  readonly dialect: SqlDialect;
  readonly prisma: PrismaClient;
  readonly bulk: BulkStore;
  /**
   * Starts threads for bulk work on this database that the database itself does not know, such as an import.
   * @param errors classes of errors that the tasks throw and callers distinguish
   */
  openThreads(program: ThreadProgram, errors?: KnownError[]): DatabaseThreads;
  readonly longReads: LongReads;
  readonly version: DatabaseVersion;
  /** Small reads of SQL written by hand. */
  readonly read: Read;
  /**
   * The reason for which the database cannot be used normally, as a sentence, if that can be known before a
   * statement fails; otherwise null.
   * @throws if the database cannot be queried
   */
  problem(): Promise<string | null>;
  /** Number of statements that `prisma`, `read` and `longReads` have run since the database was opened. */
  statementCount(): number;
  close(): Promise<void>;
}

export interface DatabaseOptions extends MigrationOptions {
  /**
   * Seconds after which a small read or write is cancelled, on a database that supports that. Default: no
   * limit.
   */
  statementSeconds?: number;
  /** Whether the database will only be read. Default: it must be writable. */
  readsOnly?: boolean;
  /**
   * For a SQLite file: called with the reason once the file cannot be used any more, and with null once it is
   * back at its path.
   */
  onFileChange?: (reason: string | null) => void;
}

/** Runs a statement that reads, with positional parameters. Values have the types of Prisma's raw queries. */
export type Read = (sql: string, values: readonly unknown[]) => Promise<Record<string, unknown>[]>;

/**
 * Statements that read more than a page. They run off the server's thread, and are interrupted once nobody
 * waits for their result.
 */
export interface LongReads {
  /** @throws the signal's reason as soon as it aborts */
  query(sql: string, values: unknown[], signal?: AbortSignal): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/**
 * A row of a finished clustering. Responses that depend only on such rows stay valid for as long as the rows
 * exist.
 */
export interface FinishedRow {
  type: "ClusteringResult" | "Cluster";
  /** Bare UUID. */
  uuid: string;
}

/** Detects cheaply whether data that was read may have changed. */
export interface DatabaseVersion {
  /**
   * A text that differs from earlier ones if any connection of any process has committed since; null if that
   * cannot be determined now.
   */
  current(): Promise<string | null>;
  /**
   * A text that changes whenever one of the rows' clusterings, or a cluster of it, is annotated; null unless all of the
   * rows exist and belong to clusterings that succeeded. A row that was deleted never comes back.
   */
  annotationsOf(rows: readonly FinishedRow[]): Promise<string | null>;
  close(): Promise<void>;
}
