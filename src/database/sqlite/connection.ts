import Database from "libsql";
import { sqlitePath } from "../databaseUrl.js";
import { isBusy } from "../errors/retryWhenBusy.js";
import type { TaskReporter } from "../threads/taskReporter.js";
import { DatabaseFile, type DatabaseFileHandle } from "./databaseFile.js";

export type Connection = Database.Database;

const longestWait = 60_000;

/** Of each connection. */
const files = new WeakMap<Connection, DatabaseFile>();

/**
 * Opens a connection of its own for a database thread. libsql is synchronous: never use it on the
 * server's thread for more than a small statement.
 * @param opened which file the database is, where it was opened before
 * @throws DatabaseUnavailableError where that file is not at its path
 */
export function openConnection(url: string, opened?: DatabaseFileHandle): Connection {
  const file = new DatabaseFile(sqlitePath(url), { opened });
  file.requireInPlace();
  const connection = new Database(file.path);
  files.set(connection, file);
  // The commit is durable in the write-ahead log's order; the file stays intact after a crash of the machine.
  connection.exec("PRAGMA synchronous = NORMAL");
  return connection;
}

/**
 * Runs `work` in a write transaction: takes the write lock first, waiting for it, so that nothing inside
 * can be refused for want of it. Rolled back where `work` throws, where the caller aborts before all is done, or where
 * the file is no longer at its path; `work` asks the reporter itself between its statements.
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

/** The same for asynchronous `work`. Nothing else may use the connection until it has ended. */
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

/** @throws TaskStoppedError where the caller aborts while it waits */
function beginWriting(connection: Connection, reporter?: TaskReporter): void {
  const giveUpAt = Date.now() + longestWait;
  for (;;) {
    reporter?.heedStop();
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

/** @throws TaskStoppedError where the caller has aborted; DatabaseUnavailableError where the file is not in its place */
function commit(connection: Connection, reporter?: TaskReporter): void {
  reporter?.heedStop();
  files.get(connection)?.requireInPlace();
  connection.exec("COMMIT");
}

/** Undoes the open transaction, if there is one: SQLite itself ends it after some errors, that of a full disk among them. */
export function rollBack(connection: Connection): void {
  if (connection.inTransaction) connection.exec("ROLLBACK");
}

/** A DateTime as Prisma's adapter writes it: other forms would sort differently. */
export function sqliteDateTime(date: Date): string {
  return date.toISOString().replace("Z", "+00:00");
}
