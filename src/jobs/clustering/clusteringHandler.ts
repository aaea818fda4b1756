import type { Database } from "../../database/database.js";
import { whenAvailable } from "../../database/errors/whenAvailable.js";
import { inputFailureCode } from "../computing/attemptEmbeddings.js";
import { createProgressWriter } from "../computing/attemptProgress.js";
import type { Engine } from "../computing/engine.js";
import type { AttemptResult, JobHandler } from "../queue/handler.js";
import { clusteringKind, clusteringRow } from "./clusteringRow.js";
import { runClustering } from "./runClustering.js";
import { MedoidUnmappedError } from "./verifyMedoids.js";

export interface ClusteringHandlerOptions {
  database: Database;
  engine: Engine;
  /** Number of threads that the clusterings of this process share. */
  threads: number;
}

/** The handler that computes clusterings. The subject of a job is a ClusteringResult. */
export function createClusteringHandler(options: ClusteringHandlerOptions): JobHandler {
  const { database, engine, threads } = options;
  return {
    kind: clusteringKind,
    writeMove: clusteringRow.writeMove,
    state: (id) => clusteringRow.state(database.prisma, id),
    async run({ subjectId: id, attempt }, { signal, onUnavailable, changed, warn }): Promise<AttemptResult> {
      const clustering = await whenAvailable(
        () => database.prisma.clusteringResult.findUnique({ where: { id } }),
        signal,
        onUnavailable,
      );
      if (clustering?.attempt !== attempt) return { published: false, counts: {} };
      const progress = createProgressWriter(
        database.bulk,
        { table: "ClusteringResult", id, attempt },
        true,
        changed,
      );
      try {
        const { published, ...counts } = await runClustering(database, engine, clustering, {
          threads,
          progress,
          signal,
          onUnavailable,
          warn,
        });
        return { published, counts };
      } finally {
        await progress.stop();
      }
    },
    failureCode,
    discardAbandoned: () => database.bulk.discardAbandonedRows("ClusteringResult"),
  };
}

function failureCode(error: unknown): string | undefined {
  if (error instanceof MedoidUnmappedError) return "MEDOID_UNMAPPED";
  return inputFailureCode(error);
}
