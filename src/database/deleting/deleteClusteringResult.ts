import type { DeletionStore } from "./deletionStore.js";

/** Removes a finished result with its assignments and clusters. @returns whether there was one */
export async function deleteClusteringResult(store: DeletionStore): Promise<boolean> {
  const { id } = store;
  if (!(await store.lockRow("ClusteringResult", `"status" IN ('SUCCEEDED', 'FAILED', 'CANCELLED')`))) {
    return false;
  }
  // Each table by itself, not by the cascade of its foreign key: that would be one statement, however many the rows.
  const ofResult = `"clusteringResultId" = ${id}`;
  await store.changeRows(`DELETE FROM "ClusterAssignment"`, "ClusterAssignment", ofResult);
  await store.changeRows(`DELETE FROM "Cluster"`, "Cluster", ofResult);
  await store.changeRows(`DELETE FROM "ClusteringResult"`, "ClusteringResult", `"id" = ${id}`);
  return true;
}
