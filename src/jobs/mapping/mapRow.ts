import type { Prisma, PrismaClient } from "../../database/generated/sqlite/client.js";
import type { JobMove, JobReference, Transaction } from "../queue/handler.js";

/** The kind of a map's job, as stored in the rows of jobs. */
export const mapKind = "map";

/** A map's job. It has the id of the map. */
export function mapJob(embeddingMapId: string): JobReference {
  return { id: embeddingMapId, kind: mapKind, subjectId: embeddingMapId };
}

/** The row of a map, which clients see: it changes together with the job. */
export const mapRow = {
  async writeMove({ embeddingMap }: Transaction, id: string, move: JobMove): Promise<void> {
    await embeddingMap.updateMany({ where: { id }, data: written(move) });
  },

  state: ({ embeddingMap }: PrismaClient, id: string) =>
    embeddingMap.findUnique({ where: { id }, select: { status: true, progress: true, attempt: true } }),
};

function written(move: JobMove): Prisma.EmbeddingMapUpdateManyMutationInput {
  switch (move.status) {
    case "RUNNING":
      return { ...move, progress: 0 };
    case "QUEUED":
      return { status: "QUEUED", progress: 0 };
    case "CANCELLED":
      return { status: "CANCELLED", finishedAt: new Date() };
    case "FAILED": {
      const { code: failureCode, message: failureMessage } = move;
      return { status: "FAILED", finishedAt: new Date(), failureCode, failureMessage };
    }
  }
}
