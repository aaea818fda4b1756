import type { App } from "../../app.js";
import { mapJob, mapRow } from "../../jobs/mapping/mapRow.js";
import { cancelJob } from "../../jobs/queue/moveJob.js";

/**
 * Cancels a map that has not finished; a finished one is left unchanged.
 * @param id bare UUID
 * @param signal once it aborts, nothing more is written
 * @returns null if no map has the id
 */
export async function cancelMap(app: App, id: string, signal?: AbortSignal): Promise<{ id: string } | null> {
  const { prisma } = app.database;
  const job = mapJob(id);
  if (await cancelJob(prisma, mapRow, job, signal)) {
    app.queue.cancelled(job);
    app.changes.changed(id);
    return { id };
  }
  return prisma.embeddingMap.findUnique({ where: { id }, select: { id: true } });
}
