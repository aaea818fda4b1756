import type { Prisma, PrismaClient } from "../../database/generated/sqlite/client.js";
import type { JobMove, JobReference, Transaction } from "../queue/handler.js";

/** The kind of a clustering's job, as stored in the rows of jobs. */
export const clusteringKind = "clustering";

/** A clustering's job. It has the id of the clustering's result. */
export function clusteringJob(clusteringResultId: string): JobReference {
  return { id: clusteringResultId, kind: clusteringKind, subjectId: clusteringResultId };
}

/** The row of a clustering's result, which clients see: it changes together with the job. */
export const clusteringRow = {
  async writeMove({ clusteringResult }: Transaction, id: string, move: JobMove): Promise<void> {
    await clusteringResult.updateMany({ where: { id }, data: written(move) });
  },

  state: ({ clusteringResult }: PrismaClient, id: string) =>
    clusteringResult.findUnique({
      where: { id },
      select: { status: true, stage: true, progress: true, attempt: true },
    }),
};

function written(move: JobMove): Prisma.ClusteringResultUpdateManyMutationInput {
  switch (move.status) {
    case "RUNNING":
      return { ...move, stage: "LOADING", progress: 0, startedAt: new Date() };
    case "QUEUED":
      return { status: "QUEUED", stage: null, progress: 0, startedAt: null };
    case "CANCELLED":
      return { status: "CANCELLED", stage: null, finishedAt: new Date() };
    case "FAILED": {
      const { code: failureCode, message: failureMessage } = move;
      return { status: "FAILED", stage: null, finishedAt: new Date(), failureCode, failureMessage };
    }
  }
}
