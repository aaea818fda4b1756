import type { DeletionStore } from "./deletionStore.js";

/** Removes a finished result with its assignments, clusters and job. @returns whether a finished result existed */
export async function deleteClusteringResult(store: DeletionStore): Promise<boolean> {
  const isFinished = `"status" IN ('SUCCEEDED', 'FAILED', 'CANCELLED')`;
  if ((await store.lockRows("ClusteringResult", `"id"`, isFinished)).length === 0) return false;
  // Each table is emptied explicitly instead of by a foreign key's cascade, which would be one statement for
  // any number of rows.
  const ofResult = store.isGiven(`"clusteringResultId"`);
  await store.changeRows(`DELETE FROM "ClusterAssignment"`, "ClusterAssignment", ofResult);
  await store.changeRows(`DELETE FROM "Cluster"`, "Cluster", ofResult);
  await store.changeRows(`DELETE FROM "ClusteringResult"`, "ClusteringResult", store.isGiven(`"id"`));
  // The job is deleted last: an attempt that was cancelled while it stages rows locks the result first and
  // then its job, which has the same id.
  await store.changeRows(`DELETE FROM "Job"`, "Job", store.isGiven(`"id"`));
  return true;
}
