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
   * Threads for work on this database that the database itself does not know.
   * @param errors that its tasks throw and callers tell apart
   */
  openThreads(program: ThreadProgram, errors?: KnownError[]): DatabaseThreads;
  readonly longReads: LongReads;
  readonly version: DatabaseVersion;
  /** Small reads of SQL written by hand. */
  readonly read: Read;
  /**
   * Why the database cannot be used as it should be, in a sentence, where that shows before a statement fails; null
   * where it does not.
   * @throws where the database cannot be asked
   */
  problem(): Promise<string | null>;
  /** How many statements `prisma`, `read` and `longReads` have run since the database was opened. */
  statementCount(): number;
  close(): Promise<void>;
}

export interface DatabaseOptions extends MigrationOptions {
  /** A small read or write that takes longer is ended where the database can be told. Default: none is. */
  statementSeconds?: number;
  /** Whether it will only be read from. Default: it must take writes. */
  readsOnly?: boolean;
  /** Told, of a SQLite file, why it cannot be used any more, and with null once it is back at its path. */
  onFileChange?: (reason: string | null) => void;
}

/** Runs a reading statement with its parameters by position. Values come as Prisma's raw queries return them. */
export type Read = (sql: string, values: readonly unknown[]) => Promise<Record<string, unknown>[]>;

/** Statements that read more than a page: off the server's thread, and interrupted once their caller has left. */
export interface LongReads {
  /** @throws the signal's reason as soon as it aborts */
  query(sql: string, values: unknown[], signal?: AbortSignal): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** A row on which the response to a query about finished clusterings depends: it never changes while it exists. */
export interface FinishedRow {
  type: "ClusteringResult" | "Cluster";
  /** Bare UUID. */
  uuid: string;
}

/** Tells cheaply whether something that was read may have changed. */
export interface DatabaseVersion {
  /**
   * Another text than before where anything has been committed since, by any connection of any process;
   * null where that cannot be told now.
   */
  current(): Promise<string | null>;
  /** Whether all of them exist, and belong to clusterings that succeeded: a row that is gone never comes back. */
  exist(rows: readonly FinishedRow[]): Promise<boolean>;
  close(): Promise<void>;
}
