import type { Connection } from "./connection.js";

/**
 * Moves what the write-ahead log holds into the database's file and empties the log, so that the file alone is the
 * whole database. To be called before the last connection of a process closes. SQLite would do it then, but libsql's
 * connections stay open until their statements are garbage-collected, which a process that ends does not wait for.
 *
 * While another process reads or writes, the log keeps what that process still needs. Nothing is lost if this fails.
 */
export function emptyLog(connection: Connection): void {
  try {
    // First without the write lock, so that other writers do not wait while the pages are written.
    connection.prepare("PRAGMA wal_checkpoint(PASSIVE)").get([]);
    connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get([]);
  } catch {
    // The log still holds what could not be moved, for example because the disk is full.
  }
}
