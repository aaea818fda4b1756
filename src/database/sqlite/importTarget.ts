import type { ImportedFile } from "../recording/importedFile.js";
import type { ImportTarget, StartRecording } from "../recording/importTarget.js";
import { startRecording } from "../recording/runRecording.js";
import { type Connection, longWriteTransaction } from "./connection.js";
import { sqliteRecordingStore, storedImageLengths } from "./recordingStore.js";

/** Long enough for others that wait for the lock to try again. */
const pauseMilliseconds = 20;

/**
 * A checkpoint, which moves the write-ahead log into the database, waits for the disk. During an import one
 * is made every 64 MB instead of every 4 MB.
 */
const pagesPerCheckpoint = 16_384;
const usualPagesPerCheckpoint = 1000;

/** An open connection as the target of an import, for which it is configured until `close`. */
export function sqliteTarget(
  connection: Connection,
  importedFile: ImportedFile,
): ImportTarget & { close(): void } {
  const isStored = connection.prepare(`SELECT 1 FROM "Run" WHERE "id" = ?`);
  const store = sqliteRecordingStore(connection);
  const start: StartRecording = (options) => startRecording(store, { ...options, importedFile });
  connection.exec(`PRAGMA wal_autocheckpoint = ${pagesPerCheckpoint}`);
  return {
    async dimensions() {
      const models = connection.prepare(`SELECT "name", "dimensions" FROM "EmbeddingModel"`).raw().all([]);
      return new Map(models as [string, number][]);
    },
    comparesFirst: true,
    storedRuns: async (ids) => new Set(ids.filter((id) => isStored.get([id]) !== undefined)),
    storedImageLengths: async (ids) => storedImageLengths(connection, ids),
    async read(compare) {
      connection.exec("BEGIN");
      try {
        return await compare(start);
      } finally {
        connection.exec("COMMIT");
      }
    },
    write: (record) =>
      longWriteTransaction(connection, () =>
        record(start, async (part) => {
          connection.exec("SAVEPOINT part");
          try {
            return await part();
          } catch (error) {
            // If the disk is full, SQLite has ended the transaction, and the savepoint no longer exists.
            if (connection.inTransaction) connection.exec("ROLLBACK TO part");
            throw error;
          } finally {
            if (connection.inTransaction) connection.exec("RELEASE part");
          }
        }),
      ),
    pauseMilliseconds,
    close() {
      connection.exec(`PRAGMA wal_autocheckpoint = ${usualPagesPerCheckpoint}`);
    },
  };
}

/** Runs `work` with the connection configured for an import. */
export async function withSqliteTarget<T>(
  connection: Connection,
  importedFile: ImportedFile,
  work: (target: ImportTarget) => Promise<T>,
): Promise<T> {
  const target = sqliteTarget(connection, importedFile);
  try {
    return await work(target);
  } finally {
    target.close();
  }
}
