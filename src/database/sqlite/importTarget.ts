import type { ImportTarget } from "../recording/importTarget.js";
import { type Connection, longWriteTransaction } from "./connection.js";
import { sqliteRecordingStore, storedImageLengths } from "./recordingStore.js";

/** Others that wait for the lock ask for it meanwhile. */
const pauseMilliseconds = 20;

/** Moving the write-ahead log into the database waits for the disk: during an import it is done every 64 MB, not 4. */
const pagesPerCheckpoint = 16_384;
const usualPagesPerCheckpoint = 1000;

/** Runs `work` with the connection made ready for an import. */
export async function withSqliteTarget<T>(
  connection: Connection,
  work: (target: ImportTarget) => Promise<T>,
): Promise<T> {
  const isStored = connection.prepare(`SELECT 1 FROM "Run" WHERE "id" = ?`);
  const store = sqliteRecordingStore(connection);
  connection.exec(`PRAGMA wal_autocheckpoint = ${pagesPerCheckpoint}`);
  try {
    return await work({
      async dimensions() {
        const models = connection.prepare(`SELECT "name", "dimensions" FROM "EmbeddingModel"`).raw().all([]);
        return new Map(models as [string, number][]);
      },
      isStored: async (runId) => isStored.get([runId]) !== undefined,
      storedImageLengths: async (ids) => storedImageLengths(connection, ids),
      async read(compare) {
        connection.exec("BEGIN");
        try {
          return await compare(store);
        } finally {
          connection.exec("COMMIT");
        }
      },
      write: (record) =>
        longWriteTransaction(connection, () =>
          record(store, async (part) => {
            connection.exec("SAVEPOINT part");
            try {
              return await part();
            } catch (error) {
              // A full disk has ended the transaction, and there is no savepoint left.
              if (connection.inTransaction) connection.exec("ROLLBACK TO part");
              throw error;
            } finally {
              if (connection.inTransaction) connection.exec("RELEASE part");
            }
          }),
        ),
      pauseMilliseconds,
    });
  } finally {
    connection.exec(`PRAGMA wal_autocheckpoint = ${usualPagesPerCheckpoint}`);
  }
}
