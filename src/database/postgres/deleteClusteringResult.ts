import type { WriteOptions } from "../bulkStore.js";
import type { BulkConnections } from "./connections/bulkConnections.js";
import { writeTransaction } from "./connections/transaction.js";

/** Removes a finished result; its clusters and assignments go with it. @returns whether there was one */
export function deleteClusteringResult(
  connections: BulkConnections,
  id: string,
  { signal }: WriteOptions = {},
): Promise<boolean> {
  const remove = `DELETE FROM "ClusteringResult" WHERE "id" = $1 AND "status" IN ('SUCCEEDED', 'FAILED', 'CANCELLED')`;
  return writeTransaction(
    connections,
    async (client) => {
      const { rowCount } = await client.query(remove, [id]);
      return rowCount === 1;
    },
    { signal },
  );
}
