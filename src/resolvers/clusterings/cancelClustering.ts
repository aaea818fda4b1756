import type { App } from "../../app.js";
import { clusteringJob, clusteringRow } from "../../jobs/clustering/clusteringRow.js";
import { cancelJob } from "../../jobs/queue/moveJob.js";

/**
 * Cancels a clustering that has not finished; a finished one is left unchanged.
 * @param id bare UUID
 * @param signal once it aborts, nothing more is written
 * @returns null if no clustering has the id
 */
export async function cancelClustering(
  app: App,
  id: string,
  signal?: AbortSignal,
): Promise<{ id: string } | null> {
  const { prisma } = app.database;
  const job = clusteringJob(id);
  if (await cancelJob(prisma, clusteringRow, job, signal)) {
    app.queue.cancelled(job);
    app.changes.changed(id);
    return { id };
  }
  return prisma.clusteringResult.findUnique({ where: { id }, select: { id: true } });
}
