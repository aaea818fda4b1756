import type { BulkConnections } from "./bulkConnections.js";
import { writeTransaction } from "./transaction.js";

/** Removes a finished result; its clusters and assignments go with it. @returns whether there was one */
export function deleteClusteringResult(connections: BulkConnections, id: string): Promise<boolean> {
  return writeTransaction(connections, async (client) => {
    const { rowCount } = await client.query(
      `DELETE FROM "ClusteringResult" WHERE "id" = $1 AND "status" IN ('SUCCEEDED', 'FAILED', 'CANCELLED')`,
      [id],
    );
    return rowCount === 1;
  });
}
