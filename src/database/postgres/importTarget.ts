import type { PoolClient } from "pg";
import type { ImportedFile } from "../recording/importedFile.js";
import type { ImportTarget, StartRecording } from "../recording/importTarget.js";
import { startRecording } from "../recording/runRecording.js";
import type { BulkConnections } from "./connections/bulkConnections.js";
import { isIntegrityViolation } from "./connections/integrityViolation.js";
import { readTransaction, retryWhenAway, writeTransaction } from "./connections/transaction.js";
import { postgresRecordingStore } from "./recordingStore.js";

/** Long enough for an import to leave room for requests to servers on the same machine. */
const pauseMilliseconds = 5;

export function postgresTarget(
  connections: BulkConnections,
  importedFile: ImportedFile,
  signal: AbortSignal,
): ImportTarget {
  async function all<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    const { rows } = await retryWhenAway(() => connections.query(sql, values, signal), { signal });
    return rows as Row[];
  }

  const startOn =
    (client: PoolClient): StartRecording =>
    (options) =>
      startRecording(postgresRecordingStore(client), { ...options, importedFile });

  return {
    async dimensions() {
      const models = await all<{ name: string; dimensions: number }>(
        `SELECT "name", "dimensions" FROM "EmbeddingModel"`,
      );
      return new Map(models.map(({ name, dimensions }) => [name, dimensions]));
    },
    comparesFirst: true,
    async storedRuns(ids) {
      const rows = await all<{ id: string }>(`SELECT "id" FROM "Run" WHERE "id" = ANY($1::uuid[])`, [ids]);
      return new Set(rows.map(({ id }) => id));
    },
    async storedImageLengths(ids) {
      const rows = await all<{ invocationId: string; byteLength: number }>(
        `SELECT "invocationId", octet_length("bytes") AS "byteLength"
         FROM "OutputImage" WHERE "invocationId" = ANY($1::uuid[])`,
        [ids],
      );
      return new Map(rows.map(({ invocationId, byteLength }) => [invocationId, byteLength]));
    },
    read: (compare) => readTransaction(connections, (client) => compare(startOn(client)), { signal }),
    write: (record) =>
      writeTransaction(
        connections,
        (client) =>
          record(startOn(client), async (part) => {
            await client.query("SAVEPOINT part");
            let result: Awaited<ReturnType<typeof part>>;
            try {
              result = await part();
            } catch (error) {
              await client.query("ROLLBACK TO SAVEPOINT part");
              throw error;
            }
            await client.query("RELEASE SAVEPOINT part");
            return result;
          }),
        { signal, isWorthRetrying: isIntegrityViolation },
      ),
    pauseMilliseconds,
  };
}
