import { type Connection, writeTransaction } from "./connection.js";

/** Removes a finished result; its clusters and assignments go with it. @returns whether there was one */
export function deleteClusteringResult(connection: Connection, id: string): boolean {
  return writeTransaction(connection, () => {
    const { changes } = connection
      .prepare(`
        DELETE FROM "ClusteringResult"
        WHERE "id" = ? AND "status" IN ('SUCCEEDED', 'FAILED', 'CANCELLED')`)
      .run(id);
    return changes > 0;
  });
}
