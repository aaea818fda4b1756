import Database from "libsql";
import { sqlitePath } from "../databaseUrl.js";
import { isBusy } from "../errors/retryWhenBusy.js";
import type { TaskReporter } from "../threads/taskReporter.js";
import { DatabaseFile, type DatabaseFileHandle } from "./databaseFile.js";
import { openInPlace } from "./openInPlace.js";
import { sqliteDialect } from "./sqliteDialect.js";

export type Connection = Database.Database;

const longestWait = 60_000;

/** The file that each connection has open. */
const files = new WeakMap<Connection, DatabaseFile>();

/**
 * Opens a connection for a database thread. libsql is synchronous: on the server's thread it may be used for
 * small statements only.
 * @param opened identifies the file, if the database was opened before
 * @throws DatabaseUnavailableError if that file is not at its path
 */
export function openConnection(url: string, opened?: DatabaseFileHandle): Connection {
  const file = new DatabaseFile(sqlitePath(url), { opened });
  const connection = openInPlace(file, (path) => new Database(path));
  files.set(connection, file);
  // A crash of the machine may lose the last commits, but cannot damage the file or change the order of
  // commits.
  connection.exec("PRAGMA synchronous = NORMAL");
  return connection;
}

/**
 * Runs `work` in a write transaction. It first waits for the write lock, so that no statement inside can be
 * rejected for lack of it. The transaction is rolled back if `work` throws, if the caller aborts before the
 * commit, or if the file is no longer at its path. Between its statements `work` itself must check the
 * reporter.
 */
export function writeTransaction<T>(connection: Connection, work: () => T, reporter?: TaskReporter): T {
  beginWriting(connection, reporter);
  try {
    const result = work();
    commit(connection, reporter);
    return result;
  } catch (error) {
    rollBack(connection);
    throw error;
  }
}

/**
 * The same as `writeTransaction` for asynchronous `work`. Nothing else may use the connection until it has
 * ended.
 */
export async function longWriteTransaction<T>(
  connection: Connection,
  work: () => Promise<T>,
  reporter?: TaskReporter,
): Promise<T> {
  beginWriting(connection, reporter);
  try {
    const result = await work();
    commit(connection, reporter);
    return result;
  } catch (error) {
    rollBack(connection);
    throw error;
  }
}

/** @throws TaskStoppedError if the caller aborts during the wait */
function beginWriting(connection: Connection, reporter?: TaskReporter): void {
  const giveUpAt = Date.now() + longestWait;
  for (;;) {
    reporter?.throwIfStopped();
    files.get(connection)?.requireInPlace();
    try {
      connection.exec("BEGIN IMMEDIATE");
      return;
    } catch (error) {
      rollBack(connection); // BEGIN may have taken effect despite the error
      if (!isBusy(error) || Date.now() > giveUpAt) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 + Math.random() * 20);
    }
  }
}

/**
 * @throws TaskStoppedError if the caller has aborted; DatabaseUnavailableError if the file is not at its path
 */
function commit(connection: Connection, reporter?: TaskReporter): void {
  reporter?.throwIfStopped();
  files.get(connection)?.requireInPlace();
  connection.exec("COMMIT");
}

/**
 * Rolls back the open transaction if there is one. SQLite itself ends a transaction after some errors, such
 * as that of a full disk.
 */
export function rollBack(connection: Connection): void {
  if (connection.inTransaction) connection.exec("ROLLBACK");
}

/** Formats a DateTime as Prisma's adapter does; another format would sort differently. */
export function sqliteDateTime(date: Date): string {
  return date.toISOString().replace("Z", "+00:00");
}

/** How statements that both databases run take parameters. */
export const sqliteParameters = { placeholder: sqliteDialect.placeholder, time: sqliteDateTime };
