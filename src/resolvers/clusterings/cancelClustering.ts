import type { App } from "../../app.js";
import { retryWhenBusy } from "../../database/errors/retryWhenBusy.js";
import { clusteringJob } from "../../jobs/clustering/clusteringHandler.js";

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
  const cancel = () =>
    prisma.clusteringResult.updateMany({
      where: { id, status: { in: ["QUEUED", "RUNNING"] } },
      data: {
        status: "CANCELLED",
        stage: null,
        leaseOwner: null,
        leaseExpiresAt: null,
        finishedAt: new Date(),
      },
    });
  const { count } = await retryWhenBusy(cancel, signal);
  if (count > 0) {
    app.queue.cancelled(clusteringJob(id));
    app.changes.changed(id);
    return { id };
  }
  return prisma.clusteringResult.findUnique({ where: { id }, select: { id: true } });
}
