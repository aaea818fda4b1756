import { InvalidClusteringInputError } from "../../clustering/index.js";
import type { Database } from "../../database/database.js";
import { EmbeddingUnreadableError } from "../../database/errors/bulkErrors.js";
import { whenAvailable } from "../../database/errors/whenAvailable.js";
import type { AttemptResult, JobHandler } from "../queue/handler.js";
import { createProgressWriter } from "./clusteringProgress.js";
import { clusteringKind, clusteringRow } from "./clusteringRow.js";
import type { Engine } from "./engine.js";
import { EmbeddingsGoneError, runClustering } from "./runClustering.js";
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
    async run({ subjectId: id, attempt }, { signal, onUnavailable, changed }): Promise<AttemptResult> {
      const clustering = await whenAvailable(
        () => database.prisma.clusteringResult.findUnique({ where: { id } }),
        signal,
        onUnavailable,
      );
      if (clustering?.attempt !== attempt) return { published: false, counts: {} };
      const progress = createProgressWriter(database.bulk, clustering, changed);
      try {
        const { published, ...counts } = await runClustering(database, engine, clustering, {
          threads,
          progress,
          signal,
          onUnavailable,
        });
        return { published, counts };
      } finally {
        await progress.stop();
      }
    },
    failureCode,
    discardAbandoned: () => database.bulk.discardAbandonedRows(),
  };
}

function failureCode(error: unknown): string | undefined {
  if (error instanceof MedoidUnmappedError) return "MEDOID_UNMAPPED";
  if (error instanceof EmbeddingUnreadableError) return "EMBEDDING_UNREADABLE";
  if (error instanceof EmbeddingsGoneError) return "NOT_ENOUGH_EMBEDDINGS";
  if (error instanceof InvalidClusteringInputError) return "INVALID_INPUT";
  return undefined;
}
